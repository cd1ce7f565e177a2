use super::{CounterMode, Rsc, Spi};

/// The 40-bit counter of a key set. It only ever rises; [`Counter::BLOCKED`] ends its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter(u64);

impl Counter {
    /// Where a fresh key set stands; the first counter sent is one more.
    pub const ZERO: Self = Self(0);
    /// FFFFFFFFFF: a card whose counter stands here takes nothing more under that key set, so it is never sealed.
    pub const BLOCKED: Self = Self(0xFF_FFFF_FFFF);

    /// A counter with this value; `None` above 40 bits.
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        if value <= Self::BLOCKED.0 { Some(Self(value)) } else { None }
    }

    /// The next counter; `None` when only the blocked value is left.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        if self.0 + 1 < Self::BLOCKED.0 { Some(Self(self.0 + 1)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// As it stands in a packet, big endian.
    #[must_use]
    pub const fn octets(self) -> [u8; 5] {
        let [_, _, _, a, b, c, d, e] = self.0.to_be_bytes();
        [a, b, c, d, e]
    }

    /// From its five octets in a packet.
    #[must_use]
    pub const fn from_octets(octets: [u8; 5]) -> Self {
        let [a, b, c, d, e] = octets;
        Self(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
    }
}

/// A receiver's counter rule, TS 102 225 5.1.4, after integrity was checked: `stored` is the last accepted value.
/// On success the receiver stores `received`.
///
/// # Errors
/// The response status to answer: low, high or blocked.
pub fn check_counter(spi: Spi, received: Counter, stored: Counter) -> Result<(), Rsc> {
    match spi.counter_mode() {
        CounterMode::None | CounterMode::Unchecked => Ok(()),
        _ if stored == Counter::BLOCKED || received == Counter::BLOCKED => Err(Rsc::CNTR_BLOCKED),
        _ if received <= stored => Err(Rsc::CNTR_LOW),
        CounterMode::PlusOne if received.0 != stored.0 + 1 => Err(Rsc::CNTR_HIGH),
        CounterMode::Higher | CounterMode::PlusOne => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_bits() {
        assert_eq!(Counter::new(1 << 40), None);
        let last = Counter::new(0xFF_FFFF_FFFE).unwrap();
        assert_eq!(last.next(), None);
        assert_eq!(Counter::from_octets(last.octets()), last);
        assert_eq!(Counter::new(0xFF_FFFF_FFFD).unwrap().next(), Some(last));
        assert_eq!(Counter::BLOCKED.next(), None);
    }

    #[test]
    fn rules() {
        let at = |n| Counter::new(n).unwrap();
        let (rising, strict) = (Spi([0x16, 0]), Spi([0x1E, 0]));
        assert_eq!(check_counter(rising, at(9), at(6)), Ok(()));
        assert_eq!(check_counter(rising, at(6), at(6)), Err(Rsc::CNTR_LOW));
        assert_eq!(check_counter(strict, at(9), at(6)), Err(Rsc::CNTR_HIGH));
        assert_eq!(check_counter(strict, at(7), at(6)), Ok(()));
        assert_eq!(check_counter(strict, at(5), at(6)), Err(Rsc::CNTR_LOW));
        assert_eq!(check_counter(rising, Counter::BLOCKED, at(6)), Err(Rsc::CNTR_BLOCKED));
        assert_eq!(check_counter(Spi([0x06, 0]), at(0), at(6)), Ok(()));
    }
}
