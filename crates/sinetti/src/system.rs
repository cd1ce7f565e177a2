//! The two files' worth of world that everything below takes as arguments: the system's clock and its randomness.
use std::time::{SystemTime, UNIX_EPOCH};

use mss_core::{Clock, Entropy, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one wrapper around the system's clock")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's generator, through the crypto provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        if aws_lc_rs::rand::fill(buffer).is_err() {
            // Without randomness nothing here is safe, and there is nobody to ask.
            std::process::abort();
        }
    }
}

/// The time now, in milliseconds since 1970, for the crates that know no other time.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(now().millis()).unwrap_or(0)
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}
