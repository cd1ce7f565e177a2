//! How bad the networks are, and what they do to one message.
use std::sync::{Arc, Mutex};

use softsim::fault_switch::{Fate, FaultSwitch};

use crate::chance::Chance;

/// Rates in thousandths. All zero is a network that works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// A message between AE and home does not arrive, or its answer does not.
    pub(crate) mesh_lost: u32,
    /// It arrives once more, later.
    pub(crate) mesh_twice: u32,
    /// It takes its time.
    pub(crate) mesh_slow: u32,
    /// A part of a short message is lost in the air.
    pub(crate) radio_lost: u32,
    pub(crate) radio_twice: u32,
    pub(crate) radio_slow: u32,
    /// The short-message centre refuses a submit, for now.
    pub(crate) submit_temporary: u32,
    /// For good.
    pub(crate) submit_permanent: u32,
    /// No answer to a submit, taken or not.
    pub(crate) submit_unknown: u32,
    /// A receipt is lost.
    pub(crate) receipt_lost: u32,
    /// A receipt says what is not so, and comes late.
    pub(crate) receipt_lies: u32,
    /// A deliver_sm or its answer is lost.
    pub(crate) deliver_lost: u32,
    /// A home's disk does not give back what it holds.
    pub(crate) read_fails: u32,
}

impl Faults {
    /// Seeds differ in what they are bad at.
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let mut level = |most: u64| match chance.below(4) {
            0 => 0,
            1 => chance.below(most / 6 + 1) as u32,
            _ => chance.below(most + 1) as u32,
        };
        Self {
            mesh_lost: level(200),
            mesh_twice: level(100),
            mesh_slow: level(200),
            radio_lost: level(250),
            radio_twice: level(120),
            radio_slow: level(250),
            submit_temporary: level(120),
            submit_permanent: level(30),
            submit_unknown: level(100),
            receipt_lost: level(300),
            receipt_lies: level(40),
            deliver_lost: level(100),
            read_fails: level(150),
        }
    }
}

/// What the air has done so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Air {
    pub(crate) carried: u64,
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    pub(crate) slow: u64,
}

pub(crate) struct RadioState {
    pub(crate) faults: Faults,
    pub(crate) air: Air,
    chance: Chance,
}

/// The air between the short-message centre and the phones.
#[derive(Clone)]
pub(crate) struct Radio(Arc<Mutex<RadioState>>);

impl Radio {
    pub(crate) fn new(chance: Chance) -> Self {
        let (faults, air) = (Faults::default(), Air::default());
        Self(Arc::new(Mutex::new(RadioState { faults, air, chance })))
    }

    pub(crate) fn set(&self, faults: Faults) {
        self.0.lock().expect("one thread").faults = faults;
    }

    pub(crate) fn air(&self) -> Air {
        self.0.lock().expect("one thread").air
    }

    pub(crate) fn switch(&self) -> FaultSwitch {
        let state = self.0.clone();
        Box::new(move |_, _, _| state.lock().expect("one thread").fate())
    }
}

impl RadioState {
    fn fate(&mut self) -> Fate {
        self.air.carried += 1;
        let Faults { radio_lost, radio_twice, radio_slow, .. } = self.faults;
        if self.chance.permille(radio_lost) {
            self.air.lost += 1;
            Fate::Lose
        } else if self.chance.permille(radio_twice) {
            self.air.twice += 1;
            Fate::Duplicate
        } else if self.chance.permille(radio_slow) {
            self.air.slow += 1;
            let most = if self.chance.permille(200) { 60_000 } else { 4_000 };
            Fate::Delay(1 + self.chance.below(most))
        } else {
            Fate::Pass
        }
    }
}
