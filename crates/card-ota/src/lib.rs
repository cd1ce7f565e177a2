//! SMS TPDUs and concatenation, TS 102 225 secured packets and the applet protocol OSAP; knows nothing of the MSS.
//!
//! From the inside out, one message to a card is: an [`osap::Message`] is encoded, [`packet::seal_command`] protects it,
//! [`segment::segment`] cuts it into user data, and [`tpdu`] or an SMPP PDU carries each piece. The way back is a
//! [`reassembly::Reassembly`], [`packet::open_command`] for what the applet sends on its own, [`packet::open_response`] for a
//! proof of receipt, a [`window::CounterWindow`] against repeats, and [`osap::Message::decode`].
//!
//! Start at [`packet`] for the security layer and at [`osap`] for what server and card say to each other.
//!
//! Deliberately absent: SHA-256 and ECDSA (the caller's), counters' storage, timers, and anything that knows why a text is
//! signed. Single DES, ECB and XOR checksums can be read with the feature `legacy`, which no product build has; a
//! [`packet::CardProfile`] permits none of them in any build.
mod civil;
pub mod global_platform;
pub mod gsm7;
pub mod osap;
pub mod packet;
pub mod reassembly;
pub mod segment;
pub mod tpdu;
pub mod udh;
pub mod window;
