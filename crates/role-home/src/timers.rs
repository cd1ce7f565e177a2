use std::{cmp::Reverse, collections::BinaryHeap};

use mss_core::Timestamp;

use crate::RowId;

/// Every deadline of every open transaction in one heap. Nothing is ever taken out early: whoever takes an entry asks
/// the transaction whether it still means that time.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, RowId)>>,
}

impl Timers {
    /// Wakes `row` at `at`.
    pub(crate) fn set(&mut self, at: Timestamp, row: RowId) {
        self.heap.push(Reverse((at, row)));
    }

    /// The earliest entry that is due.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, RowId)> {
        match self.heap.peek() {
            Some(Reverse((at, _))) if *at <= now => self.heap.pop().map(|Reverse(entry)| entry),
            _ => None,
        }
    }

    /// When the next entry is due; it may turn out to mean nothing any more.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_the_order_of_their_time() {
        let at = Timestamp::from_millis;
        let mut timers = Timers::default();
        for (millis, row) in [(30, 3), (10, 1), (20, 2)] {
            timers.set(at(millis), RowId(row));
        }
        assert_eq!(timers.next(), Some(at(10)));
        assert_eq!(timers.take_due(at(20)), Some((at(10), RowId(1))));
        assert_eq!(timers.take_due(at(20)), Some((at(20), RowId(2))));
        assert_eq!(timers.take_due(at(20)), None);
        assert_eq!(timers.next(), Some(at(30)));
    }
}
