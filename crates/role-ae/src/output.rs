//! What leaves an AE once the turn's commit is durable.
use std::fmt;

use mss_core::{
    Fault, FaultCode, MsspTransId, NodeName, StatusCode, Timestamp,
    engine::WaiterId,
    message::{SignatureReq, SignatureResp, StatusQuery, StatusResp},
};

use crate::TroubleKind;

/// One thing to do. Outputs of a turn leave in order, and not before its commit and all earlier ones are durable.
#[derive(Debug)]
pub enum AeOutput {
    /// Answer an AP. A fault goes through [`crate::disclose`] first.
    Answer {
        /// Who waits.
        waiter: WaiterId,
        /// The answer.
        answer: Result<AeAnswer, Fault>,
    },
    /// Send a request to a home; exactly one `HomeAnswered` or `HomeTrouble` is expected back.
    Forward(Box<Forward>),
    /// Ask a home about a transaction; exactly one `StatusAnswered` or `HomeTrouble` is expected back.
    AskStatus(Box<AskStatus>),
    /// Write a line in the log.
    Notice(Notice),
}

/// An answer to an AP.
#[derive(Debug)]
pub enum AeAnswer {
    /// `MSS_SignatureResp`.
    Signature(Box<SignatureResp>),
    /// `MSS_StatusResp`.
    Status(Box<StatusResp>),
}

/// An `MSS_SignatureReq` on its way to the home. A repeat names the same `RE_TransactionID`, and the home joins.
#[derive(Debug)]
pub struct Forward {
    /// The row.
    pub row: u64,
    /// Which attempt this is; `HomeTrouble` names it.
    pub attempt: u32,
    /// Where to.
    pub home: NodeName,
    /// When to stop waiting and report `TimedOut`: the deadline and the overdue margin.
    pub give_up_at: Timestamp,
    /// The message. Its roaming entry carries our MSSP_TransID and the time that is left.
    pub request: SignatureReq,
}

/// An `MSS_StatusReq` on its way to the home. It names *our* MSSP_TransID, which the home has as `RE_TransactionID`.
#[derive(Debug)]
pub struct AskStatus {
    /// The row.
    pub row: u64,
    /// Which attempt this is; `HomeTrouble` names it.
    pub attempt: u32,
    /// Where to.
    pub home: NodeName,
    /// The message.
    pub query: StatusQuery,
}

/// One line for the log; the trace id is the MSSP_TransID.
#[derive(Debug)]
pub struct Notice {
    /// The transaction, where there is one.
    pub trans_id: Option<MsspTransId>,
    /// What happened.
    pub event: NoticeEvent,
}

/// What a log line says. Holds nothing secret or personal.
#[derive(Debug)]
pub enum NoticeEvent {
    /// A request was accepted.
    Accepted,
    /// A request was refused.
    Refused(Fault),
    /// A repeat joined its transaction.
    Joined,
    /// The home could not be asked; it will be again.
    HomeTrouble(TroubleKind),
    /// The home said something about the transaction that ends nothing.
    HomeUnclear(FaultCode),
    /// Past deadline and margin without the home's word.
    Overdue,
    /// The home spoke about a transaction that is finished or unknown; nothing changed.
    Late,
    /// A signature.
    Signed(StatusCode),
    /// A fault.
    Failed(Fault),
    /// The store could not be read.
    ReadFailed(String),
    /// Taken up again after a restart.
    Resumed,
}

impl fmt::Display for NoticeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused(fault) => write!(f, "refused: {fault}"),
            Self::Joined => f.write_str("repeat joined its transaction"),
            Self::HomeTrouble(kind) => write!(f, "home not reached ({kind:?}), will ask again"),
            Self::HomeUnclear(code) => {
                write!(f, "home answered {}, will ask again", code.0)
            }
            Self::Overdue => f.write_str("overdue without the home's word, reconciling"),
            Self::Late => f.write_str("the home spoke about a finished or unknown transaction; ignored"),
            Self::Signed(status) => write!(f, "signed, status {}", status.0),
            Self::Failed(fault) => write!(f, "failed: {fault}"),
            Self::ReadFailed(text) => write!(f, "store cannot be read: {text}"),
            Self::Resumed => f.write_str("taken up again"),
        }
    }
}
