use std::{cmp::Reverse, collections::BinaryHeap};

use mss_core::Timestamp;

/// When which row wants to be looked at. An entry may be stale; whoever takes it asks the row.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, u64)>>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, row: u64) {
        self.heap.push(Reverse((at, row)));
    }

    /// The next row that is due, if any.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<u64> {
        let Reverse((at, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, row))| row)
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}
