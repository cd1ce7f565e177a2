//! A listener that takes `MSS_RegistrationReq` from named nodes and nothing else: ME's and the HMSSP's ME listener.
use http::{Method, StatusCode};
use mss_core::{Fault, FaultCode, NodeName, RoleIdentity, registration::RegistrationReq};
use mss_net::{
    AllowList,
    http_server::{BodyError, Request, Response},
};
use mss_wire::{Envelope, Request as Message};

use crate::{operator_client, soap_answer, stranger};

/// Who asked, what, and how the answer must look.
pub(crate) struct Order {
    pub peer: NodeName,
    pub identity: Option<RoleIdentity>,
    pub request: RegistrationReq,
    pub envelope: Envelope,
}

/// Reads an order that came in at `door`; whatever else comes is answered at once.
pub(crate) fn read(
    door: &'static str,
    request: &Request,
    allowed: &AllowList<NodeName>,
) -> Result<Order, Response> {
    let refuse = |code, detail: &str, envelope: &Envelope| Err(fault(&Fault::new(code, detail), envelope));
    let plain = Envelope::default();
    if request.method != Method::POST {
        return Err(Response::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let connection = request.peer.as_deref();
    let Some(peer) = connection.and_then(|peer| allowed.check(peer)) else {
        stranger::refused(door, request);
        return refuse(FaultCode::UNAUTHORIZED_ACCESS, "not on the list of this listener", &plain);
    };
    let body = match &request.body {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            return refuse(FaultCode::WRONG_PARAM, "the message is too large", &plain);
        }
        Err(BodyError::TimedOut) => return Err(Response::empty(StatusCode::REQUEST_TIMEOUT)),
    };
    let decoded = mss_wire::decode(body, operator_client::limits())
        .map_err(|failure| fault(&failure.fault, &failure.envelope))?;
    match decoded.request {
        Message::Registration(request) => {
            let identity = connection.and_then(|peer| peer.identity().cloned());
            Ok(Order { peer, identity, request, envelope: decoded.envelope })
        }
        _ => refuse(
            FaultCode::UNAUTHORIZED_ACCESS,
            "this listener takes MSS_Registration only",
            &decoded.envelope,
        ),
    }
}

/// A fault between nodes, whole.
pub(crate) fn fault(fault: &Fault, envelope: &Envelope) -> Response {
    soap_answer::fault(mss_wire::encode_role_fault(fault, envelope), envelope)
}
