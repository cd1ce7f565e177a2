//! What the store keeps. Plain data: a row that is read back proves nothing.
use mss_core::{NodeName, Operation, RoleIdentity, Timestamp};

use crate::{CodeHash, Enrolment, OrderId};

/// One enrolment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// SHA-256 of its text.
    pub hash: CodeHash,
    /// What it may be used for.
    pub enrolment: Enrolment,
    /// When it was made.
    pub made_at: Timestamp,
    /// From then on it is of no use.
    pub expires_at: Timestamp,
    /// When it was used; once.
    pub used_at: Option<Timestamp>,
}

/// One certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Arrival number: the key of the row.
    pub row: u64,
    /// The certificate's serial number, as it stands in it.
    pub serial: [u8; 16],
    /// The certificate.
    pub der: Vec<u8>,
    /// SHA-256 of its SubjectPublicKeyInfo; `None` in rows that were written before it was kept.
    pub key: Option<[u8; 32]>,
    /// What it was issued for.
    pub purpose: Purpose,
    /// When.
    pub issued_at: Timestamp,
}

/// What a certificate was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A node's TLS, for an enrolment code.
    Node(RoleIdentity),
    /// A person's key, ordered by an ME. There is one row for each (`me`, `order_id`), and one for each key.
    User {
        /// Who ordered it.
        me: NodeName,
        /// That ME's number of the order.
        order_id: OrderId,
        /// SHA-256 over what was ordered.
        content: [u8; 32],
        /// What the key is for.
        operation: Operation,
    },
}
