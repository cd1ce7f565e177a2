//! What can be wrong with the octets of one PDU.

use thiserror::Error;

use crate::{command::CommandId, status::CommandStatus};

/// The body of a PDU does not hold exactly its fields. The frame is known, so the stream stays in sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The body ends inside this field.
    #[error("the body ends inside {0}")]
    Short(&'static str),
    /// A C-Octet String has no NUL within its greatest length.
    #[error("{0} is longer than its field")]
    TooLong(&'static str),
    /// sm_length 255 is reserved; 254 is the greatest.
    #[error("sm_length 255")]
    ShortMessageLength,
    /// The optional part is no sequence of whole TLVs.
    #[error("the optional part is cut")]
    OptionalPart,
    /// Octets after the last field of a PDU that has no optional part.
    #[error("{0} octets after the last field")]
    Trailing(usize),
}

impl Malformed {
    /// The status with which such a request is answered.
    pub const fn status(self) -> CommandStatus {
        match self {
            Self::Short(_) | Self::Trailing(_) => CommandStatus::RINVCMDLEN,
            Self::TooLong(_) => CommandStatus::RINVPARLEN,
            Self::ShortMessageLength => CommandStatus::RINVMSGLEN,
            Self::OptionalPart => CommandStatus::RINVOPTPARSTREAM,
        }
    }
}

/// The 12 octets after command_length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the PDU is.
    pub command: CommandId,
    /// Zero in requests.
    pub status: CommandStatus,
    /// Repeated by the response. 1 to 0x7FFFFFFF by the standard; foreign values are kept.
    pub sequence: u32,
}

/// Why octets gave no PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// command_length is outside the limits (or, for a single PDU, not the number of octets given). Where the next
    /// PDU starts is not known: a stream ends here.
    #[error("command_length {0} is outside the limits")]
    Length(u32),
    /// The frame is whole, its body is not what the command asks for. The header serves to answer it.
    #[error("{} {}: {cause}", header.command, header.sequence)]
    Malformed {
        /// The header, which was read.
        header: Header,
        /// What is wrong behind it.
        cause: Malformed,
    },
}
