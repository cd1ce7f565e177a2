//! A bad radio by the throw of dice: the same seed and the same messages of a subscriber give the same fates, whatever
//! other subscribers do meanwhile.
use std::collections::HashMap;

use thiserror::Error;

use crate::fault_switch::{Fate, FaultSwitch, Leg};

/// How bad, for each short message and each way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BadRadio {
    /// Where chance starts.
    pub seed: u64,
    /// Per cent that are lost.
    pub loss: f64,
    /// Per cent that arrive twice.
    pub duplicate: f64,
    /// Per cent that are held up so that later ones overtake them: mostly for up to five seconds, one in ten for 31 to 40
    /// seconds, which is longer than a server waits for a sign of life.
    pub reorder: f64,
}

/// The shares are no shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("loss, duplicate and reorder must be per cent, together at most 100")]
pub struct SharesError;

/// Parts of a hundred per cent.
const WHOLE: f64 = 4_294_967_296.0;

impl BadRadio {
    /// The switch for [`crate::Smsc::set_faults`].
    ///
    /// # Errors
    /// When a share is no number between 0 and 100, or they are more than 100 together.
    pub fn switch(self) -> Result<FaultSwitch, SharesError> {
        let Self { seed, loss, duplicate, reorder } = self;
        let shares = [loss, duplicate, reorder];
        if shares.iter().any(|share| !(0.0..=100.0).contains(share)) || shares.iter().sum::<f64>() > 100.0 {
            return Err(SharesError);
        }
        // In 2^-32: exact enough, and whole numbers compare the same everywhere.
        let [loss, duplicate, reorder] = shares.map(|share| (share / 100.0 * WHOLE) as u64);
        let mut thrown: HashMap<(bool, u64), u64> = HashMap::new();
        Ok(Box::new(move |leg, msisdn, _| {
            let up = leg == Leg::Up;
            let count = thrown.entry((up, msisdn)).or_default();
            *count += 1;
            let chance = mix(mix(mix(seed ^ u64::from(up)) ^ msisdn) ^ *count);
            let (throw, more) = (chance >> 32, chance & 0xFFFF_FFFF);
            if throw < loss {
                Fate::Lose
            } else if throw < loss + duplicate {
                Fate::Duplicate
            } else if throw < loss + duplicate + reorder {
                Fate::Delay(delay_ms(more))
            } else {
                Fate::Pass
            }
        }))
    }
}

fn delay_ms(chance: u64) -> u64 {
    let within = chance / 10;
    if chance.is_multiple_of(10) { 31_000 + within % 9_000 } else { 200 + within % 4_800 }
}

/// One step of SplitMix64: every bit of the input moves every bit of the output.
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: BadRadio = BadRadio { seed: 1, loss: 2.0, duplicate: 2.0, reorder: 5.0 };

    fn fates(radio: BadRadio, messages: u64) -> Vec<Fate> {
        let mut switch = radio.switch().unwrap();
        (0..messages).map(|n| switch(Leg::Down, n % 7, &[])).collect()
    }

    #[test]
    fn the_shares_are_kept() {
        let fates = fates(BAD, 100_000);
        let share = |of: fn(&Fate) -> bool| fates.iter().filter(|fate| of(fate)).count();
        assert!((1_800..2_200).contains(&share(|fate| *fate == Fate::Lose)));
        assert!((1_800..2_200).contains(&share(|fate| *fate == Fate::Duplicate)));
        assert!((4_700..5_300).contains(&share(|fate| matches!(fate, Fate::Delay(_)))));
        assert!((400..600).contains(&share(|fate| matches!(fate, Fate::Delay(31_000..)))));
    }

    #[test]
    fn a_subscribers_fates_depend_on_nobody_else() {
        let mut alone = BAD.switch().unwrap();
        let mut busy = BAD.switch().unwrap();
        for n in 0..1000 {
            busy(Leg::Down, 8 + n, &[]);
            busy(Leg::Up, 7, &[]);
            assert_eq!(alone(Leg::Down, 7, &[]), busy(Leg::Down, 7, &[]));
        }
        assert_ne!(fates(BAD, 500), fates(BadRadio { seed: 2, ..BAD }, 500));
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        for (loss, duplicate, reorder) in
            [(-1.0, 0.0, 0.0), (0.0, 101.0, 0.0), (f64::NAN, 0.0, 0.0), (50.0, 30.0, 30.0)]
        {
            assert!(BadRadio { seed: 1, loss, duplicate, reorder }.switch().is_err());
        }
        assert_eq!(fates(BadRadio { loss: 100.0, duplicate: 0.0, reorder: 0.0, ..BAD }, 3), [Fate::Lose; 3]);
    }
}
