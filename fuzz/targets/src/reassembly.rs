//! Sequences of short messages against a [`Reassembly`] and a model of it that is too simple to be wrong.
use std::collections::BTreeMap;

use card_ota::{
    reassembly::{Limits, Outcome, Reassembly, Refusal},
    segment::{Indicator, MAX_SEGMENTS, USER_DATA, segment, segment_wide},
    udh::{Concatenation, Udh},
};

use crate::choices::Choices;

/// Few enough to be reached by a fuzzer.
const LIMITS: Limits = Limits { timeout_ms: 5_000, sets_per_source: 3, sets: 5, octets: 900 };
/// Most operations of one input.
const STEPS: usize = 200;

type Key = (u16, bool, u8);

/// One open set of the model.
#[derive(Default)]
struct Set {
    opened: u64,
    indicator: Option<Indicator>,
    parts: BTreeMap<u8, Vec<u8>>,
}

impl Set {
    fn octets(&self) -> usize {
        self.parts.values().map(Vec::len).sum()
    }
}

#[derive(Default)]
struct Model {
    sets: BTreeMap<(u8, Key), Set>,
    /// Complete ones, for a while: a part that comes once more opens nothing.
    finished: BTreeMap<(u8, Key), Set>,
}

/// A sequence of operations.
///
/// # Panics
/// When the reassembly and the model differ, or a limit does not hold.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let mut real = Reassembly::with_limits(LIMITS);
    let mut model = Model::default();
    let (mut now, mut steps) = (0_u64, 0);
    while !choices.is_empty() && steps < STEPS {
        steps += 1;
        let source = choices.below(4);
        match choices.below(8) {
            0 => {
                now += u64::from(choices.octet()) * 40;
                assert_eq!(real.expire(now), model.expire(now, |_| true), "what expires");
            }
            // The octets as they come.
            1 => {
                let ud = choices.counted();
                compare(&mut real, &mut model, source, ud, now);
            }
            2 if choices.is() => {
                let part = Concatenation {
                    reference: choices.word() & 3,
                    wide: choices.is(),
                    total: choices.below(10),
                    sequence: choices.below(10),
                };
                let ud = choices.counted();
                let outcome = real.accept_beside(&source, part, ud, now);
                assert_eq!(outcome, model.beside(source, part, ud, now));
            }
            2 => {
                let part = Concatenation {
                    reference: choices.word() & 3,
                    wide: choices.is(),
                    total: choices.below(10),
                    sequence: choices.below(10),
                };
                let indicator = choices.of(&[None, Some(Indicator::Command), Some(Indicator::Response)]);
                let payload = choices.counted();
                let outcome = real.accept_part(&source, part, indicator, payload, now);
                assert_eq!(outcome, model.part(source, part, indicator, payload, now));
            }
            // One part of a packet that was cut by us.
            _ => {
                let length = usize::from(choices.word() % 1_200);
                let reference = choices.octet() & 3;
                let packet: Vec<u8> = (0..length).map(|at| at as u8 ^ reference).collect();
                let indicator = choices.of(&[Indicator::Command, Indicator::Response]);
                let parts = if choices.is() {
                    segment_wide(&packet, indicator, u16::from(reference))
                } else {
                    segment(&packet, indicator, reference)
                };
                let Ok(parts) = parts else { continue };
                assert!(parts.len() <= MAX_SEGMENTS && parts.iter().all(|part| part.len() <= USER_DATA));
                let at = usize::from(choices.octet());
                if at == 255 {
                    all_parts(&parts, indicator, &packet);
                } else {
                    compare(&mut real, &mut model, source, &parts[at % parts.len()], now);
                }
            }
        }
        assert_eq!(real.open_sets(), model.sets.len());
        assert!(real.open_sets() <= LIMITS.sets && real.held_octets() <= LIMITS.octets);
        assert_eq!(real.held_octets(), model.held_octets());
        for source in 0..4 {
            assert!(model.sets.keys().filter(|(of, _)| *of == source).count() <= LIMITS.sets_per_source);
        }
    }
}

/// Every part, the last one first, is the packet again.
fn all_parts(parts: &[Vec<u8>], indicator: Indicator, packet: &[u8]) {
    let mut fresh = Reassembly::new();
    let mut last = Outcome::Partial;
    for part in parts.iter().rev() {
        assert_eq!(last, Outcome::Partial);
        last = fresh.accept(&0, part, 0);
    }
    assert_eq!(last, Outcome::Complete { indicator, packet: packet.to_vec() });
    assert_eq!(fresh.open_sets(), 0);
}

fn compare(real: &mut Reassembly<u8>, model: &mut Model, source: u8, ud: &[u8], now: u64) {
    assert_eq!(real.accept(&source, ud, now), model.accept(source, ud, now));
}

impl Model {
    fn accept(&mut self, source: u8, ud: &[u8], now: u64) -> Outcome {
        if ud.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        let Ok((header, payload)) = Udh::split(ud) else { return Outcome::Refused(Refusal::Header) };
        match (header.concatenation(), header.indicator()) {
            (Err(_), _) => Outcome::Refused(Refusal::Header),
            (Ok(Some(part)), None) if header.vendor_header().is_some() => {
                self.refused(source, part, unsecured(header))
            }
            (Ok(Some(part)), indicator) => self.part(source, part, indicator, payload, now),
            (Ok(None), Some(indicator)) => Outcome::Complete { indicator, packet: payload.to_vec() },
            (Ok(None), None) => Outcome::Refused(unsecured(header)),
        }
    }

