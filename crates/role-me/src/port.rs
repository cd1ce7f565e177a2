//! What the engine asks of its surroundings.
use mss_core::{Fault, Msisdn, NodeName};
use thiserror::Error;

use crate::RegistrationRow;

/// Which home MSSP serves a number.
pub trait HomeOf: Send {
    /// The home.
    ///
    /// # Errors
    /// 105 when none serves the number.
    fn home_of(&self, msisdn: &Msisdn) -> Result<NodeName, Fault>;
}

impl<F: Fn(&Msisdn) -> Result<NodeName, Fault> + Send> HomeOf for F {
    fn home_of(&self, msisdn: &Msisdn) -> Result<NodeName, Fault> {
        self(msisdn)
    }
}

/// Reads what is durable.
pub trait MeReader: Send {
    /// The latest registration of a number.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn latest(&self, msisdn: &Msisdn) -> Result<Option<RegistrationRow>, ReadError>;
}

/// The store could not be read; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("store: {0}")]
pub struct ReadError(pub String);
