use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use h2::client::SendRequest;
use hyper::body::Bytes;
use rustls::ClientConfig;
use tokio::{sync::Notify, time::Instant};

use super::{
    super::{Answer, ConnectError, Target},
    NodeTuning,
    connection::{self, Failure, Opened},
};

/// The connections of one node.
pub(super) struct Connections {
    config: Arc<ClientConfig>,
    target: Target,
    tuning: NodeTuning,
    state: Mutex<State>,
    /// Told when a place becomes free, when a connection opens and when opening one failed.
    changed: Notify,
    opened: AtomicU64,
}

struct State {
    slots: Vec<Slot>,
    next_number: u64,
    /// Failures to connect since the last success.
    failures: u32,
    /// No attempt before this.
    rest_until: Option<Instant>,
    last_failure: ConnectError,
}

enum Slot {
    Empty,
    Opening,
    Live(Live),
}

struct Live {
    number: u64,
    send: SendRequest<Bytes>,
    in_flight: usize,
    max_streams: usize,
}

/// What can be done for a request now.
enum Offer {
    Place(Lease),
    Wait,
    Nothing(ConnectError),
}

impl Connections {
    pub(super) fn new(config: Arc<ClientConfig>, target: Target, tuning: NodeTuning) -> Arc<Self> {
        let state = State {
            slots: (0..tuning.connections.max(1)).map(|_| Slot::Empty).collect(),
            next_number: 0,
            failures: 0,
            rest_until: None,
            last_failure: ConnectError::TimedOut,
        };
        let (state, changed) = (Mutex::new(state), Notify::new());
        Arc::new(Self { config, target, tuning, state, changed, opened: AtomicU64::new(0) })
    }

    pub(super) fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    /// A place for one request on the least loaded connection; waits while all are full or the first is being opened.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, ConnectError> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            match self.offer() {
                Offer::Place(lease) => return Ok(lease),
                Offer::Nothing(reason) => return Err(reason),
                Offer::Wait => changed.await,
            }
        }
    }

    fn offer(self: &Arc<Self>) -> Offer {
        let mut state = self.lock();
        let best = state.least_loaded();
        // More connections are opened before they are needed: as soon as two requests would share one.
        let wanted = best.is_none_or(|index| state.in_flight(index) > 0);
        let resting = state.rest_until.is_some_and(|until| Instant::now() < until);
        if wanted && !resting && !(best.is_some() && state.is_opening()) {
            self.open_one(&mut state);
        }
        match best.and_then(|index| self.take_place(&mut state, index)) {
            Some(lease) => Offer::Place(lease),
            None if state.is_opening() || state.is_live() => Offer::Wait,
            None => Offer::Nothing(state.last_failure.clone()),
        }
    }

    fn open_one(self: &Arc<Self>, state: &mut State) {
        let empty = |slot: &Slot| matches!(slot, Slot::Empty);
        let Some(index) = state.slots.iter().position(empty) else { return };
        if let Some(slot) = state.slots.get_mut(index) {
            *slot = Slot::Opening;
        }
        tokio::spawn(run(
            Arc::downgrade(self),
            Arc::clone(&self.config),
            self.target.clone(),
            self.tuning,
            index,
        ));
    }

    fn take_place(self: &Arc<Self>, state: &mut State, index: usize) -> Option<Lease> {
        let Some(Slot::Live(live)) = state.slots.get_mut(index) else { return None };
        live.in_flight += 1;
        Some(Lease { send: live.send.clone(), index, number: live.number, connections: Arc::clone(self) })
    }

    fn live(&self, index: usize, opened: &Opened) -> u64 {
        self.opened.fetch_add(1, Relaxed);
        let mut state = self.lock();
        state.next_number += 1;
        (state.failures, state.rest_until) = (0, None);
        let number = state.next_number;
        let max_streams = opened.send.current_max_send_streams().clamp(1, self.tuning.max_streams.max(1));
        let live = Live { number, send: opened.send.clone(), in_flight: 0, max_streams };
        if let Some(slot) = state.slots.get_mut(index) {
            *slot = Slot::Live(live);
        }
        drop(state);
        self.changed.notify_waiters();
        number
    }

    fn failed(&self, index: usize, reason: ConnectError) {
        tracing::warn!(address = self.target.address, %reason, "cannot connect to a node");
        let mut state = self.lock();
        let rest = self.tuning.first_rest.saturating_mul(1 << state.failures.min(16));
        state.failures = state.failures.saturating_add(1);
        state.rest_until = Some(Instant::now() + rest.min(self.tuning.longest_rest));
        state.last_failure = reason;
        if let Some(slot) = state.slots.get_mut(index) {
            *slot = Slot::Empty;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Takes a connection out of use. Requests on it go on as long as it lives.
    fn retire(&self, index: usize, number: u64) {
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(index)
            && matches!(slot, Slot::Live(live) if live.number == number)
        {
            *slot = Slot::Empty;
        }
        drop(state);
        // Those who wait for a place on it have to look elsewhere.
        self.changed.notify_waiters();
    }

    fn give_back(&self, index: usize, number: u64) {
        if let Some(Slot::Live(live)) = self.lock().slots.get_mut(index)
            && live.number == number
        {
            live.in_flight -= 1;
        }
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn least_loaded(&self) -> Option<usize> {
        let free = self.slots.iter().enumerate().filter_map(|(index, slot)| match slot {
            Slot::Live(live) if live.in_flight < live.max_streams => Some((live.in_flight, index)),
            _ => None,
        });
        free.min().map(|(_, index)| index)
    }

    fn in_flight(&self, index: usize) -> usize {
        match self.slots.get(index) {
            Some(Slot::Live(live)) => live.in_flight,
            _ => 0,
        }
    }

    fn is_opening(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::Opening))
    }

    fn is_live(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::Live(_)))
    }
}

/// One request's place on one connection.
pub(super) struct Lease {
    send: SendRequest<Bytes>,
    index: usize,
    number: u64,
    connections: Arc<Connections>,
}

impl Lease {
    pub(super) async fn exchange(
        &mut self,
        head: http::Request<()>,
        body: Bytes,
        max_answer: usize,
    ) -> Result<Answer, Failure> {
        let outcome = connection::exchange(&mut self.send, head, body, max_answer).await;
        if let Err(Failure::NotSent(_)) = outcome {
            self.connections.retire(self.index, self.number);
        }
        outcome
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.connections.give_back(self.index, self.number);
    }
}

/// The life of one connection: opened, offered, driven, taken out of use.
async fn run(
    connections: Weak<Connections>,
    config: Arc<ClientConfig>,
    target: Target,
    tuning: NodeTuning,
    index: usize,
) {
    let opening = tokio::time::timeout(tuning.connect_timeout, connection::open(&config, &target, &tuning));
    let opened = opening.await.unwrap_or(Err(ConnectError::TimedOut));
    let Some(alive) = connections.upgrade() else { return };
    let opened = match opened {
        Ok(opened) => opened,
        Err(reason) => return alive.failed(index, reason),
    };
    let number = alive.live(index, &opened);
    drop(alive);
    let reason = connection::drive(opened, &tuning).await;
    tracing::debug!(address = target.address, reason, "a connection to a node ended");
    if let Some(alive) = connections.upgrade() {
        alive.retire(index, number);
    }
}
