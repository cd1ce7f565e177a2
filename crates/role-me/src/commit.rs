//! What one turn makes durable.
use mss_core::{ApTransId, FaultCode, MsspTransId, NodeName, Timestamp, engine::Commit};

use crate::{RegistrationRow, Step};

/// Everything that one turn changes, to be written in one store transaction, in order.
#[derive(Debug, Default)]
pub struct MeCommit {
    /// Rows as they are now. Version 1 is new; any other replaces exactly the version before it, else it is a conflict.
    /// A row may be here more than once.
    pub rows: Vec<RegistrationRow>,
    /// Audit records.
    pub audit: Vec<AuditRecord>,
}

impl Commit for MeCommit {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.audit.is_empty()
    }
}

/// One line of the audit trail. Names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who ordered it.
    pub operator: NodeName,
    /// The operator's number of the order.
    pub ap_trans_id: ApTransId,
    /// The registration, where there is one.
    pub registration: Option<MsspTransId>,
    /// What happened.
    pub event: AuditEvent,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditEvent {
    /// An order was refused.
    Refused(FaultCode),
    /// A registration began.
    Started,
    /// A step was done.
    Done(Step),
    /// The person is active.
    Active,
    /// The registration failed.
    Failed(FaultCode),
    /// Cards are being imported.
    ImportStarted,
    /// Cards were imported.
    Imported,
    /// The import failed.
    ImportFailed(FaultCode),
    /// A person's state was read.
    Queried,
}
