//! What happened at the phones and the cards, from the short-message centre's journal.
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
};

use crate::{
    command_error::CommandError,
    smsc::journal::{Entry, Event},
};

/// A RESULT (docs/osap.md, 4).
const RESULT: u8 = 0x82;

/// One transaction of one card.
#[derive(Default)]
pub(crate) struct CardTransaction {
    /// How often the person was prompted.
    pub prompts: u32,
    /// The text of the last prompt.
    pub text: String,
    /// Signatures or keys made.
    pub made: u32,
    /// Copies of the RESULT that the card gave to the radio.
    pub results_sent: u32,
    /// When the HMSSP took one, each.
    pub results_taken_ms: Vec<u64>,
}

/// Short messages that the radio did something to.
#[derive(Default, Clone, Copy)]
pub(crate) struct Faults {
    pub lost: u64,
    pub duplicated: u64,
    pub delayed: u64,
}

/// Everything that was seen.
#[derive(Default)]
pub(crate) struct Ledger {
    /// By number and transaction.
    pub transactions: BTreeMap<(u64, u32), CardTransaction>,
    /// To the phones.
    pub down: Faults,
    /// From the phones.
    pub up: Faults,
    /// When the radio did something to a phone's messages.
    touched_ms: BTreeMap<u64, BTreeSet<u64>>,
}

impl Ledger {
    /// Reads the journal; `from_ms` leaves out the faults before.
    pub(crate) fn read(journal: &Path, from_ms: u64) -> Result<Self, CommandError> {
        let mut ledger = Self::default();
        for line in BufReader::new(std::fs::File::open(journal)?).lines() {
            ledger.take(serde_json::from_str(&line?)?, from_ms);
        }
        Ok(ledger)
    }

    fn take(&mut self, entry: Entry, from_ms: u64) {
        let Entry { at_ms, number, event } = entry;
        let fault: (bool, fn(&mut Faults) -> &mut u64) = match event {
            Event::Lost { up } => (up, |faults| &mut faults.lost),
            Event::Duplicated { up } => (up, |faults| &mut faults.duplicated),
            Event::Delayed { up, .. } => (up, |faults| &mut faults.delayed),
            Event::Asked { .. } => return,
            Event::Prompted { txn, text } => {
                let transaction = self.transaction(number, txn);
                transaction.prompts += 1;
                transaction.text = text;
                return;
            }
            Event::Made { txn } => return self.transaction(number, txn).made += 1,
            Event::Answered { txn, kind } => {
                return self.transaction(number, txn).results_sent += u32::from(kind == RESULT);
            }
            Event::HandedOver { txn, kind } => {
                let taken = (kind == RESULT).then_some(at_ms);
                return self.transaction(number, txn).results_taken_ms.extend(taken);
            }
        };
        self.touched_ms.entry(number).or_default().insert(at_ms);
        if at_ms >= from_ms {
            let (up, which) = fault;
            *which(if up { &mut self.up } else { &mut self.down }) += 1;
        }
    }

    fn transaction(&mut self, number: u64, txn: u32) -> &mut CardTransaction {
        self.transactions.entry((number, txn)).or_default()
    }

    /// Whether the radio did anything to a phone's messages between these times.
    pub(crate) fn touched(&self, number: u64, from_ms: u64, to_ms: u64) -> bool {
        self.touched_ms.get(&number).is_some_and(|times| times.range(from_ms..=to_ms).next().is_some())
    }
}
