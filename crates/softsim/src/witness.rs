//! What a card has seen since it was powered on, for tests: how often it asked its person, and whether a counter came with
//! two payloads. Nothing in the card depends on it.
use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
};

use card_ota::packet::Counter;

/// Packets whose counter is remembered: more than any transaction sends.
const REMEMBERED: usize = 64;

/// A card's testimony. Gone with the power.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Requests that were shown to the person.
    pub prompts: u64,
    /// Authentic packets under a counter that had come with another payload: never right.
    pub counters_reused: u64,
}

#[derive(Default)]
pub(crate) struct Witness {
    said: Testimony,
    packets: VecDeque<(Counter, u64)>,
}

impl Witness {
    /// The person is shown a request.
    pub(crate) fn prompted(&mut self) {
        self.said.prompts += 1;
    }

    /// An authentic packet came, fresh or not. The same octets again are the network's doing.
    pub(crate) fn packet(&mut self, counter: Counter, octets: &[u8]) {
        let mut hasher = DefaultHasher::new();
        octets.hash(&mut hasher);
        let packet = (counter, hasher.finish());
        if self.packets.contains(&packet) {
            return;
        }
        if self.packets.iter().any(|(other, _)| *other == counter) {
            self.said.counters_reused += 1;
        }
        if self.packets.len() >= REMEMBERED {
            self.packets.pop_front();
        }
        self.packets.push_back(packet);
    }

    pub(crate) fn testimony(&self) -> Testimony {
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_with_two_payloads_is_noticed_and_a_repeat_is_not() {
        let mut witness = Witness::default();
        witness.packet(Counter::ZERO, b"one");
        witness.packet(Counter::ZERO, b"one");
        assert_eq!(witness.testimony().counters_reused, 0);
        witness.packet(Counter::ZERO, b"two");
        assert_eq!(witness.testimony().counters_reused, 1);
    }
}
