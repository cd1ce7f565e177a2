use std::{io, sync::Arc};

use mss_core::RoleIdentity;

/// Why there is no answer. What matters to the caller is whether the request may have been heard.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NodeError {
    /// No octet of the request has left, or the server has said that it did not look at it: asking again is safe.
    #[error("the request was not sent: {0}")]
    Unreachable(ConnectError),
    /// The connection broke after the request may have been heard.
    #[error("the connection broke before the answer came: {0}")]
    Broken(String),
    /// The deadline passed after the request may have been heard.
    #[error("no answer came in time")]
    TimedOut,
    /// The answer is larger than the caller allows.
    #[error("the answer is too large")]
    TooLarge,
}

/// Why no connection was there to send on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectError {
    /// The address does not resolve, or nobody listens there.
    #[error("cannot connect: {0}")]
    Tcp(Arc<io::Error>),
    /// The TLS handshake failed: either side refused the other's certificate, or they share no version.
    #[error("TLS handshake: {0}")]
    Tls(Arc<io::Error>),
    /// The peer has a good certificate, but is somebody else.
    #[error("the peer is {}, expected {}", found.as_ref().map_or_else(|| "nobody we know".to_owned(), RoleIdentity::uri), expected.uri())]
    WrongPeer {
        /// Whom the caller wants to talk to.
        expected: RoleIdentity,
        /// Who answered.
        found: Option<RoleIdentity>,
    },
    /// The server ended the connection before the first request: a refused client certificate looks like this.
    #[error("the server ended the connection at once: {0}")]
    Refused(String),
    /// No connection, or no free place on one, within the time allowed.
    #[error("no connection in time")]
    TimedOut,
    /// The request itself cannot be written, as with a malformed path.
    #[error("the request cannot be written: {0}")]
    Request(String),
}

impl From<ConnectError> for NodeError {
    fn from(reason: ConnectError) -> Self {
        Self::Unreachable(reason)
    }
}
