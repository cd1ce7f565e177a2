//! SMS-DELIVER (network to card) and SMS-SUBMIT (card to network), TS 23.040 9.2.2.
//!
//! [`SmsDeliver::download`] and [`SmsSubmit::from_card`] make the two that carry secured packets.
mod address;
mod deliver;
mod reader;
mod scts;
mod submit;
mod user_data;

pub use address::Address;
pub use deliver::SmsDeliver;
pub use scts::Scts;
pub use submit::{SmsSubmit, Validity};
pub use user_data::UserData;

use thiserror::Error;

/// Protocol identifier of (U)SIM data download.
pub const PID_DATA_DOWNLOAD: u8 = 0x7F;
/// Data coding scheme of a message for the SIM: class 2, 8 bit.
pub const DCS_SIM_BINARY: u8 = 0xF6;

/// Why a TPDU was refused or not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TpduError {
    /// It ends too early.
    #[error("the TPDU is truncated")]
    Truncated,
    /// Octets follow its end.
    #[error("octets follow the TPDU")]
    Trailing,
    /// Another message type.
    #[error("the TPDU has another message type")]
    MessageType,
    /// An address that is too long or has characters that it cannot.
    #[error("the address is malformed")]
    Address,
    /// More user data than 140 octets or 160 septets.
    #[error("the user data is too long")]
    UserData,
}
