//! A small mutator for the replay on the stable compiler: the same seed gives the same inputs on every machine.

/// Longest input it makes.
const LONGEST: usize = 8 * 1024;

/// xorshift64* with a few mutations.
pub struct Mutator(u64);

impl Mutator {
    /// A walk of its own for each `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.next() >> 16) % bound).unwrap_or(0)
    }

    /// One input after one to four mutations; `other` lends octets to a splice.
    pub fn mutate(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut octets = input.to_vec();
        for _ in 0..=self.below(4) {
            self.once(&mut octets, other);
        }
        octets.truncate(LONGEST);
        octets
    }

    fn once(&mut self, octets: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(octets.len());
        let end = at + self.below(octets.len() - at + 1).min(32);
        match self.below(8) {
            0 if !octets.is_empty() => octets[at] ^= 1 << self.below(8),
            1 if !octets.is_empty() => octets[at] = [0, 1, 0x7F, 0x80, 0xFF][self.below(5)],
            2 if !octets.is_empty() => {
                octets[at] = octets[at].wrapping_add(self.below(5) as u8).wrapping_sub(2)
            }
            3 => octets.truncate(at),
            4 => drop(octets.drain(at..end)),
            5 => {
                let piece = octets[at..end].to_vec();
                octets.splice(at..at, piece);
            }
            6 if !other.is_empty() => {
                let from = self.below(other.len());
                let to = from + 1 + self.below((other.len() - from).min(64));
                octets.splice(at..end, other[from..to.min(other.len())].iter().copied());
            }
            _ => octets.insert(at, self.below(256) as u8),
        }
    }
}
