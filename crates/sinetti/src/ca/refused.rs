//! Refusals as the API says them: a status, a word for programs, a sentence for people.
use http::{Method, StatusCode};
use mss_net::http_server::{BodyError, Request, Response};
use mss_wire::ca::ApiError;
use role_ca::Refusal;

/// The media type of every answer.
const JSON: &str = "application/json";

/// An answer that is a success.
pub(super) fn ok(body: Vec<u8>) -> Response {
    Response::new(StatusCode::OK, JSON, body)
}

/// An answer that refuses.
pub(super) fn refused(refusal: Refusal) -> Response {
    let status = match refusal {
        Refusal::Malformed | Refusal::OrderId | Refusal::Request(_) => StatusCode::BAD_REQUEST,
        Refusal::CodeUnknown | Refusal::CodeUsed | Refusal::CodeExpired => StatusCode::FORBIDDEN,
        Refusal::OrderExists | Refusal::KeyCertified => StatusCode::CONFLICT,
        Refusal::PublicKey | Refusal::Subject(_) | Refusal::CommonName => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Authority | Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    error(status, refusal.word(), &refusal.to_string())
}

/// An answer that says why not.
pub(super) fn error(status: StatusCode, word: &str, message: &str) -> Response {
    Response::new(status, JSON, ApiError { code: word.to_owned(), message: message.to_owned() }.encode())
}

/// The body of a `POST` to `path`; anything else is answered at once.
pub(super) fn body<'a>(request: &'a Request, path: &str) -> Result<&'a [u8], Response> {
    if request.path() != path {
        return Err(error(StatusCode::NOT_FOUND, "not_found", &format!("this listener serves POST {path}")));
    }
    if request.method != Method::POST {
        let only = format!("{path} takes POST");
        return Err(error(StatusCode::METHOD_NOT_ALLOWED, "method", &only));
    }
    match &request.body {
        Ok(body) => Ok(body),
        Err(BodyError::TooLarge) => {
            let limit = format!("the body is larger than {} octets", mss_wire::ca::MAX_OCTETS);
            Err(error(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &limit))
        }
        Err(BodyError::TimedOut) => {
            Err(error(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body did not arrive in time"))
        }
    }
}
