//! SMPP over TCP: a shell around the session machine of the `smpp` crate, for either end.
//!
//! [`Transceiver`] is the ESME: it keeps one connection to an SMSC up, for ever. [`Server`] is the SMSC's listener. Each
//! connection is one task that owns socket and session; it reads into one buffer, hands events over in batches and
//! writes all that has gathered at once. There is no task, timer or channel per PDU.
//!
//! Deliberately absent: what a message means, storage, and repeating a message whose outcome is unknown.

mod clock;
mod drive;
mod esme;
mod outlet;
mod reconnect;
mod server;
mod smsc;
#[cfg(test)]
mod tests;
mod transceiver;

pub use reconnect::Backoff;
pub use server::{Account, Accounts, ConnectionId, Server, ServerConfig, ServerEvent};
pub use transceiver::{DeliverReply, Event, LinkBatch, Stopped, Transceiver, TransceiverConfig};
