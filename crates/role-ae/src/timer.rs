use std::{cmp::Reverse, collections::BinaryHeap};

use mss_core::Timestamp;

/// When which row wants to be looked at. An entry may be stale; whoever takes it asks the row.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, u64)>>,
}

impl Timers {
    /// Stale entries that may lie about before they are swept out, beyond twice the live rows.
    const SLACK: usize = 4096;

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

    /// Drops entries of rows that are no longer alive, when there are many. A transaction mostly ends long before its
    /// deadline, and without this the heap would hold a whole time limit's worth of finished ones.
    pub(crate) fn sweep(&mut self, alive_count: usize, alive: impl Fn(u64) -> bool) {
        if self.heap.len() > 2 * alive_count + Self::SLACK {
            self.heap.retain(|Reverse((_, row))| alive(*row));
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
        for second in (0..10_000).rev() {
            timers.set(at(second), second.cast_unsigned());
        }
        assert_eq!(timers.next(), Some(at(0)));
        assert_eq!(
            (timers.take_due(at(1)), timers.take_due(at(1)), timers.take_due(at(1))),
            (Some(0), Some(1), None)
        );
        timers.sweep(1, |row| row == 5000);
        assert_eq!((timers.next(), timers.heap.len()), (Some(at(5000)), 1));
    }
}
