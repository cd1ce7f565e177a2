use std::fmt;

use crate::{CatalogueEntry, FaultCode};

/// A refusal, as it travels between roles and is written to the log.
///
/// Towards an AP only a [`PublicFault`] is rendered, and only the AE's `disclose` makes one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The catalogue's code.
    pub code: FaultCode,
    /// National or vendor sub-code, such as 1014 below 101 (mss-soap 5.2).
    pub sub: Option<u16>,
    /// What happened, for the log and for other roles. Holds no secret and no personal data.
    pub detail: String,
    /// URI of the node that found it (SOAP `Node`); the entity that first renders the fault fills it in.
    pub node: Option<String>,
}

impl Fault {
    /// A fault without sub-code.
    #[must_use]
    pub fn new(code: FaultCode, detail: impl Into<String>) -> Self {
        Self { code, sub: None, detail: detail.into(), node: None }
    }

    /// The same fault with a sub-code.
    #[must_use]
    pub fn with_sub(mut self, sub: u16) -> Self {
        self.sub = Some(sub);
        self
    }

    /// The catalogue's line for the code.
    #[must_use]
    pub fn entry(&self) -> CatalogueEntry {
        self.code.entry()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code.0, self.entry().name, self.detail)
    }
}

/// What an outsider learns of a fault. Made by `role_ae::disclose` alone, which is the one table of disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicFault {
    /// The code.
    pub code: FaultCode,
    /// The sub-code, where the AP's dialect has one.
    pub sub: Option<u16>,
    /// Text for the AP's developer.
    pub detail: String,
    /// URI of the node that answers.
    pub node: String,
}
