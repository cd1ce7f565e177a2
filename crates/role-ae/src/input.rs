//! What can happen to an AE.
use mss_core::{
    Fault, StatusCode,
    engine::WaiterId,
    message::{SignatureReq, StatusQuery},
};

use crate::AuthenticatedAp;

/// One event, already decoded and authenticated.
#[derive(Debug)]
pub enum AeInput {
    /// An AP asks for a signature.
    SignatureRequested {
        /// Who waits for the answer.
        waiter: WaiterId,
        /// Proof of who asks.
        ap: AuthenticatedAp,
        /// What is asked.
        request: Box<SignatureReq>,
    },
    /// An AP asks how a transaction stands.
    StatusAsked {
        /// Who waits for the answer.
        waiter: WaiterId,
        /// Proof of who asks.
        ap: AuthenticatedAp,
        /// What is asked.
        query: Box<StatusQuery>,
    },
    /// The home answered a forwarded request: a signature, or its own fault.
    HomeAnswered {
        /// The row that was forwarded.
        row: u64,
        /// The home's word, which ends the transaction.
        outcome: Result<HomeSignature, Fault>,
    },
    /// The home answered a status query; `None` means not finished, fault 101 that it does not know the transaction.
    StatusAnswered {
        /// The row that was asked about.
        row: u64,
        /// The home's word.
        outcome: Result<Option<HomeSignature>, Fault>,
    },
    /// A forwarded request or a status query has come to nothing.
    HomeTrouble {
        /// The row.
        row: u64,
        /// `attempt` of the `Forward` or `AskStatus` that failed.
        attempt: u32,
        /// What went wrong.
        kind: TroubleKind,
    },
    /// A waiting AP has closed its connection.
    WaiterGone {
        /// Which.
        waiter: WaiterId,
    },
}

/// A signature as the home MSSP answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeSignature {
    /// CMS SignedData in DER.
    pub cms: Vec<u8>,
    /// The profile that was used; empty where the home's message has no room for it, and then the one that was asked for.
    pub profile_uri: String,
    /// 500, 501, 502, 503 or 505.
    pub status: StatusCode,
}

/// Why a home did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// No connection: the home has not seen this attempt.
    Unreachable,
    /// The connection broke, or what came back was no answer: the home may have the request.
    Broken,
    /// No answer until `give_up_at`.
    TimedOut,
}
