//! Keys by handle: sealed on disk under a key-encryption key, opened for one use, never shown.
//!
//! Start at [`Kek`]. [`SealedSigner`] keeps a CA's signing key in a file. With feature `card`, [`card::CardVault`] seals and
//! opens card packets and takes over the batches of card makers.
//!
//! Deliberately absent: keys in a PKCS#11 token (later, behind the same types), key rotation, and any decision about
//! whom a key may serve.
#[cfg(feature = "card")]
pub mod card;
mod kek;
mod secret_file;
mod signer;

pub use kek::{Kek, SealError};
pub use secret_file::{VaultFileError, read_secret, write_secret};
pub use signer::{SealedSigner, SignerError};
