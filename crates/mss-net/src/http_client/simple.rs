use std::time::Duration;

use hyper::body::Bytes;
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, ConnectError, NodeError, Target,
    http_1::{Failure, Http1, post},
};
use crate::tls::ClientTls;

/// One request, one connection: for commands.
#[derive(Debug, Clone)]
pub struct Simple {
    tls: ClientTls,
    target: Target,
    max_answer: usize,
}

impl Simple {
    /// A client that reads at most `max_answer` octets of an answer's body.
    #[must_use]
    pub fn new(tls: ClientTls, target: Target, max_answer: usize) -> Self {
        Self { tls, target, max_answer }
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
        let request = post(&self.target, path, content_type, body.into())?;
        let opened = timeout_at(deadline, Http1::open(&self.tls.http_1, &self.target)).await;
        let mut connection = opened.unwrap_or(Err(ConnectError::TimedOut)).map_err(NodeError::Unreachable)?;
        match timeout_at(deadline, connection.exchange(request, self.max_answer)).await {
            Err(_) => Err(NodeError::TimedOut),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failure::NotSent(reason))) => Err(NodeError::Unreachable(reason)),
            Ok(Err(Failure::Sent(error))) => Err(error),
        }
    }
}
