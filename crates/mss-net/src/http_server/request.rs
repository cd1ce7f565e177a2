use std::{net::SocketAddr, sync::Arc};

use http::{HeaderMap, Method, Uri, header};
use hyper::body::Bytes;

use crate::Peer;

/// One request, its body read to the end.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: Method,
    /// The target as sent; with scheme and authority over HTTP/2.
    pub uri: Uri,
    /// All header fields.
    pub headers: HeaderMap,
    /// The body, or why it could not be read: the handler answers in its own words.
    pub body: Result<Bytes, BodyError>,
    /// Who asks; `None` where the listener wants no client certificate.
    pub peer: Option<Arc<Peer>>,
    /// Where the connection comes from.
    pub remote: SocketAddr,
}

impl Request {
    /// The path, starting with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows the `?`, as sent.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// `Content-Type` with its parameters; `None` when absent or not ASCII.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// `SOAPAction` as sent, quotes included; `None` when absent or not ASCII.
    #[must_use]
    pub fn soap_action(&self) -> Option<&str> {
        self.headers.get("soapaction")?.to_str().ok()
    }
}

/// Why a request has no body to look at. Over HTTP/1 the connection ends after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More octets than [`super::Limits::max_body`].
    #[error("the body is too large")]
    TooLarge,
    /// Not complete within [`super::Limits::body_timeout`].
    #[error("the body did not arrive in time")]
    TimedOut,
}
