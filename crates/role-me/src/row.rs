//! What the store keeps of a registration.
use mss_core::{ApTransId, Fault, MsspTransId, NodeName, Operation, Timestamp};

use crate::{Person, Step};

/// One registration of one person. Plain data: a row that is read back proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationRow {
    /// Arrival number: the key of the row.
    pub row: u64,
    /// Raised by every commit that writes the row; 1 when it is new.
    pub version: u32,
    /// Names the registration towards home and CA, and in the log.
    pub id: MsspTransId,
    /// The operator who ordered it.
    pub operator: NodeName,
    /// The operator's number of the order.
    pub ap_trans_id: ApTransId,
    /// Whose registration it is.
    pub person: Person,
    /// The home MSSP that serves the number.
    pub home: NodeName,
    /// When it was ordered.
    pub started_at: Timestamp,
    /// When it fails if it is not finished.
    pub deadline: Timestamp,
    /// How far it is.
    pub state: RegistrationState,
    /// The keys that were made so far, in the order of making.
    pub keys: Vec<KeyRecord>,
}

/// How far a registration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationState {
    /// On its way; this step has to be done.
    Running(Step),
    /// The person can sign.
    Active,
    /// It came to an end short of that.
    Failed(Fault),
}

/// One key of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// What the key is for.
    pub operation: Operation,
    /// SubjectPublicKeyInfo in DER, possession proven at the home.
    pub public_key: Vec<u8>,
    /// Its certificate path in DER, signer first; empty until it is issued.
    pub path: Vec<Vec<u8>>,
}

impl RegistrationRow {
    /// The step that has to be done.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        match self.state {
            RegistrationState::Running(step) => Some(step),
            RegistrationState::Active | RegistrationState::Failed(_) => None,
        }
    }

    /// The key for an operation, if it was made.
    #[must_use]
    pub fn key(&self, operation: Operation) -> Option<&KeyRecord> {
        self.keys.iter().find(|key| key.operation == operation)
    }
}
