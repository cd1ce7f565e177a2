//! What leaves the CA once the turn's commit is durable.
use std::fmt;

use mss_core::{Network, NodeName, Operation, RoleIdentity, engine::WaiterId};

use crate::{OrderId, Refusal};

/// One thing to do.
#[derive(Debug)]
pub enum CaOutput {
    /// Answer a caller.
    Answer {
        /// Who waits.
        waiter: WaiterId,
        /// The certificate, or why there is none.
        answer: Result<CaAnswer, Refusal>,
    },
    /// Write a line in the log.
    Notice(Notice),
}

/// What a caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaAnswer {
    /// For an enrolment code.
    Enrolled {
        /// The node's certificate in DER. The network's root issued it.
        path: Vec<Vec<u8>>,
        /// Whose certificates the node shall believe: its network's root.
        roots: Vec<(Network, Vec<u8>)>,
    },
    /// For an order: the person's certificate, then the issuing CA's, in DER; never the root.
    Certificate {
        /// The path.
        path: Vec<Vec<u8>>,
    },
}

/// One line for the log. Names no person and no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A node got its certificate.
    NodeCertified {
        /// Who.
        identity: RoleIdentity,
        /// The certificate's serial number.
        serial: [u8; 16],
    },
    /// A code was refused.
    CodeRefused {
        /// Whose code it was, where it is known.
        identity: Option<RoleIdentity>,
        /// Why.
        refusal: Refusal,
    },
    /// A person's certificate was issued.
    UserCertified {
        /// The order; its number is the trace id.
        order_id: OrderId,
        /// What the key is for.
        operation: Operation,
        /// The certificate's serial number.
        serial: [u8; 16],
    },
    /// An order was repeated and got the certificate that it had.
    OrderRepeated {
        /// The order.
        order_id: OrderId,
    },
    /// An order was refused.
    OrderRefused {
        /// Who ordered.
        me: NodeName,
        /// The order, where it had a readable number.
        order_id: Option<OrderId>,
        /// Why.
        refusal: Refusal,
    },
    /// The store could not be read, or a key could not sign.
    Trouble(String),
}

impl Notice {
    /// What the log line is about, for its trace field.
    #[must_use]
    pub fn trace(&self) -> &str {
        match self {
            Self::UserCertified { order_id, .. } | Self::OrderRepeated { order_id } => order_id.as_str(),
            Self::OrderRefused { order_id: Some(order_id), .. } => order_id.as_str(),
            _ => "-",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeCertified { identity, serial } => {
                write!(f, "certificate {} issued to {}", mss_pki::hex_lower(serial), identity.uri())
            }
            Self::CodeRefused { identity: Some(identity), refusal } => {
                write!(f, "enrolment of {} refused: {refusal}", identity.uri())
            }
            Self::CodeRefused { identity: None, refusal } => write!(f, "enrolment refused: {refusal}"),
            Self::UserCertified { operation, serial, .. } => {
                write!(f, "certificate {} issued for {}", mss_pki::hex_lower(serial), operation.word())
            }
            Self::OrderRepeated { .. } => f.write_str("the order has its certificate already, given again"),
            Self::OrderRefused { me, refusal, .. } => {
                write!(f, "order of {} refused: {refusal}", me.as_str())
            }
            Self::Trouble(text) => write!(f, "cannot issue: {text}"),
        }
    }
}
