//! What the store keeps of a transaction. Plain data: a row that is read back proves nothing.
use std::sync::Arc;

use mss_core::{
    ApId, ApTransId, DtbsContent, Fault, MsspTransId, NodeName, SignatureProfile, Timestamp,
    message::{Instant, MessagingMode, MobileUser},
};

use crate::HomeSignature;

/// An accepted request. Written once, never changed; the outcome comes beside it. AP_PWD is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRow {
    /// Arrival number: the key of the row.
    pub row: u64,
    /// Our name of the transaction, towards the AP and towards the home.
    pub trans_id: MsspTransId,
    /// Whose transaction it is.
    pub ap_id: ApId,
    /// The AP's own number.
    pub ap_trans_id: ApTransId,
    /// The AP's time, and its spelling.
    pub instant: Instant,
    /// First 16 octets of the hash of (AP_ID, AP_TransID, Instant): a repeat is found by it.
    pub join_key: [u8; 16],
    /// Hash of what the request means: a repeat with another one is refused.
    pub content: [u8; 32],
    /// The user, as the AP named them.
    pub mobile_user: MobileUser,
    /// The home MSSP that was chosen.
    pub home: NodeName,
    /// The profile, mapped to ours.
    pub profile: SignatureProfile,
    /// What is signed, checked at acceptance.
    pub dtbs: DtbsContent,
    /// What is displayed, checked at acceptance.
    pub dtbd: Option<String>,
    /// Who asks, as it was configured at acceptance.
    pub display_name: String,
    /// How the AP wants its answer.
    pub mode: MessagingMode,
    /// When it was accepted. Never earlier than that of a lower row.
    pub accepted_at: Timestamp,
    /// The AP's time limit.
    pub deadline: Timestamp,
}

/// How a transaction ended. Written once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The home made a signature.
    Signed(HomeSignature),
    /// The home refused, or has never had the request.
    Failed(Fault),
}

/// A transaction as the store has it.
#[derive(Debug, Clone)]
pub struct StoredTransaction {
    /// The request.
    pub request: Arc<TransactionRow>,
    /// How it ended; `None` while it is open.
    pub outcome: Option<Arc<Outcome>>,
}

/// What a restart needs to recognise a repeat of any recent request, open or finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinRow {
    /// The row.
    pub row: u64,
    /// See [`TransactionRow::join_key`].
    pub join_key: [u8; 16],
    /// The request's `Instant`: a repeat is refused as skewed when it is too old, and needs no index then.
    pub instant: Timestamp,
}
