//! What can happen to the CA.
use mss_core::{NodeName, engine::WaiterId};
use mss_pki::csr::CheckedRequest;

use crate::{CodeHash, OrderId, Refusal, UserOrder};

/// One event, already decoded and checked.
#[derive(Debug)]
pub enum CaInput {
    /// Somebody redeems an enrolment code.
    Redeem {
        /// Who waits for the answer.
        waiter: WaiterId,
        /// Hash of the code that was given.
        code: CodeHash,
        /// The key, possession proven. Nothing else of the request is used.
        request: CheckedRequest,
    },
    /// An ME orders a person's certificate.
    Order {
        /// Who waits for the answer.
        waiter: WaiterId,
        /// The ME, authenticated and allowed.
        me: NodeName,
        /// The order, or why it is none; refusals are kept in the audit trail, too.
        order: Result<Box<UserOrder>, BadOrder>,
    },
    /// A waiting caller has closed its connection. Every question is answered in its own turn, so nothing is left to do.
    WaiterGone {
        /// Which.
        waiter: WaiterId,
    },
}

/// An order that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadOrder {
    /// Its number, where that could be read.
    pub order_id: Option<OrderId>,
    /// Why.
    pub refusal: Refusal,
}
