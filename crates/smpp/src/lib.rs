//! SMPP 3.4 for either end: the PDUs as typed values, and a session machine without sockets or clocks.
//!
//! Start at [`Pdu`] for the codec, at [`Session`] for a connection. A session takes octets, requests and the time
//! (milliseconds of any monotonic clock) and gives octets to write and [`Event`]s; a shell owns the socket.
//! Numbers and field names are those of the "Short Message Peer-to-Peer Protocol Specification v3.4".
//!
//! Deliberately absent: sockets, reconnecting, message storage, what a short message means. `submit_multi` and unknown
//! commands are kept as [`pdu::Body::Opaque`].

pub mod address;
pub mod alert_notification;
pub mod bind;
pub mod c_octet_string;
pub mod command;
pub mod data_sm;
pub mod framer;
pub mod malformed;
pub mod message;
pub mod outbind;
pub mod pdu;
pub mod query;
mod reader;
pub mod receipt;
pub mod replace_sm;
pub mod session;
pub mod status;
pub mod tlv;
pub mod validity;

pub use address::Address;
pub use alert_notification::AlertNotification;
pub use bind::{Bind, BindMode, Password};
pub use c_octet_string::COctetString;
pub use data_sm::DataSm;
pub use message::{Message, MessageId};
pub use outbind::Outbind;
pub use pdu::{Body, Pdu};
pub use receipt::Receipt;
pub use replace_sm::ReplaceSm;
pub use session::{Event, SendFailure, Session, SessionConfig};
pub use status::CommandStatus;
pub use tlv::Tlvs;
