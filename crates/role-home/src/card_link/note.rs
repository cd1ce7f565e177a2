use std::{fmt, sync::Arc};

use card_ota::reassembly::Refusal;
use mss_core::Msisdn;

use crate::ReadError;

/// Something on the link that an operator may want to know. Numbers mask themselves.
#[derive(Debug)]
pub enum LinkNote {
    /// A message to a card was not sealed.
    NotSealed {
        /// Of which transaction.
        trace: Arc<str>,
        /// For which card.
        card: Msisdn,
        /// Why.
        reason: String,
    },
    /// A message came from something that is no telephone number.
    NoNumber,
    /// A message came from a number without a card.
    Stranger {
        /// Which.
        number: Msisdn,
    },
    /// The store cannot be read; the message shall come again.
    Unreadable(ReadError),
    /// A message cannot be part of a packet.
    MessageRefused {
        /// What the card was last spoken to about.
        trace: Option<Arc<str>>,
        /// Which card.
        card: Msisdn,
        /// Why.
        reason: Refusal,
    },
    /// A packet does not open, or says nothing that can be read.
    PacketRefused {
        /// What the card was last spoken to about.
        trace: Option<Arc<str>>,
        /// Which card.
        card: Msisdn,
        /// Why.
        reason: String,
    },
}

impl LinkNote {
    /// The transaction, where one is known.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        match self {
            Self::NotSealed { trace, .. } => Some(trace),
            Self::MessageRefused { trace, .. } | Self::PacketRefused { trace, .. } => trace.as_deref(),
            Self::NoNumber | Self::Stranger { .. } | Self::Unreadable(_) => None,
        }
    }
}

impl fmt::Display for LinkNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSealed { card, reason, .. } => {
                write!(f, "a message to card {card:?} was not sealed: {reason}")
            }
            Self::NoNumber => f.write_str("a message from no telephone number was dropped"),
            Self::Stranger { number } => {
                write!(f, "a message from {number:?}, a number without a card, was dropped")
            }
            Self::Unreadable(error) => write!(f, "{error}; the message shall come again"),
            Self::MessageRefused { card, reason, .. } => {
                write!(f, "a message of card {card:?} was refused: {reason}")
            }
            Self::PacketRefused { card, reason, .. } => {
                write!(f, "a packet of card {card:?} was refused: {reason}")
            }
        }
    }
}
