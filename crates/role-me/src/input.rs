//! What can happen to an ME.
use mss_core::{
    Fault,
    engine::WaiterId,
    registration::{MregOutput, RegistrationReq},
};

use crate::AuthenticatedOperator;

/// One event, already decoded and authenticated.
#[derive(Debug)]
pub enum MeInput {
    /// An operator orders something.
    RegistrationAsked {
        /// Who waits for the answer.
        waiter: WaiterId,
        /// Proof of who asks.
        operator: AuthenticatedOperator,
        /// What is ordered: exactly one operation.
        request: Box<RegistrationReq>,
    },
    /// A home has carried out an order, or refused it.
    HomeAnswered {
        /// The row.
        row: u64,
        /// `attempt` of the order.
        attempt: u32,
        /// What the operations yield, or why not.
        outcome: Result<Vec<MregOutput>, Fault>,
    },
    /// An order to a home has come to nothing.
    HomeTrouble {
        /// The row.
        row: u64,
        /// `attempt` of the order.
        attempt: u32,
        /// What went wrong.
        kind: HomeTrouble,
    },
    /// The CA has issued what was ordered.
    CertificateIssued {
        /// The row.
        row: u64,
        /// `attempt` of the order.
        attempt: u32,
        /// The path in DER: the person's certificate first, then intermediates.
        path: Vec<Vec<u8>>,
    },
    /// An order to the CA has come to nothing.
    CaTrouble {
        /// The row.
        row: u64,
        /// `attempt` of the order.
        attempt: u32,
        /// What went wrong.
        kind: CaTrouble,
    },
    /// A waiting operator has closed its connection.
    WaiterGone {
        /// Which.
        waiter: WaiterId,
    },
}

/// Why a home did not answer. The home joins a repeat by its AP_TransID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeTrouble {
    /// No connection.
    Unreachable,
    /// The connection broke, or what came back was no answer.
    Broken,
    /// No answer in time.
    TimedOut,
}

/// Why the CA issued nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaTrouble {
    /// Not reached, or no answer: the order is repeated under the same number.
    Unreachable,
    /// The CA refuses the order, with its word for it.
    Refused(String),
}
