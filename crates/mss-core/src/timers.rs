use std::{cmp::Reverse, collections::BinaryHeap};

use crate::Timestamp;

/// When which of an engine's rows wants to be looked at. An entry may be stale: whoever takes it asks the row whether it
/// still means that time.
#[derive(Debug)]
pub struct Timers<R> {
    heap: BinaryHeap<Reverse<(Timestamp, R)>>,
}

impl<R: Ord> Default for Timers<R> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new() }
    }
}

impl<R: Ord> Timers<R> {
    /// Stale entries that may lie about before they are swept out, beyond twice the live rows.
    const SLACK: usize = 4096;

    /// Wakes `row` at `at`.
    pub fn set(&mut self, at: Timestamp, row: R) {
        self.heap.push(Reverse((at, row)));
    }

    /// The earliest entry, if it is due.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, R)> {
        match self.heap.peek() {
            Some(Reverse((at, _))) if *at <= now => self.heap.pop().map(|Reverse(entry)| entry),
            _ => None,
        }
    }

    /// How many entries there are, stale ones included.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.heap.len()
    }

    /// When the next entry is due; it may turn out to mean nothing any more.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Drops entries of rows that are no longer alive, when there are many. A transaction mostly ends long before its
    /// deadline, and without this the heap would hold a whole time limit's worth of finished ones.
    pub fn sweep(&mut self, alive_count: usize, alive: impl Fn(&R) -> bool) {
        if self.heap.len() > 2 * alive_count + Self::SLACK {
            self.heap.retain(|Reverse((_, row))| alive(row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_rows_come_in_order_and_dead_ones_are_swept() {
        let at = Timestamp::from_secs;
        let mut timers = Timers::default();
        for second in (0..10_000_i64).rev() {
            timers.set(at(second), second);
        }
        assert_eq!(timers.next(), Some(at(0)));
        assert_eq!(timers.take_due(at(1)), Some((at(0), 0)));
        assert_eq!(timers.take_due(at(1)), Some((at(1), 1)));
        assert_eq!(timers.take_due(at(1)), None);
        timers.sweep(1, |row| *row == 5000);
        assert_eq!((timers.next(), timers.heap.len()), (Some(at(5000)), 1));
        timers.sweep(0, |_| false);
        assert_eq!(timers.heap.len(), 1, "a few stale ones are cheaper than sweeping");
    }
}
