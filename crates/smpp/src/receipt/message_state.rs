//! What became of a message (SMPP 3.4, 5.2.28).

/// The state of a message at the SMSC (SMPP 3.4, 5.2.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// On its way.
    Enroute,
    /// Reached the handset.
    Delivered,
    /// The validity period ended first.
    Expired,
    /// Taken back.
    Deleted,
    /// Cannot be delivered.
    Undeliverable,
    /// Read by customer service in the name of the subscriber.
    Accepted,
    /// The SMSC does not know.
    Unknown,
    /// Refused.
    Rejected,
    /// A value outside the standard.
    Other(u8),
}

impl MessageState {
    /// From message_state.
    pub const fn from_octet(octet: u8) -> Self {
        match octet {
            1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            7 => Self::Unknown,
            8 => Self::Rejected,
            other => Self::Other(other),
        }
    }

    /// To message_state.
    pub const fn octet(self) -> u8 {
        match self {
            Self::Enroute => 1,
            Self::Delivered => 2,
            Self::Expired => 3,
            Self::Deleted => 4,
            Self::Undeliverable => 5,
            Self::Accepted => 6,
            Self::Unknown => 7,
            Self::Rejected => 8,
            Self::Other(other) => other,
        }
    }

    /// From the `stat:` of a receipt text; SMSCs write it in either case and cut differently, and some have words of
    /// their own.
    pub(super) fn from_text(text: &[u8]) -> Option<Self> {
        let start = text.get(..5)?.to_ascii_uppercase();
        Some(match start.as_slice() {
            b"ENROU" | b"BUFFE" | b"BUFFR" | b"SCHED" => Self::Enroute,
            b"DELIV" => Self::Delivered,
            b"EXPIR" => Self::Expired,
            b"DELET" | b"CANCE" => Self::Deleted,
            b"UNDEL" | b"FAILE" => Self::Undeliverable,
            b"ACCEP" => Self::Accepted,
            b"UNKNO" => Self::Unknown,
            b"REJEC" => Self::Rejected,
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the message.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Enroute | Self::Accepted | Self::Unknown | Self::Other(_))
    }
}
