use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::{Outcome, TransactionRow};

/// The last finished transactions, so that polls and repeats need no store. The oldest leaves first.
#[derive(Debug)]
pub(crate) struct Recent {
    capacity: usize,
    order: VecDeque<u64>,
    rows: HashMap<u64, Finished>,
}

/// A finished transaction.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) request: Arc<TransactionRow>,
    pub(crate) outcome: Arc<Outcome>,
}

impl Recent {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), rows: HashMap::new() }
    }

    pub(crate) fn get(&self, row: u64) -> Option<&Finished> {
        self.rows.get(&row)
    }

    /// Remembers. May exceed the capacity until the next [`Self::trim`]: what ends in this turn is not in the store yet.
    pub(crate) fn push(&mut self, finished: Finished) {
        self.order.push_back(finished.request.row);
        self.rows.insert(finished.request.row, finished);
    }

    /// Forgets the oldest beyond the capacity. To be called when all earlier turns are durable.
    pub(crate) fn trim(&mut self) {
        while self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.rows.remove(&oldest);
        }
    }
}
