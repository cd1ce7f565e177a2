use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use hyper::body::Bytes;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use super::{
    Answer, ConnectError, NodeError, Target,
    http_1::{Failure, Http1, post},
};
use crate::tls::ClientTls;

/// Keep-alive HTTP/1.1 connections to one server, each used by one request at a time. Clones share them.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    tls: ClientTls,
    target: Target,
    max_answer: usize,
    places: Semaphore,
    idle: Mutex<Vec<Http1>>,
    opened: AtomicU64,
}

impl Pool {
    /// A pool of at most `connections`, opened when needed, that reads at most `max_answer` octets of an answer's body.
    #[must_use]
    pub fn new(tls: ClientTls, target: Target, connections: usize, max_answer: usize) -> Self {
        let places = Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS));
        let (idle, opened) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        Self { inner: Arc::new(Inner { tls, target, max_answer, places, idle, opened }) }
    }

    /// Connections opened so far: each cost a TLS handshake.
    #[must_use]
    pub fn connections_opened(&self) -> u64 {
        self.inner.opened.load(Relaxed)
    }

    /// Posts `body` to `path` on a free connection and waits for the answer, all `within` this time.
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
        let inner = &*self.inner;
        let body = body.into();
        let in_time = timeout_at(deadline, inner.places.acquire()).await;
        let Ok(Ok(_place)) = in_time else { return Err(NodeError::Unreachable(ConnectError::TimedOut)) };
        loop {
            let request = post(&inner.target, path, content_type, body.clone())?;
            let (mut connection, is_fresh) =
                timeout_at(deadline, inner.connection()).await.unwrap_or(Err(ConnectError::TimedOut))?;
            match timeout_at(deadline, connection.exchange(request, inner.max_answer)).await {
                Err(_) => return Err(NodeError::TimedOut),
                Ok(Ok(answer)) => {
                    inner.idle().push(connection);
                    return Ok(answer);
                }
                // The server closed a connection that was at rest: the next one may do.
                Ok(Err(Failure::NotSent(_))) if !is_fresh => {}
                Ok(Err(Failure::NotSent(reason))) => return Err(NodeError::Unreachable(reason)),
                Ok(Err(Failure::Sent(error))) => return Err(error),
            }
        }
    }
}

impl Inner {
    /// A connection at rest that still lives, or else a new one.
    async fn connection(&self) -> Result<(Http1, bool), ConnectError> {
        loop {
            let at_rest = self.idle().pop();
            let Some(mut connection) = at_rest else { break };
            if connection.is_ready().await {
                return Ok((connection, false));
            }
        }
        self.opened.fetch_add(1, Relaxed);
        Ok((Http1::open(&self.tls.http_1, &self.target).await?, true))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Http1>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
