//! Sets that are complete, remembered by what their parts were, so that a part which the network delivers once more does not
//! open a set that can never end.
use super::SetKey;
use crate::segment::MAX_SEGMENTS;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Complete sets of one source: at most as many as it may have open, the oldest forgotten first.
#[derive(Debug, Default)]
pub(super) struct Finished(BTreeMap<SetKey, Parts>);

#[derive(Debug)]
struct Parts {
    opened_ms: u64,
    digests: [u64; MAX_SEGMENTS],
}

/// Not secret and not proof of anything: whoever finds two parts with one digest loses a message of their own.
fn digest(payload: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}

impl Finished {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Remembers a set; returns how many more there are now.
    pub(super) fn remember<'a>(
        &mut self,
        key: SetKey,
        opened_ms: u64,
        parts: impl Iterator<Item = &'a Vec<u8>>,
        most: usize,
    ) -> usize {
        let before = self.0.len();
        if before >= most && !self.0.contains_key(&key) {
            let oldest = self.0.iter().min_by_key(|(_, parts)| parts.opened_ms).map(|(key, _)| *key);
            oldest.map(|key| self.0.remove(&key));
        }
        let mut digests = [0; MAX_SEGMENTS];
        for (place, part) in digests.iter_mut().zip(parts) {
            *place = digest(part);
        }
        self.0.insert(key, Parts { opened_ms, digests });
        self.0.len().saturating_sub(before)
    }

    /// Whether this part was in such a set. A reference that comes round again has other parts.
    pub(super) fn knows(&self, key: SetKey, sequence: u8, payload: &[u8]) -> bool {
        let place = usize::from(sequence).checked_sub(1);
        let known = self.0.get(&key).and_then(|parts| parts.digests.get(place?));
        known.is_some_and(|known| *known == digest(payload))
    }

    /// Forgets sets that were opened too long ago; returns how many.
    pub(super) fn expire(&mut self, now_ms: u64, timeout_ms: u64) -> usize {
        let before = self.0.len();
        self.0.retain(|_, parts| now_ms.saturating_sub(parts.opened_ms) < timeout_ms);
        before - self.0.len()
    }
}