    fn beside(&mut self, source: u8, part: Concatenation, ud: &[u8], now: u64) -> Outcome {
        if ud.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        let Ok((header, payload)) = Udh::split(ud) else { return Outcome::Refused(Refusal::Header) };
        if header.indicator().is_none() && header.vendor_header().is_some() {
            return self.refused(source, part, unsecured(header));
        }
        self.part(source, part, header.indicator(), payload, now)
    }

    fn held_octets(&self) -> usize {
        self.sets.values().map(Set::octets).sum()
    }

    fn expire(&mut self, now: u64, whose: impl Fn(u8) -> bool) -> usize {
        let before = self.sets.len();
        let stays = |source: u8, set: &Set| !whose(source) || now - set.opened < LIMITS.timeout_ms;
        self.sets.retain(|(source, _), set| stays(*source, set));
        self.finished.retain(|(source, _), set| stays(*source, set));
        before - self.sets.len()
    }

    /// A part whose header says that nobody will use it.
    fn refused(&mut self, source: u8, part: Concatenation, refusal: Refusal) -> Outcome {
        if part.sequence == 1 {
            self.sets.remove(&(source, (part.reference, part.wide, part.total)));
        }
        Outcome::Refused(refusal)
    }

    fn finish(&mut self, key: (u8, Key), set: Set) {
        if self.finished.len() >= LIMITS.sets {
            return;
        }
        let own = || self.finished.iter().filter(|((source, _), _)| *source == key.0);
        if own().count() >= LIMITS.sets_per_source && !self.finished.contains_key(&key) {
            let oldest = own().min_by_key(|(_, set)| set.opened).map(|(key, _)| *key);
            oldest.map(|key| self.finished.remove(&key));
        }
        self.finished.insert(key, set);
    }

    fn part(
        &mut self,
        source: u8,
        part: Concatenation,
        indicator: Option<Indicator>,
        payload: &[u8],
        now: u64,
    ) -> Outcome {
        let Concatenation { reference, wide, total, sequence } = part;
        if payload.len() > USER_DATA {
            return Outcome::Refused(Refusal::TooLong);
        }
        if sequence == 0 || sequence > total || usize::from(total) > MAX_SEGMENTS {
            return Outcome::Refused(Refusal::Numbers);
        }
        self.expire(now, |of| of == source);
        let key = (source, (reference, wide, total));
        if sequence == 1 && indicator.is_none() {
            self.sets.remove(&key);
            return Outcome::Refused(Refusal::NotSecured);
        }
        let exists = self.sets.contains_key(&key);
        let once = self.finished.get(&key).and_then(|set| set.parts.get(&sequence));
        if !exists && once.is_some_and(|once| once == payload) {
            return Outcome::Duplicate;
        }
        if !exists && self.sets.keys().filter(|(of, _)| *of == source).count() >= LIMITS.sets_per_source {
            return Outcome::Refused(Refusal::SourceFull);
        }
        let full = |model: &Self| {
            let sets = !exists && model.sets.len() >= LIMITS.sets;
            sets || model.held_octets() + payload.len() > LIMITS.octets
        };
        if full(self) && (self.expire(now, |_| true) == 0 || full(self)) {
            return Outcome::Refused(Refusal::Full);
        }
        if !exists {
            self.sets.insert(key, Set { opened: now, ..Set::default() });
        }
        let set = self.sets.get_mut(&key).expect("just made");
        if let Some(held) = set.parts.get(&sequence) {
            if held == payload && (sequence != 1 || set.indicator == indicator) {
                return Outcome::Duplicate;
            }
            self.sets.remove(&key);
            return Outcome::Refused(Refusal::Conflict);
        }
        set.parts.insert(sequence, payload.to_vec());
        if sequence == 1 {
            set.indicator = indicator;
        }
        if set.parts.len() < usize::from(total) {
            return Outcome::Partial;
        }
        let set = self.sets.remove(&key).expect("just seen");
        let packet = set.parts.values().flatten().copied().collect();
        let indicator = set.indicator.expect("the first part has one");
        self.finish(key, set);
        Outcome::Complete { indicator, packet }
    }
}

fn unsecured(header: Udh<'_>) -> Refusal {
    header.vendor_header().map_or(Refusal::NotSecured, Refusal::Vendor)
}

/// Sequences in our own coding of operations: parts in order, twice, of several sources, with time between.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let cut = |source: u8, length: u16, wide: u8, at: u8| {
        let [high, low] = length.to_be_bytes();
        vec![source, 3, high, low, 1, 0, wide, at]
    };
    let mut in_order = Vec::new();
    for at in 0..4 {
        in_order.extend(cut(0, 400, 0, at));
    }
    let mut mixed = Vec::new();
    for at in [2, 0, 0, 1, 3] {
        mixed.extend(cut(1, 400, 1, at));
        mixed.extend(cut(2, 300, 0, at));
        mixed.extend([0, 0, 50]);
    }
    let mut whole = cut(0, 1_069, 0, 255);
    whole.extend(cut(0, 1_070, 1, 255));
    let part = segment(&[5; 200], Indicator::Response, 3).unwrap().remove(1);
    let raw = [&[1, 1, part.len() as u8][..], &part].concat();
    let apart = vec![0, 2, 0, 0, 1, 0, 2, 1, 1, 3, 9, 9, 9, 0, 2, 0, 0, 1, 0, 2, 2, 1, 3, 8, 8, 8];
    let beside = vec![0, 2, 1, 0, 1, 0, 2, 1, 4, 2, 0x70, 0, 9, 0, 2, 1, 0, 1, 0, 2, 2, 2, 0, 8];
    let vendor = vec![0, 1, 8, 7, 0, 3, 1, 2, 1, 0x7F, 0];
    let twice = in_order.repeat(2);
    vec![in_order, mixed, whole, raw, apart, beside, vendor, twice]
}
