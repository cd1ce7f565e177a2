use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use mss_core::Timestamp;

/// Finds the transaction that a repeated request belongs to.
///
/// A request whose `Instant` is too far from our clock is refused before it is looked up, so an entry may be forgotten as
/// soon as its `Instant` is that old. Entries lie in one table per minute of `Instant`, and whole tables are dropped: no
/// timer and no search per entry, and no randomly keyed index in the store.
#[derive(Debug, Default)]
pub(crate) struct JoinIndex {
    minutes: BTreeMap<i64, HashMap<[u8; 16], u64>>,
}

impl JoinIndex {
    /// The row of the request with this key and `Instant`.
    pub(crate) fn find(&self, key: &[u8; 16], instant: Timestamp) -> Option<u64> {
        self.minutes.get(&minute(instant))?.get(key).copied()
    }

    /// Remembers a request.
    pub(crate) fn insert(&mut self, key: [u8; 16], instant: Timestamp, row: u64) {
        self.minutes.entry(minute(instant)).or_default().insert(key, row);
    }

    /// Forgets what could only be refused as skewed by now.
    pub(crate) fn expire(&mut self, now: Timestamp, max_skew: Duration) {
        let oldest = minute(now.minus(max_skew));
        while let Some(first) = self.minutes.first_entry()
            && *first.key() < oldest
        {
            first.remove();
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.minutes.values().map(HashMap::len).sum()
    }
}

fn minute(at: Timestamp) -> i64 {
    at.secs().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_until_their_instant_is_too_old() {
        let skew = Duration::from_secs(600);
        let mut index = JoinIndex::default();
        for second in 0..1200 {
            index.insert(
                [u8::try_from(second % 250).unwrap(); 16],
                Timestamp::from_secs(second),
                second.cast_unsigned(),
            );
        }
        assert_eq!(index.find(&[7; 16], Timestamp::from_secs(7)), Some(7));
        assert_eq!(index.find(&[7; 16], Timestamp::from_secs(600)), None);
        index.expire(Timestamp::from_secs(600), skew);
        assert_eq!(
            index.find(&[0; 16], Timestamp::from_secs(0)),
            Some(0),
            "exactly max_skew old still joins"
        );
        index.expire(Timestamp::from_secs(660), skew);
        assert_eq!(index.find(&[7; 16], Timestamp::from_secs(7)), None);
        assert_eq!(index.len(), 1140);
    }
}
