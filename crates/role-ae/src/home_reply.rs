//! What a home's reply to one message means for the engine.
use mss_core::{
    Fault, StatusCode,
    message::{SignatureResp, StatusResp},
};

use crate::{AeInput, AskStatus, Forward, HomeSignature, TroubleKind};

/// A home's reply, decoded.
#[derive(Debug)]
pub enum HomeReply {
    /// To `MSS_SignatureReq`.
    Signature(SignatureResp),
    /// To `MSS_StatusReq`.
    Status(StatusResp),
    /// A fault.
    Fault(Fault),
    /// Some other message.
    Other,
}

impl Forward {
    /// What the engine shall learn of the reply, or of its absence.
    #[must_use]
    pub fn answered(&self, reply: Result<HomeReply, TroubleKind>) -> AeInput {
        let (row, attempt) = (self.row, self.attempt);
        match reply {
            Ok(HomeReply::Signature(SignatureResp { signature: Some(cms), profile_uri, status, .. })) => {
                let profile_uri = profile_uri.unwrap_or_default();
                AeInput::HomeAnswered { row, outcome: Ok(HomeSignature { cms, profile_uri, status }) }
            }
            Ok(HomeReply::Fault(fault)) => AeInput::HomeAnswered { row, outcome: Err(fault) },
            Ok(_) => AeInput::HomeTrouble { row, attempt, kind: TroubleKind::Broken },
            Err(kind) => AeInput::HomeTrouble { row, attempt, kind },
        }
    }
}

impl AskStatus {
    /// What the engine shall learn of the reply, or of its absence.
    #[must_use]
    pub fn answered(&self, reply: Result<HomeReply, TroubleKind>) -> AeInput {
        let (row, attempt) = (self.row, self.attempt);
        match reply {
            Ok(HomeReply::Status(answer)) if answer.status == StatusCode::OUTSTANDING_TRANSACTION => {
                AeInput::StatusAnswered { row, outcome: Ok(None) }
            }
            Ok(HomeReply::Status(StatusResp { signature: Some(cms), status, .. })) => {
                let profile_uri = String::new();
                AeInput::StatusAnswered { row, outcome: Ok(Some(HomeSignature { cms, profile_uri, status })) }
            }
            Ok(HomeReply::Fault(fault)) => AeInput::StatusAnswered { row, outcome: Err(fault) },
            Ok(_) => AeInput::HomeTrouble { row, attempt, kind: TroubleKind::Broken },
            Err(kind) => AeInput::HomeTrouble { row, attempt, kind },
        }
    }
}
