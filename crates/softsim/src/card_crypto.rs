//! What a card's chip computes, as a trait.

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The chip's public-key hardware: P-256 keys and SHA-256. The shell implements it, so that this crate names no
/// crypto provider and a testbed can sign deterministically.
///
/// An implementation may keep parsed keys, named by [`KeyPair::public`]; the card hands the octets over every time.
pub trait CardCrypto {
    /// Makes a new P-256 key pair.
    ///
    /// # Errors
    /// When the provider fails; the card answers "card error".
    fn generate(&mut self) -> Result<KeyPair, CryptoFailed>;

    /// ECDSA over SHA-256 of `message`: `r || s`, 32 octets each.
    ///
    /// # Errors
    /// When the provider fails.
    fn sign(&mut self, key: &KeyPair, message: &[u8]) -> Result<[u8; 64], CryptoFailed>;

    /// ECDSA over `digest` as it is: `r || s`, 32 octets each.
    ///
    /// # Errors
    /// When the provider fails.
    fn sign_digest(&mut self, key: &KeyPair, digest: &[u8; 32]) -> Result<[u8; 64], CryptoFailed>;

    /// SHA-256.
    fn sha256(&self, data: &[u8]) -> [u8; 32];
}

/// A P-256 key of a card. Wiped when dropped; never shown.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct KeyPair {
    private: [u8; 32],
    #[zeroize(skip)]
    public: [u8; 33],
}

impl KeyPair {
    /// From the private scalar (big endian) and the compressed public point (SEC 1, 2.3.3).
    #[must_use]
    pub fn new(private: [u8; 32], public: [u8; 33]) -> Self {
        Self { private, public }
    }

    /// The private scalar, for the implementation of [`CardCrypto`] and the card's memory alone.
    #[must_use]
    pub fn private(&self) -> &[u8; 32] {
        &self.private
    }

    /// The compressed public point.
    #[must_use]
    pub fn public(&self) -> &[u8; 33] {
        &self.public
    }
}

/// The provider could not make a key or a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the card's crypto provider failed")]
pub struct CryptoFailed;
