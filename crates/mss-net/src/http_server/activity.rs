use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::Limits;

/// How long the reader of a body may take to find its end among what has come.
const UNREAD: Duration = Duration::from_secs(1);

/// What a connection is doing, so that it can be cut when it takes too long. One clock for both HTTP versions, and no
/// timer per request: the connection's task looks here whenever it runs.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    limits: Limits,
    heads_are_watched: bool,
}

#[derive(Debug)]
struct State {
    /// Requests whose handlers have not ended.
    in_flight: usize,
    /// Of an HTTP/1 connection: the request in flight has been read to its end.
    body_is_read: bool,
    /// Octets of the next request came while one was in flight.
    next_has_begun: bool,
    waiting: Waiting,
    /// Who has read the client's last word and waits until it may say so.
    reader: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Waiting {
    /// For a request to begin.
    Request { until: Instant },
    /// For the rest of a request's head.
    Head { until: Instant },
}

impl Activity {
    /// `heads_are_watched` for HTTP/1, where one connection carries one request at a time.
    pub(super) fn new(limits: Limits, heads_are_watched: bool) -> Arc<Self> {
        let waiting = Waiting::Request { until: Instant::now() + limits.head_timeout };
        let state = State { in_flight: 0, body_is_read: false, next_has_begun: false, waiting, reader: None };
        Arc::new(Self { state: Mutex::new(state), limits, heads_are_watched })
    }

    /// When the connection is to be cut if nothing changes; `None` while a request is in flight.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        match state.waiting {
            _ if state.in_flight > 0 => None,
            Waiting::Request { until } | Waiting::Head { until } => Some(until),
        }
    }

    /// When to look again: at the deadline, or, while requests are in flight, at the first time that one may have come since.
    pub(super) fn look_at(&self) -> Instant {
        self.deadline().unwrap_or_else(|| Instant::now() + self.limits.idle_timeout)
    }

    /// A request begins; it ends when the returned value is dropped.
    pub(super) fn request(self: &Arc<Self>) -> InFlight {
        let mut state = self.lock();
        state.in_flight += 1;
        state.body_is_read = false;
        InFlight(Arc::clone(self))
    }

    /// For how long after its last word a client may still expect an answer; `None` when no request is in flight.
    /// Wakes the task when that changes.
    pub(super) fn owes_an_answer_for(&self, cx: &Context<'_>) -> Option<Duration> {
        let mut state = self.lock();
        state.reader = Some(cx.waker().clone());
        match (state.in_flight > 0, state.body_is_read) {
            (false, _) => None,
            (true, true) => Some(self.limits.half_closed),
            // The body may be cut, or it is whole and its reader has only not looked yet.
            (true, false) => Some(UNREAD.min(self.limits.half_closed)),
        }
    }

    /// Octets came, of whatever is expected next.
    pub(super) fn octets_came(&self) {
        if !self.heads_are_watched {
            return;
        }
        let mut state = self.lock();
        if state.in_flight > 0 {
            state.next_has_begun |= state.body_is_read;
        } else if let Waiting::Request { .. } = state.waiting {
            state.waiting = Waiting::Head { until: Instant::now() + self.limits.head_timeout };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request in flight.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(super) fn body_is_read(&self) {
        self.0.lock().body_is_read = true;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let now = Instant::now();
        let limits = &self.0.limits;
        let mut state = self.0.lock();
        state.in_flight -= 1;
        state.waiting = if std::mem::take(&mut state.next_has_begun) {
            Waiting::Head { until: now + limits.head_timeout }
        } else {
            Waiting::Request { until: now + limits.idle_timeout }
        };
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}
