//! Packets put together again from the user data of short messages that come in any order, some twice, some never.
use crate::segment::{Indicator, MAX_SEGMENTS, USER_DATA};
use crate::udh::{Concatenation, Udh};
use std::collections::BTreeMap;
use thiserror::Error;

/// What became of one user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All parts are here.
    Complete {
        /// Which kind of packet.
        indicator: Indicator,
        /// The packet from CPL or RPL on.
        packet: Vec<u8>,
    },
    /// Kept; others are missing.
    Partial,
    /// This part was here already, octet for octet.
    Duplicate,
    /// Not kept.
    Refused(Refusal),
}

/// Why a part was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The user data header does not parse.
    #[error("the user data header is malformed")]
    Header,
    /// More than 140 octets.
    #[error("the user data is too long")]
    TooLong,
    /// No or more than eight parts, or a part that is not one of them.
    #[error("the part numbers are wrong")]
    Numbers,
    /// Neither a command nor a response packet; if it was the first part, its set is gone.
    #[error("the message announces no secured packet")]
    NotSecured,
    /// Other octets for a part that was here already: the set is gone, and somebody should look.
    #[error("a part came twice with different content")]
    Conflict,
    /// This source has as many open sets as it may.
    #[error("the source has too many open messages")]
    SourceFull,
    /// All sources together hold as many octets as they may.
    #[error("too much is waiting for missing parts")]
    Full,
}

/// The bounds of a [`Reassembly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a set may wait for its last part, from its first one on.
    pub timeout_ms: u64,
    /// Open sets of one source.
    pub sets_per_source: usize,
    /// Open sets of all sources.
    pub sets: usize,
}

impl Default for Limits {
    /// 300 s, 8 sets of a source, 8192 in all (each at most 1120 octets of payload).
    fn default() -> Self {
        Self { timeout_ms: 300_000, sets_per_source: 8, sets: 8192 }
    }
}

/// What tells sets of one source apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SetKey {
    reference: u16,
    wide: bool,
    total: u8,
}

#[derive(Debug)]
struct Set {
    opened_ms: u64,
    indicator: Option<Indicator>,
    parts: [Option<Vec<u8>>; MAX_SEGMENTS],
}

/// Open sets of parts, by source. `K` names the two ends: the sender's number and ours.
#[derive(Debug)]
pub struct Reassembly<K> {
    limits: Limits,
    sources: BTreeMap<K, BTreeMap<SetKey, Set>>,
    sets: usize,
}

