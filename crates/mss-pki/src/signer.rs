use crate::PublicKey;

/// A private key behind a handle: signs, and never shows itself. mss-vault has one for CA keys, [`crate::NodeKey`] is one.
pub trait Signer: Send + Sync {
    /// The key's other half.
    fn public_key(&self) -> &PublicKey;

    /// ECDSA P-256 with SHA-256 over `message`, as DER `Ecdsa-Sig-Value`.
    ///
    /// # Errors
    /// When the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The key could not sign. Says nothing about the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key could not be used for signing")]
pub struct SignError;
