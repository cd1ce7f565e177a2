//! What the engine asks of its surroundings.
use mss_core::NodeName;

use crate::{CertificateRow, CodeHash, CodeRow, OrderId};

/// Reads what is durable.
pub trait CaReader: Send {
    /// The code with this hash.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn code(&self, hash: &CodeHash) -> Result<Option<CodeRow>, ReadError>;

    /// The certificate that this order of this ME became.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn order(&self, me: &NodeName, order_id: &OrderId) -> Result<Option<CertificateRow>, ReadError>;

    /// Whether a certificate was issued for the key with this hash, see [`CertificateRow::key`].
    ///
    /// # Errors
    /// When the store cannot be read.
    fn has_certificate(&self, key: &[u8; 32]) -> Result<bool, ReadError>;
}

/// The store could not be read; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("store: {0}")]
pub struct ReadError(pub String);
