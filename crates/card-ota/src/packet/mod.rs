//! TS 102 225 secured packets in their SMS binding (TS 31.115): command packets and response packets under AES or 3DES.
//!
//! [`seal_command`] and [`open_command`] are the road to and from an applet: cipher, checksum and counter always, nothing
//! below [`Msl::FULL`]. [`seal_response`] and [`open_response`] handle the proof of receipt, whose protection the command's
//! SPI2 asked for. Their [`PacketKeys`] come from a [`CardProfile`] that passed its check. [`codec`] is underneath and takes any
//! security level, redundancy checks included: it is for tests and decoding tools.
//!
//! A packet here starts at CPL or RPL; the user data header in front of it is the business of [`crate::segment`].
mod algorithm;
mod check_key;
mod cipher_key;
pub mod codec;
mod command;
mod compact;
mod counter;
mod error;
mod header;
mod keys;
mod plain;
mod profile;
#[cfg(test)]
mod properties;
mod response;
mod rsc;
mod spi;
#[cfg(test)]
mod tests;

pub use algorithm::{CheckAlgorithm, CipherAlgorithm, Named};
pub use check_key::{CheckKey, Checksum};
pub use cipher_key::CipherKey;
pub use command::{OpenedCommand, open_command, seal_command};
pub use compact::CompactResponse;
pub use counter::{Counter, check_counter};
pub use error::{PacketError, SealError};
pub use header::{CommandHeader, Tar, read_header};
pub use keys::{KeyError, PacketKeys};
pub use profile::{CardProfile, PermittedProfile, ProfileError, ProfileWarning};
pub use response::{Response, open_response, seal_response};
pub use rsc::Rsc;
pub use spi::{CounterMode, Integrity, Msl, PorMode, Spi};

/// The longest packet the default road makes or takes: eight segments with an 8-bit reference (132 + 7 x 134 octets).
pub const MAX_PACKET: usize = 132 + 7 * 134;
