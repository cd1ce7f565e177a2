//! What one turn makes durable.
use std::sync::Arc;

use mss_core::{ApId, ApTransId, FaultCode, MsspTransId, StatusCode, Timestamp, engine::Commit};

use crate::{Outcome, TransactionRow};

/// Everything that one turn changes, to be written in one store transaction in this order: accepted, finished, audit.
#[derive(Debug, Default)]
pub struct AeCommit {
    /// New rows, version 1. A row number that exists already is a conflict.
    pub accepted: Vec<Arc<TransactionRow>>,
    /// Rows that end, from version 1 to 2. A row that is not at version 1 is a conflict.
    pub finished: Vec<FinalUpdate>,
    /// Audit records, in order.
    pub audit: Vec<AuditRecord>,
}

impl Commit for AeCommit {
    fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.finished.is_empty() && self.audit.is_empty()
    }
}

/// The end of one transaction.
#[derive(Debug, Clone)]
pub struct FinalUpdate {
    /// The row.
    pub row: u64,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Arc<Outcome>,
}

/// One line of the audit trail.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// About what.
    pub subject: AuditSubject,
    /// What happened.
    pub event: AuditEvent,
}

/// What an audit record is about.
#[derive(Debug, Clone)]
pub enum AuditSubject {
    /// An accepted transaction.
    Transaction(Arc<TransactionRow>),
    /// A request of an authenticated AP that became no transaction.
    Request {
        /// Who asked.
        ap_id: ApId,
        /// The AP's number for the request.
        ap_trans_id: ApTransId,
        /// The transaction a status query named.
        asked: Option<MsspTransId>,
    },
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditEvent {
    /// A signature request was accepted; the row holds its content hash.
    Accepted,
    /// A signature request was refused.
    Refused(FaultCode, Option<u16>),
    /// A status query was refused.
    StatusRefused(FaultCode),
    /// Past deadline and margin without the home's word: waiting APs were told to ask again.
    Overdue,
    /// The home made a signature.
    Signed(StatusCode),
    /// The transaction ended in a fault.
    Failed(FaultCode, Option<u16>),
}
