//! What this process has done so far: the numbers that the bench divides by the number of signatures.
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use mss_store::WriteCounts;
use serde::{Deserialize, Serialize};

/// Counters of one process, as one line of JSON on standard output when its supervisor asks.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Metrics {
    /// TLS handshakes completed, as server or client.
    pub handshakes: u64,
    /// SMPP PDUs sent and received.
    pub pdus: u64,
    /// Durable commits.
    pub commits: u64,
    /// Octets appended to the write-ahead log.
    pub wal_octets: u64,
    /// P-256 signatures made, TLS not counted.
    pub p256_signs: u64,
    /// P-256 signatures verified, TLS not counted.
    pub p256_verifies: u64,
    /// Requests that were sent to a card once more.
    pub requests_again: u64,
    /// Times that a card was asked for its result.
    pub results_asked: u64,
    /// Transactions that needed one of these.
    pub retried: u64,
    /// Transactions without an end, now.
    pub open: u64,
}

/// One counter of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count {
    /// See [`Metrics::pdus`].
    Pdus,
    /// See [`Metrics::p256_signs`].
    P256Signs,
    /// See [`Metrics::p256_verifies`].
    P256Verifies,
    /// See [`Metrics::requests_again`].
    RequestsAgain,
    /// See [`Metrics::results_asked`].
    ResultsAsked,
    /// See [`Metrics::retried`].
    Retried,
}

static COUNTERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];
static OPEN: AtomicU64 = AtomicU64::new(0);
static STORES: Mutex<Vec<WriteCounts>> = Mutex::new(Vec::new());
static HANDSHAKES: Mutex<Vec<Box<dyn Fn() -> u64 + Send>>> = Mutex::new(Vec::new());

/// Counts `by` more.
pub(crate) fn count(what: Count, by: u64) {
    if let Some(counter) = COUNTERS.get(what as usize) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}

/// So many transactions have no end now.
pub(crate) fn set_open(open: usize) {
    OPEN.store(open as u64, Ordering::Relaxed);
}

/// Counts this store's writes in, too.
pub(crate) fn watch(store: WriteCounts) {
    STORES.lock().unwrap_or_else(PoisonError::into_inner).push(store);
}

/// Counts the handshakes of this listener or dialler in, too.
pub(crate) fn watch_handshakes(completed: impl Fn() -> u64 + Send + 'static) {
    HANDSHAKES.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(completed));
}

/// The counters now.
pub(crate) fn read() -> Metrics {
    let counter = |what: Count| COUNTERS.get(what as usize).map_or(0, |c| c.load(Ordering::Relaxed));
    let stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    let handshakes = HANDSHAKES.lock().unwrap_or_else(PoisonError::into_inner);
    Metrics {
        handshakes: handshakes.iter().map(|completed| completed()).sum(),
        pdus: counter(Count::Pdus),
        commits: stores.iter().map(WriteCounts::commits).sum(),
        wal_octets: stores.iter().map(WriteCounts::wal_octets).sum(),
        p256_signs: counter(Count::P256Signs),
        p256_verifies: counter(Count::P256Verifies),
        requests_again: counter(Count::RequestsAgain),
        results_asked: counter(Count::ResultsAsked),
        retried: counter(Count::Retried),
        open: OPEN.load(Ordering::Relaxed),
    }
}
