//! What leaves an ME once the turn's commit is durable.
use std::fmt;

use mss_core::{
    Fault, FaultCode, MsspTransId, NodeName, Operation,
    engine::WaiterId,
    registration::{RegistrationReq, RegistrationResp},
};

use crate::{CaTrouble, HomeTrouble, Step};

/// One thing to do.
#[derive(Debug)]
pub enum MeOutput {
    /// Answer an operator.
    Answer {
        /// Who waits.
        waiter: WaiterId,
        /// The answer; a fault goes out whole, operators are inside.
        answer: Result<Box<RegistrationResp>, Fault>,
    },
    /// Order something at a home; exactly one `HomeAnswered` or `HomeTrouble` is expected back.
    OrderAtHome(Box<OrderAtHome>),
    /// Order a certificate; exactly one `CertificateIssued` or `CaTrouble` is expected back.
    OrderCertificate(Box<CertificateOrder>),
    /// Write a line in the log.
    Notice(Notice),
}

/// An `MSS_RegistrationReq` on its way to a home. A repeat has the same AP_TransID.
#[derive(Debug)]
pub struct OrderAtHome {
    /// The row.
    pub row: u64,
    /// Which attempt this is; the reply names it.
    pub attempt: u32,
    /// Where to.
    pub home: NodeName,
    /// The message.
    pub request: RegistrationReq,
}

/// An order for a person's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOrder {
    /// The row.
    pub row: u64,
    /// Which attempt this is; the reply names it.
    pub attempt: u32,
    /// The order's number, the same for every attempt: a repeat gets the same certificate.
    pub order_id: String,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// What the key is for.
    pub operation: Operation,
    /// The subject's `givenName`.
    pub given_name: String,
    /// The subject's `surname`.
    pub surname: String,
    /// The subject's `serialNumber`.
    pub serial_number: String,
    /// The subject's `commonName`.
    pub common_name: String,
}

/// One line for the log; the trace id is the registration's.
#[derive(Debug)]
pub struct Notice {
    /// The registration, where there is one.
    pub registration: Option<MsspTransId>,
    /// What happened.
    pub event: NoticeEvent,
}

/// What a log line says. Names no person.
#[derive(Debug)]
pub enum NoticeEvent {
    /// A registration began.
    Started,
    /// An order joined the registration that runs or has ended.
    Joined,
    /// An order was refused.
    Refused(Fault),
    /// A step was done.
    Done(Step),
    /// The person is active.
    Active,
    /// The registration failed.
    Failed(Fault),
    /// A home could not be asked, or is busy; it will be again.
    HomeTrouble(HomeTrouble),
    /// A home refused for now.
    HomeBusy(FaultCode),
    /// The CA could not be asked; it will be again.
    CaTrouble(CaTrouble),
    /// Taken up again after a restart.
    Resumed(Step),
    /// A card batch was imported, or not.
    Import(Result<(), Fault>),
    /// The store could not be read.
    ReadFailed(String),
}

impl fmt::Display for NoticeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("registration started"),
            Self::Joined => f.write_str("the order joined a registration"),
            Self::Refused(fault) => write!(f, "order refused: {fault}"),
            Self::Done(step) => write!(f, "step {} done", step.word()),
            Self::Active => f.write_str("the person is active"),
            Self::Failed(fault) => write!(f, "registration failed: {fault}"),
            Self::HomeTrouble(kind) => write!(f, "home not reached ({kind:?}), will ask again"),
            Self::HomeBusy(code) => write!(f, "home answered {}, will ask again", code.0),
            Self::CaTrouble(kind) => write!(f, "CA: {kind:?}"),
            Self::Resumed(step) => write!(f, "taken up again at step {}", step.word()),
            Self::Import(Ok(())) => f.write_str("card batch imported"),
            Self::Import(Err(fault)) => write!(f, "card batch not imported: {fault}"),
            Self::ReadFailed(text) => write!(f, "store cannot be read: {text}"),
        }
    }
}
