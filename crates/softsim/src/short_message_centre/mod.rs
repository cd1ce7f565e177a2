//! The short-message centre: routes between ESMEs and handsets, stores what cannot be delivered yet, tells what became of
//! it. Pure: the shell owns sockets, SMPP sessions and the store, and may split subscribers over several centres by number.
mod config;
mod esme;
mod mo_style;
mod operations;
mod radio;
mod receipt;
mod records;
mod step;
mod submission;
mod traffic;
mod validity;

use std::{cmp::Reverse, collections::BinaryHeap, collections::HashMap};

pub use config::{Config, ConfigError, Esme};
use esme::{EsmeQueue, QueueLimits};
pub use mo_style::MoStyle;
use records::Records;
use smpp::COctetString;
pub use traffic::{DeliverAnswer, DeliveryId, EsmeId, Input, Output, Step};

use crate::{
    CardImage, Person, Pin, Screen, Testimony,
    card::{Card, Outgoing},
    card_image::ImageError,
    fault_switch::FaultSwitch,
    handset::Handset,
    sight::Sight,
};

/// A short-message centre with its subscribers.
///
/// The shell collects what has happened, calls [`Self::step`], makes [`Step::images`] durable, and only then carries out
/// [`Step::outputs`]. When [`Self::next_wake_ms`] comes, it steps without inputs.
pub struct Smsc {
    config: Config,
    limits: QueueLimits,
    /// Boxed, for they move in and out of the table at every event.
    handsets: HashMap<u64, Box<Handset>>,
    esmes: Vec<EsmeQueue>,
    /// Which ESME a short number reaches.
    routes: HashMap<COctetString<21>, EsmeId>,
    /// When to look at which handset again. An entry may be out of date; a handset's own time decides.
    timers: BinaryHeap<Reverse<(u64, u64)>>,
    next_message: u64,
    records: Records,
    faults: Option<FaultSwitch>,
    counts: Counts,
    /// Subscribers that something happened to in this step.
    touched: Vec<u64>,
    /// Whether what is seen is written down, and what was seen in this step.
    observed: bool,
    sights: Vec<Sight>,
    /// What a card sends within one event; kept for its allocation.
    out: Vec<Outgoing>,
}

/// What a centre has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// submit_sm accepted.
    pub accepted: u64,
    /// submit_sm refused.
    pub refused: u64,
    /// Short messages handed to handsets.
    pub delivered: u64,
    /// Short messages that expired first.
    pub expired: u64,
    /// Short messages from handsets that reached an ESME's queue.
    pub originated: u64,
    /// Short messages from handsets, or receipts, that were lost: no such ESME, or its queue full.
    pub lost: u64,
}

impl Smsc {
    /// A centre without subscribers.
    ///
    /// # Errors
    /// When the configuration contradicts itself.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let mut routes = HashMap::new();
        for (place, esme) in config.esmes.iter().enumerate() {
            for number in &esme.numbers {
                if routes.insert(*number, EsmeId(place)).is_some() {
                    return Err(ConfigError::NumberTwice);
                }
            }
        }
        Ok(Self {
            limits: QueueLimits {
                waiting: config.per_esme,
                window: config.window,
                retry_ms: config.retry_ms,
            },
            esmes: (0..config.esmes.len()).map(|place| EsmeQueue::new(EsmeId(place))).collect(),
            config,
            handsets: HashMap::new(),
            routes,
            timers: BinaryHeap::new(),
            next_message: 1,
            records: Records::default(),
            faults: None,
            counts: Counts::default(),
            touched: Vec::new(),
            observed: false,
            sights: Vec::new(),
            out: Vec::new(),
        })
    }

    /// Adds a subscriber, or puts another card into the subscriber's handset: the memory is that of
    /// [`crate::Personalisation`], or what an earlier run stored.
    ///
    /// # Errors
    /// When the image is no card's memory.
    pub fn insert(&mut self, msisdn: u64, image: &CardImage, person: Person) -> Result<(), ImageError> {
        let mut handset = Handset::new(Card::from_image(image)?, person);
        handset.card.applet.observed = self.observed;
        self.handsets.insert(msisdn, Box::new(handset));
        Ok(())
    }

    /// What a subscriber's handset shows; none for an unknown number.
    #[must_use]
    pub fn screen(&self, msisdn: u64) -> Option<Screen> {
        self.handsets.get(&msisdn).map(|handset| handset.card.screen(handset.in_coverage()))
    }

    /// What a subscriber's card has seen since it was inserted; none for an unknown number.
    #[must_use]
    pub fn testimony(&self, msisdn: u64) -> Option<Testimony> {
        self.handsets.get(&msisdn).map(|handset| handset.card.applet.witness.testimony())
    }

    /// The PIN that the person has chosen, for a demo that tells its user; none before there is one.
    #[must_use]
    pub fn chosen_pin(&self, msisdn: u64) -> Option<&Pin> {
        self.handsets.get(&msisdn)?.card.applet.memory.pin.pin.as_ref()
    }

    /// How many subscribers there are.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.handsets.len()
    }

    /// What has been done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Makes the radio bad, for tests.
    pub fn set_faults(&mut self, faults: Option<FaultSwitch>) {
        self.faults = faults;
    }

    /// From now on each step tells what an onlooker sees, see [`Step::sights`]. For tests and benches.
    pub fn observe(&mut self) {
        self.observed = true;
        self.handsets.values_mut().for_each(|handset| handset.card.applet.observed = true);
    }

    /// When a step is due although nothing happens. May be early; never late.
    #[must_use]
    pub fn next_wake_ms(&self, now_ms: u64) -> Option<u64> {
        let handset = self.timers.peek().map(|Reverse((at, _))| *at);
        let esme = self.esmes.iter().filter_map(|esme| esme.wake_ms(now_ms)).min();
        [handset, esme].into_iter().flatten().min()
    }
}
