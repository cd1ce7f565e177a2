use mss_core::Timestamp;

use super::Waiter;
use crate::RegistrationRow;

/// A registration that runs. What is here beside the row is lost at a restart and not missed.
pub(super) struct Run {
    pub(super) row: RegistrationRow,
    pub(super) waiters: Vec<Waiter>,
    /// Counts what was sent; a reply to an older attempt changes nothing.
    pub(super) attempt: u32,
    /// Whether a reply to it is owed.
    pub(super) in_flight: bool,
    /// Attempts of this step that led nowhere.
    pub(super) failures: u32,
    /// When to send again.
    pub(super) retry_at: Option<Timestamp>,
}

impl Run {
    pub(super) fn new(row: RegistrationRow) -> Self {
        Self { row, waiters: Vec::new(), attempt: 0, in_flight: false, failures: 0, retry_at: None }
    }

    /// Whether a reply is the one that is owed.
    pub(super) fn expects(&self, attempt: u32) -> bool {
        self.in_flight && self.attempt == attempt
    }
}
