//! How many lines each place in the program may log, so that nobody who can cause a line can fill a disk.
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::{Event, Metadata, callsite::Identifier};
use tracing_subscriber::layer::{Context, Filter};

use crate::system::now_ms;

/// Lines that one place may log at once.
const BURST: u64 = 1_000;
/// Lines that come back to it each second.
const EACH_SECOND: u64 = 20;
/// Thousandths of a line.
const LINE: u64 = 1_000;
/// How often it is said what was left out.
const REPORT: Duration = Duration::from_secs(10);
/// Places whose lines tell of accepted transactions and orders: each stands beside a durable audit record, and nobody
/// outside can have more of them than of those.
const AUDITED: [&str; 3] = ["sinetti::ae::carrier", "sinetti::me::carrier", "sinetti::ca::carrier"];

/// One for the process.
#[derive(Default)]
pub(crate) struct LineBudget {
    places: Mutex<HashMap<Identifier, Place>>,
}

struct Place {
    name: String,
    /// Thousandths of a line.
    left: u64,
    filled_at: u64,
    left_out: u64,
}

impl LineBudget {
    fn admits(&self, metadata: &'static Metadata<'static>, now: u64) -> bool {
        if AUDITED.contains(&metadata.target()) {
            return true;
        }
        let mut places = self.lock();
        let place = places.entry(metadata.callsite()).or_insert_with(|| Place {
            name: format!("{}:{}", metadata.file().unwrap_or("?"), metadata.line().unwrap_or(0)),
            left: BURST * LINE,
            filled_at: now,
            left_out: 0,
        });
        place.admits(now)
    }

    /// What was left out since the last time, by place.
    fn take_left_out(&self) -> Vec<(String, u64)> {
        let mut places = self.lock();
        let silent = places.values_mut().filter(|place| place.left_out > 0);
        silent.map(|place| (place.name.clone(), std::mem::take(&mut place.left_out))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Identifier, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says from time to time what was left out. Runs until the process ends.
    pub(crate) async fn report(&self) {
        loop {
            tokio::time::sleep(REPORT).await;
            for (place, lines) in self.take_left_out() {
                tracing::warn!(place, lines, "there were too many lines, these were left out");
            }
        }
    }
}

impl Place {
    fn admits(&mut self, now: u64) -> bool {
        let passed = now.saturating_sub(self.filled_at);
        // A line each second is a thousandth of it each millisecond.
        self.left = self.left.saturating_add(passed.saturating_mul(EACH_SECOND)).min(BURST * LINE);
        self.filled_at = now;
        match self.left.checked_sub(LINE) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left_out = self.left_out.saturating_add(1);
                false
            }
        }
    }
}

impl<S> Filter<S> for &'static LineBudget {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.admits(event.metadata(), now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_burst_and_then_some_each_second() {
        let mut place = Place { name: String::new(), left: BURST * LINE, filled_at: 5, left_out: 0 };
        let mut admitted = |now: u64, times: u64| (0..times).filter(|_| place.admits(now)).count();
        assert_eq!(admitted(5, 1_500), 1_000);
        assert_eq!(admitted(1_005, 50), 20);
        // A clock that goes back gives nothing and takes nothing.
        assert_eq!(admitted(0, 50), 0);
        assert_eq!(admitted(10_000_000, 5_000), 1_000);
        assert_eq!(place.left_out, 500 + 30 + 50 + 4_000);
    }
}
