//! Packets put together again from the user data of short messages that come in any order, some twice, some never.
mod finished;

use crate::segment::{Indicator, MAX_SEGMENTS, USER_DATA};
use crate::udh::{Concatenation, Udh};
use finished::Finished;
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
    /// This part was here already, octet for octet, in a set that is open or was complete a short while ago.
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
    /// The header names a security header of a card vendor's own (72 to 7F; 7F is seen in the field, with fields at other
    /// places). It is not read; if it was the first part, its set is gone.
    #[error("the message carries a vendor's security header {0:02X}")]
    Vendor(u8),
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
    /// Octets of payload in all open sets.
    pub octets: usize,
}

impl Default for Limits {
    /// 300 s, 8 sets of a source, 8192 in all with 4 MiB of payload.
    fn default() -> Self {
        Self { timeout_ms: 300_000, sets_per_source: 8, sets: 8192, octets: 4 << 20 }
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
    sources: BTreeMap<K, Source>,
    sets: usize,
    octets: usize,
    finished: usize,
}

/// What one source has open, and what it had.
#[derive(Debug, Default)]
struct Source {
    sets: BTreeMap<SetKey, Set>,
    finished: Finished,
}

impl Source {
    fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.finished.len() == 0
    }
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
        Self { limits, sources: BTreeMap::new(), sets: 0, octets: 0, finished: 0 }
    }

    /// Sets that wait for parts.
    #[must_use]
    pub const fn open_sets(&self) -> usize {
        self.sets
    }

    /// Octets of payload in them.
    #[must_use]
    pub const fn held_octets(&self) -> usize {
        self.octets
    }

    /// Takes the user data of one short message (with its header) that came from `source`.
    pub fn accept(&mut self, source: &K, ud: &[u8], now_ms: u64) -> Outcome {
        if ud.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        let Ok((udh, payload)) = Udh::split(ud) else { return Outcome::Refused(Refusal::Header) };
        let Ok(concatenation) = udh.concatenation() else { return Outcome::Refused(Refusal::Header) };
        match (concatenation, udh.indicator()) {
            (Some(part), None) if matches!(unsecured(udh), Refusal::Vendor(_)) => {
                self.refuse_part(source, part, unsecured(udh))
            }
            (Some(part), indicator) => self.accept_part(source, part, indicator, payload, now_ms),
            (None, Some(indicator)) => Outcome::Complete { indicator, packet: payload.to_vec() },
            (None, None) => Outcome::Refused(unsecured(udh)),
        }
    }

    /// Takes one part whose concatenation came beside its user data, as with SMPP's `sar_*` parameters: whatever is left of a
    /// header (the packet's indicator in the first part, port addresses) is still in front of the payload.
    pub fn accept_beside(&mut self, source: &K, part: Concatenation, ud: &[u8], now_ms: u64) -> Outcome {
        if ud.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        let Ok((udh, payload)) = Udh::split(ud) else { return Outcome::Refused(Refusal::Header) };
        match unsecured(udh) {
            vendor @ Refusal::Vendor(_) if udh.indicator().is_none() => {
                self.refuse_part(source, part, vendor)
            }
            _ => self.accept_part(source, part, udh.indicator(), payload, now_ms),
        }
    }

    /// Takes one part that is already taken apart: its numbers, what its header announced, and the payload alone.
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
        let known = self.sources.get(source);
        if known.is_some_and(|known| {
            !known.sets.contains_key(&key) && known.finished.knows(key, sequence, payload)
        }) {
            return Outcome::Duplicate;
        }
        if let Err(refusal) = self.open(source, key, payload.len(), now_ms) {
            return Outcome::Refused(refusal);
        }
        let Some(set) = self.sources.get_mut(source).and_then(|source| source.sets.get_mut(&key)) else {
            return Outcome::Refused(Refusal::Full);
        };
        match set.put(sequence, indicator, payload) {
            Put::Kept => {
                self.octets += payload.len();
                if !set.is_complete(total) {
                    return Outcome::Partial;
                }
                let complete = set.join();
                self.finish(source, key);
                complete
            }
            Put::Duplicate => Outcome::Duplicate,
            Put::Conflict => {
                self.drop_set(source, key);
                Outcome::Refused(Refusal::Conflict)
            }
        }
    }

    /// A part that nobody will use; a first part takes its set with it.
    fn refuse_part(&mut self, source: &K, part: Concatenation, refusal: Refusal) -> Outcome {
        if part.sequence == 1 {
            self.drop_set(source, SetKey { reference: part.reference, wide: part.wide, total: part.total });
        }
        Outcome::Refused(refusal)
    }

    /// Drops every set that waited too long; returns how many. Call it now and then, for a silent source's sets stay.
    pub fn expire(&mut self, now_ms: u64) -> usize {
        let (timeout, before) = (self.limits.timeout_ms, self.sets);
        let (mut sets, mut octets, mut finished) = (0, 0, 0);
        self.sources.retain(|_, source| {
            source.sets.retain(|_, set| !set.is_late(now_ms, timeout));
            source.finished.expire(now_ms, timeout);
            sets += source.sets.len();
            octets += source.sets.values().map(Set::octets).sum::<usize>();
            finished += source.finished.len();
            !source.is_empty()
        });
        (self.sets, self.octets, self.finished) = (sets, octets, finished);
        before - sets
    }

    fn expire_source(&mut self, key: &K, now_ms: u64) {
        let Some(source) = self.sources.get_mut(key) else { return };
        let timeout = self.limits.timeout_ms;
        source.sets.retain(|_, set| {
            let late = set.is_late(now_ms, timeout);
            if late {
                self.sets -= 1;
                self.octets -= set.octets();
            }
            !late
        });
        self.finished -= source.finished.expire(now_ms, timeout);
        if source.is_empty() {
            self.sources.remove(key);
        }
    }

    /// Makes sure that the set exists and `more` octets have room, within the bounds.
    fn open(&mut self, source: &K, key: SetKey, more: usize, now_ms: u64) -> Result<(), Refusal> {
        let sets = self.sources.get(source).map(|source| &source.sets);
        let exists = sets.is_some_and(|sets| sets.contains_key(&key));
        if !exists && sets.is_some_and(|sets| sets.len() >= self.limits.sets_per_source) {
            return Err(Refusal::SourceFull);
        }
        let full = |this: &Self| {
            this.octets + more > this.limits.octets || (!exists && this.sets >= this.limits.sets)
        };
        // This source's late sets are gone already, so what goes now is not the set in question.
        if full(self) && (self.expire(now_ms) == 0 || full(self)) {
            return Err(Refusal::Full);
        }
        if !exists {
            let set = Set { opened_ms: now_ms, indicator: None, parts: Default::default() };
            self.sources.entry(source.clone()).or_default().sets.insert(key, set);
            self.sets += 1;
        }
        Ok(())
    }

    /// Takes a complete set away and remembers its parts, if there is room for that.
    fn finish(&mut self, source: &K, key: SetKey) {
        let room = self.finished < self.limits.sets;
        if let Some(source) = self.sources.get_mut(source)
            && let Some(set) = source.sets.get(&key)
            && room
        {
            let parts = set.parts.iter().flatten();
            let most = self.limits.sets_per_source;
            self.finished += source.finished.remember(key, set.opened_ms, parts, most);
        }
        self.drop_set(source, key);
    }

    fn drop_set(&mut self, key: &K, set: SetKey) {
        let Some(source) = self.sources.get_mut(key) else { return };
        if let Some(set) = source.sets.remove(&set) {
            self.sets -= 1;
            self.octets -= set.octets();
        }
        if source.is_empty() {
            self.sources.remove(key);
        }
    }
}

/// Why a message that announces no packet is none.
fn unsecured(udh: Udh<'_>) -> Refusal {
    udh.vendor_header().map_or(Refusal::NotSecured, Refusal::Vendor)
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

    fn octets(&self) -> usize {
        self.parts.iter().flatten().map(Vec::len).sum()
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
        let mut packet = Vec::with_capacity(self.octets());
        for part in self.parts.iter().flatten() {
            packet.extend_from_slice(part);
        }
        Outcome::Complete { indicator, packet }
    }
}

#[cfg(test)]
mod tests;
