//! Milliseconds for the session machines, from the runtime's clock.

use std::time::Duration;

use tokio::time::Instant;

/// Counts from its making.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(super) fn now(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The moment of a time of this clock. Cut to a day ahead, which is as good as never: timers are looked at again.
    pub(super) fn moment(self, at: u64) -> Instant {
        let ahead = at.saturating_sub(self.now()).min(86_400_000);
        Instant::now() + Duration::from_millis(ahead)
    }
}
