use std::{fmt, sync::Arc};

use crate::{CardId, ReadError};

/// One odd or refused event, for one line of the log. Holds no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The trace id of the card's open transaction, or of its last one; `None` where the event belongs to neither.
    pub trace: Option<Arc<str>>,
    /// The card, where there is one.
    pub card: Option<CardId>,
    /// What happened.
    pub what: Odd,
}

/// What can be odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// A message of the card carries a counter that was seen before, or is too old: dropped.
    ReplayedCounter {
        /// The counter.
        counter: u64,
    },
    /// A report came without the protection that was asked for: a hint, no more.
    UnprovenReport {
        /// Response status code.
        rsc: u8,
        /// The counter it names.
        counter: u64,
    },
    /// A proven report names a counter that the open transaction did not use.
    ForeignReport {
        /// Response status code.
        rsc: u8,
        /// The counter.
        counter: u64,
    },
    /// The card refused a packet.
    PacketRefused {
        /// Response status code.
        rsc: u8,
    },
    /// The card has seen a request's counter before: the network made a copy, or the counters are out of step. The card
    /// is asked which.
    CounterInDoubt,
    /// An answer to an earlier message, out of date.
    OldAnswer,
    /// The card says that our counter is out of step; the counters jump and the message is sent once more.
    CounterResync {
        /// Response status code: 02 low, 03 high.
        rsc: u8,
    },
    /// The counter is out of step a second time: somebody else uses the card's keys, or the card is broken.
    CounterResyncFailed {
        /// Response status code.
        rsc: u8,
    },
    /// A report that the platform has no rule for.
    UnknownReport {
        /// Response status code.
        rsc: u8,
    },
    /// An answer for a transaction that is not the card's open or last one.
    ForeignAnswer {
        /// The number it names.
        txn: u32,
    },
    /// An answer of a kind that the transaction did not ask for.
    UnexpectedAnswer,
    /// The card says something to a transaction that has ended.
    AnswerAfterEnd,
    /// A signature that the transaction's key did not make over what was asked, or with an expired certificate.
    WrongSignature {
        /// What did not fit.
        reason: &'static str,
    },
    /// A key without proof of possession.
    WrongPossession,
    /// A public key that another user has.
    KeyOfAnother,
    /// A result came after the end. It was verified and confirmed, and is never handed out.
    LateResult {
        /// Whether it was right.
        proven: bool,
    },
    /// The same result again.
    RepeatedResult,
    /// The PIN was wrong; the card asks again.
    WrongPin,
    /// The short-message centre refused a message for good.
    SubmitRefused,
    /// The short-message centre could not deliver.
    Undeliverable,
    /// No sign of life: the message goes out again.
    SentAgain {
        /// How often it has been sent now.
        sends: u8,
    },
    /// A caller was refused.
    Refused {
        /// The fault code.
        code: u16,
    },
    /// An open transaction names a card or a key that cannot be read.
    Orphan,
    /// The card's 40-bit counter is used up: its keys must be changed.
    CountersUsedUp,
    /// A message for the card could not be made; acceptance should have refused the request.
    Unspeakable(String),
    /// The store could not be read.
    Unreadable(ReadError),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(trace) = &self.trace {
            write!(f, "{trace}: ")?;
        }
        if let Some(card) = self.card {
            write!(f, "card {}: ", card.0)?;
        }
        self.what.fmt(f)
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplayedCounter { counter } => write!(f, "replayed counter {counter} dropped"),
            Self::UnprovenReport { rsc, counter } => {
                write!(f, "unprotected report {rsc:02X} for counter {counter} ignored")
            }
            Self::ForeignReport { rsc, counter } => {
                write!(f, "report {rsc:02X} for foreign counter {counter} ignored")
            }
            Self::PacketRefused { rsc } => write!(f, "card refused the packet with {rsc:02X}"),
            Self::CounterInDoubt => {
                f.write_str("counter seen before (02): a copy, or out of step; asking the card")
            }
            Self::OldAnswer => f.write_str("answer to an earlier message ignored"),
            Self::CounterResync { rsc } => write!(f, "counter out of step ({rsc:02X}), jumping ahead"),
            Self::CounterResyncFailed { rsc } => write!(f, "ALARM counter out of step again ({rsc:02X})"),
            Self::UnknownReport { rsc } => write!(f, "report {rsc:02X} has no rule"),
            Self::ForeignAnswer { txn } => write!(f, "answer for another transaction {txn:08x} ignored"),
            Self::UnexpectedAnswer => f.write_str("answer of an unexpected kind ignored"),
            Self::AnswerAfterEnd => f.write_str("answer after the end"),
            Self::WrongSignature { reason } => write!(f, "wrong signature: {reason}"),
            Self::WrongPossession => f.write_str("possession of the key is not proven"),
            Self::KeyOfAnother => f.write_str("the public key belongs to another user"),
            Self::LateResult { proven: true } => f.write_str("LATE result, right, not handed out"),
            Self::LateResult { proven: false } => f.write_str("LATE result, wrong, not handed out"),
            Self::RepeatedResult => f.write_str("result repeated"),
            Self::WrongPin => f.write_str("wrong PIN, card asks again"),
            Self::SubmitRefused => f.write_str("message refused by the short-message centre"),
            Self::Undeliverable => f.write_str("message could not be delivered"),
            Self::SentAgain { sends } => write!(f, "no sign of life, sent for the {sends}. time"),
            Self::Refused { code } => write!(f, "refused with {code}"),
            Self::Orphan => f.write_str("ALARM transaction without card or key"),
            Self::CountersUsedUp => f.write_str("ALARM the card's counters are used up"),
            Self::Unspeakable(error) => write!(f, "ALARM no message for the card: {error}"),
            Self::Unreadable(error) => write!(f, "ALARM {error}"),
        }
    }
}
