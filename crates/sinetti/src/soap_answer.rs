//! A SOAP answer on HTTP: status and content type as the envelope of the request wants them.
use http::StatusCode;
use mss_net::http_server::Response;
use mss_wire::Envelope;

/// A message, in the shape of its request.
pub(crate) fn message(body: Vec<u8>, envelope: &Envelope) -> Response {
    answer(mss_wire::http::message_http_status(), body, envelope)
}

/// A fault that is encoded already.
pub(crate) fn fault(body: Vec<u8>, envelope: &Envelope) -> Response {
    answer(mss_wire::http::fault_http_status(), body, envelope)
}

fn answer(status: u16, body: Vec<u8>, envelope: &Envelope) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response::new(status, mss_wire::http::content_type(envelope.soap), body)
}
