use std::collections::{HashMap, VecDeque};

use mss_core::Msisdn;

use crate::RegistrationRow;

/// The last finished registrations by number, so that what ended in this turn is known before it is in the store.
pub(super) struct Recent {
    capacity: usize,
    order: VecDeque<(Msisdn, u64)>,
    rows: HashMap<Msisdn, RegistrationRow>,
}

impl Recent {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), rows: HashMap::new() }
    }

    pub(super) fn get(&self, number: &Msisdn) -> Option<&RegistrationRow> {
        self.rows.get(number)
    }

    pub(super) fn push(&mut self, row: RegistrationRow) {
        let number = row.person.msisdn.clone();
        self.order.push_back((number.clone(), row.row));
        self.rows.insert(number, row);
    }

    /// Forgets the oldest beyond the capacity. To be called when all earlier turns are durable.
    pub(super) fn trim(&mut self) {
        while self.order.len() > self.capacity
            && let Some((number, row)) = self.order.pop_front()
        {
            // A later registration of the number may have taken the place.
            if self.rows.get(&number).is_some_and(|kept| kept.row == row) {
                self.rows.remove(&number);
            }
        }
    }
}
