use std::sync::Arc;

use mss_core::{Fault, FaultCode, Msisdn};

use crate::{CardId, RowId};

/// ICCID: the number printed on a SIM card (ITU-T E.118), 10 to 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iccid(String);

impl Iccid {
    /// Reads an ICCID; surrounding white space is dropped.
    ///
    /// # Errors
    /// 101 when it is not 10 to 20 digits.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if (10..=20).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new(FaultCode::WRONG_PARAM, "ICCID is not 10 to 20 digits"))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is needed to reach a card and to read what it sends. Does not change while the engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAddress {
    /// The card's row.
    pub id: CardId,
    /// Its number.
    pub iccid: Iccid,
    /// The subscriber number that reaches it.
    pub msisdn: Msisdn,
    /// Toolkit application reference of the applet.
    pub tar: [u8; 3],
    /// The card's keys, sealed by the vault; nobody else can read them.
    pub sealed_keys: Arc<[u8]>,
}

/// A card as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRecord {
    /// How it is reached.
    pub address: Arc<CardAddress>,
    /// Raised by every commit that writes the row.
    pub version: u32,
    /// The lowest OTA counter that was never reserved.
    pub next_counter: u64,
    /// What is known of the counters that the card itself counts.
    pub mo_window: MoWindow,
    /// The last transaction that was opened on the card.
    pub last_row: Option<RowId>,
}

/// Which counters of the card's own messages were seen: the highest, and the 64 that end with it (bit 0 is the highest).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MoWindow {
    /// The highest counter accepted; zero before the first.
    pub highest: u64,
    /// One bit for each of the 64 counters up to it.
    pub bitmap: u64,
}

/// A card whose keys the vault has taken over already; the engine only records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCard {
    /// Its number.
    pub iccid: Iccid,
    /// The subscriber number that reaches it.
    pub msisdn: Msisdn,
    /// Toolkit application reference of the applet.
    pub tar: [u8; 3],
    /// The card's keys, sealed by the vault.
    pub sealed_keys: Arc<[u8]>,
}

/// OTA counters that were reserved durably and may each be used once. What is left is abandoned at a restart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CounterRun {
    next: u64,
    end: u64,
}

impl CounterRun {
    /// How many counters one commit reserves.
    pub(crate) const LENGTH: u64 = 8;

    /// The run of counters from `start`.
    pub(crate) fn starting_at(start: u64) -> Self {
        Self { next: start, end: start.saturating_add(Self::LENGTH) }
    }

    /// Takes the next counter; `None` when the run is used up.
    pub(crate) fn take(&mut self) -> Option<u64> {
        let taken = (self.next < self.end).then_some(self.next)?;
        self.next += 1;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_gives_each_counter_once() {
        let mut run = CounterRun::starting_at(40);
        let taken: Vec<u64> = std::iter::from_fn(|| run.take()).collect();
        assert_eq!(taken, (40..48).collect::<Vec<_>>());
        assert_eq!(CounterRun::default().take(), None);
    }

    #[test]
    fn an_iccid_is_digits() {
        assert_eq!(
            Iccid::parse(" 8935801234567890123 ").map(|n| n.as_str().to_owned()),
            Ok("8935801234567890123".into())
        );
        for wrong in ["", "893580123", "893580123456789012345", "89358O1234567890123"] {
            assert!(Iccid::parse(wrong).is_err(), "{wrong}");
        }
    }
}
