//! What an onlooker sees who stands beside the radio, the phones and the cards: for benches and tests that count.

use crate::fault_switch::{Fate, Leg};

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// At whose phone.
    pub msisdn: u64,
    /// What.
    pub what: Seen,
}

/// What can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The radio did something to a short message other than to let it pass.
    Radio {
        /// Which way it went.
        leg: Leg,
        /// What happened to it.
        fate: Fate,
    },
    /// A message of the server reached the card, was opened and understood.
    Asked(About),
    /// The person was prompted: a text came onto the screen.
    Prompted {
        /// The transaction.
        txn: u32,
        /// The text.
        text: String,
    },
    /// The person agreed, and the card signed or made a key.
    Made {
        /// The transaction.
        txn: u32,
    },
    /// A short message of the card's answer left the card.
    Answered(About),
    /// A short message of the card's answer was taken by the ESME.
    HandedOver(About),
}

/// Which OSAP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The transaction.
    pub txn: u32,
    /// The type: 82 is RESULT.
    pub kind: u8,
}

impl About {
    /// Reads an OSAP message's header.
    pub(crate) fn of(octets: &[u8]) -> Option<Self> {
        let header = card_ota::osap::Header::read(octets).ok()?;
        Some(Self { txn: header.txn.0, kind: header.kind })
    }
}
