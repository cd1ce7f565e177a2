//! What one turn makes durable.
use mss_core::{NodeName, Operation, RoleIdentity, Timestamp, engine::Commit};

use crate::{CertificateRow, CodeHash, CodeRow, OrderId};

/// Everything that one turn changes, to be written in one store transaction in this order.
#[derive(Debug, Default)]
pub struct CaCommit {
    /// New codes, unused. One whose hash exists is a conflict.
    pub codes: Vec<CodeRow>,
    /// Codes that are used up. One that does not exist or is used already is a conflict.
    pub used: Vec<CodeUse>,
    /// New certificates. A row number, or an order of the same ME, that exists is a conflict.
    pub certificates: Vec<CertificateRow>,
    /// Audit records, in order.
    pub audit: Vec<AuditRecord>,
}

impl Commit for CaCommit {
    fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.used.is_empty() && self.certificates.is_empty() && self.audit.is_empty()
    }
}

impl CaCommit {
    /// Adds a new code with its audit record.
    pub fn add_code(&mut self, row: CodeRow) {
        let event =
            AuditEvent::CodeMade { identity: row.enrolment.identity().clone(), expires_at: row.expires_at };
        self.audit.push(AuditRecord { at: row.made_at, event });
        self.codes.push(row);
    }
}

/// A code is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeUse {
    /// Which.
    pub hash: CodeHash,
    /// When.
    pub at: Timestamp,
}

/// One line of the audit trail. Names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditEvent {
    /// An authority was founded; its certificate's fingerprint.
    Founded {
        /// [`crate::authority_word`].
        authority: &'static str,
        /// SHA-256 of its certificate.
        fingerprint: [u8; 32],
    },
    /// An enrolment code was made.
    CodeMade {
        /// For whom.
        identity: RoleIdentity,
        /// Until when.
        expires_at: Timestamp,
    },
    /// A node got its certificate.
    NodeCertified {
        /// Who.
        identity: RoleIdentity,
        /// The certificate's serial number.
        serial: [u8; 16],
    },
    /// A person's certificate was issued.
    UserCertified {
        /// Who ordered it.
        me: NodeName,
        /// The order.
        order_id: OrderId,
        /// What the key is for.
        operation: Operation,
        /// The certificate's serial number.
        serial: [u8; 16],
    },
    /// An order was refused.
    OrderRefused {
        /// Who ordered.
        me: NodeName,
        /// The order, where it had a readable number.
        order_id: Option<OrderId>,
        /// [`crate::Refusal::word`].
        refusal: &'static str,
    },
}
