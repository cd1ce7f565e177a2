use super::CardStatus;
use thiserror::Error;

/// Why a message was not made or not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OsapError {
    /// The octets end inside the header or inside a TLV.
    #[error("the message is truncated")]
    Truncated,
    /// More octets than [`super::MAX_MESSAGE`], or more of something than fits.
    #[error("the message is too long")]
    TooLong,
    /// Another protocol version, or flags that version 1 does not have.
    #[error("the protocol version or a flag is not supported")]
    Version,
    /// A message type that this side does not take.
    #[error("the message type is not known")]
    Type,
    /// A length that is not in its shortest form.
    #[error("a length is malformed")]
    TlvLength,
    /// The same tag twice.
    #[error("TLV {0:02X} stands twice")]
    Duplicate(u8),
    /// A critical tag that this message type does not have.
    #[error("critical TLV {0:02X} is not known here")]
    UnknownCritical(u8),
    /// A TLV that this message type needs is absent.
    #[error("TLV {0:02X} is missing")]
    Missing(u8),
    /// A value of the wrong size or outside its range.
    #[error("a value is wrong")]
    Value,
    /// An algorithm, mode or state that is not built.
    #[error("the algorithm or mode is not supported")]
    Unsupported,
    /// A text that does not decode.
    #[error("a text does not decode")]
    Text,
}

impl OsapError {
    /// The status with which a card answers a request it could not understand.
    #[must_use]
    pub const fn card_status(self) -> CardStatus {
        match self {
            Self::Text => CardStatus::NOT_DISPLAYABLE,
            _ => CardStatus::UNSUPPORTED,
        }
    }
}
