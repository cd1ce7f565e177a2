//! What the engine asks of its surroundings: routing, reading, hashing. All synchronous, none of them may block for long.
use mss_core::{Fault, NodeName, message::MobileUser};
use thiserror::Error;

use crate::StoredTransaction;

/// SHA-256, handed in so that this crate needs no cryptography.
pub type Hasher = fn(&[u8]) -> [u8; 32];

/// Which home MSSP serves a user. The routing entity's table stands behind it.
pub trait HomeRouter: Send {
    /// The home of this user.
    ///
    /// # Errors
    /// 105 when no home serves the number.
    fn route(&self, user: &MobileUser) -> Result<NodeName, Fault>;
}

impl<F: Fn(&MobileUser) -> Result<NodeName, Fault> + Send> HomeRouter for F {
    fn route(&self, user: &MobileUser) -> Result<NodeName, Fault> {
        self(user)
    }
}

/// Reads what is durable. Used for finished transactions that are no longer in memory.
pub trait AeReader: Send {
    /// The transaction in this row, finished or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn transaction(&self, row: u64) -> Result<Option<StoredTransaction>, ReadError>;
}

/// The store could not be read; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("store: {0}")]
pub struct ReadError(pub String);
