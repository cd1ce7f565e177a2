use std::fmt;

/// How the card's side of a transaction went. Unknown values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CardStatus(pub u8);

impl CardStatus {
    /// Done.
    pub const OK: Self = Self(0x00);
    /// The person said no.
    pub const USER_CANCELLED: Self = Self(0x01);
    /// The person did nothing until the time to live ended.
    pub const NO_ANSWER: Self = Self(0x02);
    /// A wrong PIN, and the dialogue is still open.
    pub const PIN_WRONG: Self = Self(0x03);
    /// The PIN is blocked.
    pub const PIN_BLOCKED: Self = Self(0x04);
    /// Unknown critical TLV, type, algorithm or mode, or a body that cannot be read.
    pub const UNSUPPORTED: Self = Self(0x05);
    /// Another transaction is open; the detail is its remaining time in units of 4 s.
    pub const BUSY: Self = Self(0x06);
    /// The slot is empty, holds a key of another mode, or its key is in the wrong state for this request.
    pub const SLOT_STATE: Self = Self(0x07);
    /// The text cannot be shown on this handset.
    pub const NOT_DISPLAYABLE: Self = Self(0x08);
    /// The time to live ended before anything was shown.
    pub const EXPIRED: Self = Self(0x09);
    /// This transaction is known with other content.
    pub const TXN_REUSED: Self = Self(0x0A);
    /// The card failed.
    pub const CARD_ERROR: Self = Self(0x0B);
    /// The handset refused the proactive command.
    pub const HANDSET_REFUSED: Self = Self(0x0C);
    /// This transaction is over: its result was confirmed and erased. It is never signed again.
    pub const DONE_ERASED: Self = Self(0x0D);
    /// GET_RESULT for a transaction that the card does not know.
    pub const TXN_UNKNOWN: Self = Self(0x0E);
}

impl fmt::Display for CardStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match *self {
            Self::OK => "done",
            Self::USER_CANCELLED => "the person cancelled",
            Self::NO_ANSWER => "no answer from the person",
            Self::PIN_WRONG => "wrong PIN, still open",
            Self::PIN_BLOCKED => "the PIN is blocked",
            Self::UNSUPPORTED => "not supported by the applet",
            Self::BUSY => "busy with another transaction",
            Self::SLOT_STATE => "the key slot is not in the right state",
            Self::NOT_DISPLAYABLE => "the text cannot be shown",
            Self::EXPIRED => "expired before it was shown",
            Self::TXN_REUSED => "the transaction is known with other content",
            Self::CARD_ERROR => "the card failed",
            Self::HANDSET_REFUSED => "the handset refused",
            Self::DONE_ERASED => "done, result erased",
            Self::TXN_UNKNOWN => "the transaction is not known",
            Self(_) => "unknown",
        };
        write!(f, "card status {:02X} ({words})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_status_has_its_own_words() {
        let words: BTreeSet<_> = (0..=0x0F).map(|code| CardStatus(code).to_string().split_off(14)).collect();
        assert_eq!(words.len(), 16);
        assert_eq!(CardStatus::PIN_BLOCKED.to_string(), "card status 04 (the PIN is blocked)");
        assert_eq!(CardStatus(0xFF).to_string(), "card status FF (unknown)");
    }
}
