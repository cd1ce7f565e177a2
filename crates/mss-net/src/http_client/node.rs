//! HTTP/2 to one other node of the platform.
mod connection;
mod pool;
mod tuning;

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Uri, header, uri::PathAndQuery};
use hyper::body::Bytes;
use mss_core::RoleIdentity;
use tokio::time::{Instant, timeout_at};

use self::{connection::Failure, pool::Connections};
use super::{Answer, ConnectError, InvalidTarget, NodeError, Target};
use crate::tls::ClientTls;

pub use tuning::NodeTuning;

/// A few HTTP/2 connections to one node, pinned to its name and role. Clones share them.
///
/// A connection is opened when it is needed and again after it broke, with growing rests between failures; a request takes
/// the connection with the fewest requests in flight and queues only when all are at the peer's stream limit. Dropping the
/// future of a call resets its stream, and the peer drops its handler.
#[derive(Clone)]
pub struct Node {
    connections: Arc<Connections>,
    authority: http::uri::Authority,
    max_answer: usize,
    /// How often one request is tried: every connection may refuse it unread, as they do when the peer restarts.
    attempts: usize,
}

impl Node {
    /// The node `expected` at `address` (`host:port`). Nothing is connected yet.
    ///
    /// # Errors
    /// When the identity's name cannot be a server name.
    pub fn new(
        tls: &ClientTls,
        address: impl Into<String>,
        expected: RoleIdentity,
        tuning: NodeTuning,
    ) -> Result<Self, InvalidTarget> {
        let target = Target::node(address, expected)?;
        let authority = target.authority.clone();
        let config = Arc::clone(&tls.http_2);
        Ok(Self {
            connections: Connections::new(config, target, tuning),
            authority,
            max_answer: tuning.max_answer,
            attempts: tuning.connections.saturating_add(2),
        })
    }

    /// Connections opened so far: each cost a TLS handshake.
    #[must_use]
    pub fn connections_opened(&self) -> u64 {
        self.connections.opened()
    }

    /// Posts `body` to `path` and waits for the answer, all `within` this time.
    ///
    /// # Errors
    /// When there is no answer; see [`NodeError`] for whether the request may have been heard.
    pub async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<Bytes>,
        within: Duration,
    ) -> Result<Answer, NodeError> {
        let deadline = Instant::now() + within;
        let body = body.into();
        let mut attempt = 1;
        loop {
            let head = self.head(path, content_type)?;
            let lease = timeout_at(deadline, self.connections.lease()).await;
            let mut lease = lease.unwrap_or(Err(ConnectError::TimedOut))?;
            let exchange = lease.exchange(head, body.clone(), self.max_answer);
            match timeout_at(deadline, exchange).await {
                Err(_) => return Err(NodeError::TimedOut),
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Failure::Sent(error))) => return Err(error),
                Ok(Err(Failure::NotSent(reason))) if attempt == self.attempts => {
                    return Err(NodeError::Unreachable(ConnectError::Refused(reason)));
                }
                Ok(Err(Failure::NotSent(_))) => attempt += 1,
            }
        }
    }

    fn head(&self, path: &str, content_type: &str) -> Result<Request<()>, ConnectError> {
        let unwritable = |error: http::Error| ConnectError::Request(error.to_string());
        let path = PathAndQuery::try_from(path).map_err(|error| unwritable(error.into()))?;
        let uri = Uri::builder().scheme("https").authority(self.authority.clone()).path_and_query(path);
        let content_type = HeaderValue::from_str(content_type).map_err(|error| unwritable(error.into()))?;
        let head = Request::builder().method(Method::POST).uri(uri.build().map_err(unwritable)?);
        head.header(header::CONTENT_TYPE, content_type).body(()).map_err(unwritable)
    }
}
