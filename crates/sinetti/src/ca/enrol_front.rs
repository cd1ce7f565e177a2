//! Towards roles that enrol: strangers until their code has been found.
use mss_net::http_server::{Request, Response};
use mss_pki::csr::{self, CheckedRequest};
use mss_wire::ca::{EnrolRequest, EnrolResponse, MAX_OCTETS, NetworkRoot};
use role_ca::{CaAnswer, CaInput, CodeHash, Refusal};

use super::{
    carrier::Engine,
    refused::{body, ok, refused},
};
use crate::{
    cli::enrol::PATH,
    metrics::{self, Count},
};

/// Answers one request.
pub(super) async fn answer(engine: &Engine, request: Request) -> Response {
    let remote = request.remote;
    let read = match body(&request, PATH) {
        Ok(body) => read(body),
        Err(response) => {
            tracing::debug!(%remote, status = response.status.as_u16(), "not an enrolment");
            return response;
        }
    };
    let (code, request) = match read {
        Ok(read) => read,
        Err(refusal) => {
            // The engine says what it refuses; this never gets there.
            tracing::warn!(%remote, "enrolment refused: {refusal}");
            return refused(refusal);
        }
    };
    let redeem = |waiter| CaInput::Redeem { waiter, code, request };
    match engine.ask(redeem, |waiter| CaInput::WaiterGone { waiter }).await {
        Ok(Ok(CaAnswer::Enrolled { path, roots })) => {
            let roots = roots.into_iter().map(|(network, der)| NetworkRoot { network, der }).collect();
            ok(EnrolResponse { path, roots }.encode())
        }
        Ok(Err(refusal)) => refused(refusal),
        Ok(Ok(CaAnswer::Certificate { .. })) | Err(_) => refused(Refusal::Unavailable),
    }
}

/// The form of the code is looked at first: a stranger without one shall not make us check signatures.
fn read(body: &[u8]) -> Result<(CodeHash, CheckedRequest), Refusal> {
    let wire = EnrolRequest::decode(body, MAX_OCTETS).map_err(|_| Refusal::Malformed)?;
    let code = CodeHash::of_text(wire.code.expose()).ok_or(Refusal::CodeUnknown)?;
    metrics::count(Count::P256Verifies, 1);
    Ok((code, csr::parse_and_check(&wire.csr_der)?))
}
