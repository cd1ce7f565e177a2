use mss_core::Timestamp;
pub use mss_core::engine::ResumeError;

use super::{CaEngine, CaParts};

/// What the store knows at start. The default is an empty store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResumeState {
    /// Highest row number of a certificate, 0 when none.
    pub last_row: u64,
    /// Time of the last commit.
    pub last_commit: Option<Timestamp>,
}

impl CaEngine {
    /// Starts on what the store knows. Nothing is open across a restart, so there is nothing to take up.
    ///
    /// # Errors
    /// When the clock is behind the last commit.
    pub fn resume(parts: CaParts, state: ResumeState, now: Timestamp) -> Result<Self, ResumeError> {
        match state.last_commit.filter(|last| *last > now) {
            Some(last) => Err(ResumeError::ClockBehind { now, last }),
            None => Ok(Self { parts, last_row: state.last_row, clock: now }),
        }
    }
}
