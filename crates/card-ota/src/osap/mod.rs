//! OSAP version 1, the protocol between the home MSSP and its applet on the card. It is ours and no standard; `docs/osap.md`
//! is its specification.
//!
//! Start at [`Request`] and [`Answer`], which travel inside a [`Message`]. [`signed_attributes()`] and [`pop_input`] are the
//! octets that card and server must build alike.
mod algorithm;
mod answer;
mod card_info;
mod error;
mod message;
mod params;
mod pin_policy;
mod pop;
mod request;
mod screen_text;
mod signed_attributes;
mod status;
#[cfg(test)]
mod tests;
mod tlv;

pub use algorithm::{Algorithm, Mode, Slot};
pub use answer::Answer;
pub use card_info::{CardInfo, SlotInfo, SlotState, Tries};
pub use error::OsapError;
pub use message::{Body, Header, MAX_MESSAGE, Message, TxnId, received_body};
pub use pin_policy::PinPolicy;
pub use pop::pop_input;
pub use request::Request;
pub use screen_text::{Coding, ScreenText, ScreenTextError};
pub use signed_attributes::{dtbs_id, signed_attributes};
pub use status::CardStatus;