impl<K: Ord + Clone> Default for Reassembly<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone> Reassembly<K> {
    /// Nothing open, default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// Nothing open, other limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self { limits, sources: BTreeMap::new(), sets: 0 }
    }

    /// Sets that wait for parts.
    #[must_use]
    pub const fn open_sets(&self) -> usize {
        self.sets
    }

    /// Takes the user data of one short message (with its header) that came from `source`.
    pub fn accept(&mut self, source: &K, ud: &[u8], now_ms: u64) -> Outcome {
        if ud.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        let Ok((udh, payload)) = Udh::split(ud) else { return Outcome::Refused(Refusal::Header) };
        let Ok(concatenation) = udh.concatenation() else { return Outcome::Refused(Refusal::Header) };
        match (concatenation, udh.indicator()) {
            (Some(part), indicator) => self.accept_part(source, part, indicator, payload, now_ms),
            (None, Some(indicator)) => Outcome::Complete { indicator, packet: payload.to_vec() },
            (None, None) => Outcome::Refused(Refusal::NotSecured),
        }
    }

    /// Takes one part whose concatenation came beside it, as with SMPP's `sar_*` parameters.
    pub fn accept_part(
        &mut self,
        source: &K,
        part: Concatenation,
        indicator: Option<Indicator>,
        payload: &[u8],
        now_ms: u64,
    ) -> Outcome {
        let Concatenation { reference, wide, total, sequence } = part;
        if payload.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        if sequence == 0 || sequence > total || usize::from(total) > MAX_SEGMENTS {
            return Outcome::Refused(Refusal::Numbers);
        }
        self.expire_source(source, now_ms);
        let key = SetKey { reference, wide, total };
        if sequence == 1 && indicator.is_none() {
            self.drop_set(source, key);
            return Outcome::Refused(Refusal::NotSecured);
        }
        if let Err(refusal) = self.open(source, key, now_ms) {
            return Outcome::Refused(refusal);
        }
        let Some(set) = self.sources.get_mut(source).and_then(|sets| sets.get_mut(&key)) else {
            return Outcome::Refused(Refusal::Full);
        };
        match set.put(sequence, indicator, payload) {
            Put::Kept if set.is_complete(total) => {
                let complete = set.join();
                self.drop_set(source, key);
                complete
            }
            Put::Kept => Outcome::Partial,
            Put::Duplicate => Outcome::Duplicate,
            Put::Conflict => {
                self.drop_set(source, key);
                Outcome::Refused(Refusal::Conflict)
            }
        }
    }

    /// Drops every set that waited too long; returns how many. Call it now and then, for a silent source's sets stay.
    pub fn expire(&mut self, now_ms: u64) -> usize {
        let (timeout, before) = (self.limits.timeout_ms, self.sets);
        let mut left = 0;
        self.sources.retain(|_, sets| {
            sets.retain(|_, set| !set.is_late(now_ms, timeout));
            left += sets.len();
            !sets.is_empty()
        });
        self.sets = left;
        before - left
    }

    fn expire_source(&mut self, source: &K, now_ms: u64) {
        let Some(sets) = self.sources.get_mut(source) else { return };
        let before = sets.len();
        sets.retain(|_, set| !set.is_late(now_ms, self.limits.timeout_ms));
        self.sets -= before - sets.len();
        if sets.is_empty() {
            self.sources.remove(source);
        }
    }

    /// Makes sure that the set exists, within the bounds.
    fn open(&mut self, source: &K, key: SetKey, now_ms: u64) -> Result<(), Refusal> {
        if let Some(sets) = self.sources.get(source) {
            if sets.contains_key(&key) {
                return Ok(());
            }
            if sets.len() >= self.limits.sets_per_source {
                return Err(Refusal::SourceFull);
            }
        }
        if self.sets >= self.limits.sets && self.expire(now_ms) == 0 {
            return Err(Refusal::Full);
        }
        let set = Set { opened_ms: now_ms, indicator: None, parts: Default::default() };
        self.sources.entry(source.clone()).or_default().insert(key, set);
        self.sets += 1;
        Ok(())
    }

    fn drop_set(&mut self, source: &K, key: SetKey) {
        let Some(sets) = self.sources.get_mut(source) else { return };
        if sets.remove(&key).is_some() {
            self.sets -= 1;
        }
        if sets.is_empty() {
            self.sources.remove(source);
        }
    }
}

enum Put {
    Kept,
    Duplicate,
    Conflict,
}

impl Set {
    fn is_late(&self, now_ms: u64, timeout_ms: u64) -> bool {
        now_ms.saturating_sub(self.opened_ms) >= timeout_ms
    }

    fn put(&mut self, sequence: u8, indicator: Option<Indicator>, payload: &[u8]) -> Put {
        let Some(place) = self.parts.get_mut(usize::from(sequence).wrapping_sub(1)) else {
            return Put::Conflict;
        };
        match place {
            Some(held) if held == payload && (sequence != 1 || self.indicator == indicator) => Put::Duplicate,
            Some(_) => Put::Conflict,
            None => {
                *place = Some(payload.to_vec());
                if sequence == 1 {
                    self.indicator = indicator;
                }
                Put::Kept
            }
        }
    }

    fn is_complete(&self, total: u8) -> bool {
        self.parts.iter().flatten().count() == usize::from(total)
    }

    fn join(&self) -> Outcome {
        let Some(indicator) = self.indicator else { return Outcome::Refused(Refusal::NotSecured) };
        let length = self.parts.iter().flatten().map(Vec::len).sum();
        let mut packet = Vec::with_capacity(length);
        for part in self.parts.iter().flatten() {
            packet.extend_from_slice(part);
        }
        Outcome::Complete { indicator, packet }
    }
}

#[cfg(test)]
mod tests;
