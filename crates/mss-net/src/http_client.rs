//! Calls over mutual TLS. [`Node`] between nodes of the platform: HTTP/2, pinned to a role. [`Pool`] and [`Simple`] as an
//! Application Provider or a command calls: HTTP/1.1.
mod dial;
mod error;
mod http_1;
mod node;
mod pool;
mod simple;
mod target;

use http::StatusCode;
use hyper::body::Bytes;

pub use error::{ConnectError, NodeError};
pub use node::{Node, NodeTuning};
pub use pool::Pool;
pub use simple::Simple;
pub use target::{InvalidTarget, Target};

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status; a SOAP fault comes with 500, which is an answer and no error.
    pub status: StatusCode,
    /// The whole body.
    pub body: Bytes,
}
