use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A PIN of 4 to 12 digits. Wiped when dropped; never shown.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pin {
    digits: [u8; Pin::MAX],
    length: u8,
}

impl Pin {
    /// Fewest digits.
    pub const MIN: usize = 4;
    /// Most digits.
    pub const MAX: usize = 12;

    /// Reads what a person typed.
    ///
    /// # Errors
    /// When it is not 4 to 12 ASCII digits.
    pub fn parse(text: &str) -> Result<Self, NotAPin> {
        Self::from_octets(text.as_bytes())
    }

    pub(crate) fn from_octets(octets: &[u8]) -> Result<Self, NotAPin> {
        if octets.len() < Self::MIN || !octets.iter().all(u8::is_ascii_digit) {
            return Err(NotAPin);
        }
        let mut pin =
            Self { digits: [0; Self::MAX], length: u8::try_from(octets.len()).map_err(|_| NotAPin)? };
        pin.digits.get_mut(..octets.len()).ok_or(NotAPin)?.copy_from_slice(octets);
        Ok(pin)
    }

    /// Chooses one at random, every digit from its own octet of `entropy`; `length` is brought into 4 to 12.
    #[must_use]
    pub fn choose(length: usize, entropy: &mut dyn FnMut(&mut [u8])) -> Self {
        let length = length.clamp(Self::MIN, Self::MAX);
        let mut digits = [0; Self::MAX];
        for digit in digits.iter_mut().take(length) {
            // 250 is the largest multiple of ten in an octet: above it a digit would be more likely than another.
            let mut octet = [u8::MAX];
            for _ in 0..64 {
                entropy(&mut octet);
                if octet[0] < 250 {
                    break;
                }
            }
            *digit = b'0' + octet[0] % 10;
        }
        Self { digits, length: u8::try_from(length).unwrap_or(4) }
    }

    /// The digits as text, for the person's own eyes.
    #[must_use]
    pub fn digits(&self) -> &str {
        std::str::from_utf8(self.octets()).unwrap_or_default()
    }

    /// How many digits.
    #[must_use]
    pub fn length(&self) -> usize {
        usize::from(self.length)
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.digits.get(..self.length()).unwrap_or_default()
    }

    pub(crate) fn copy(&self) -> Self {
        Self { digits: self.digits, length: self.length }
    }

    /// Another PIN of the same length: what a person types who remembers it wrongly.
    pub(crate) fn mistyped(&self) -> Self {
        let mut wrong = self.copy();
        if let Some(digit) = wrong.digits.first_mut() {
            *digit = b'0' + (*digit - b'0' + 1) % 10;
        }
        wrong
    }

    /// Compares without stopping at the first difference.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let differences = self.digits.iter().zip(&other.digits).fold(0, |all, (a, b)| all | (a ^ b));
        differences == 0 && self.length == other.length
    }
}

/// What was typed is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a PIN is 4 to 12 digits")]
pub struct NotAPin;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_of_a_sane_number_are_a_pin() {
        for good in ["1234", "123456789012"] {
            assert_eq!(Pin::parse(good).unwrap().digits(), good);
        }
        for bad in ["", "123", "1234567890123", "12a4", "١٢٣٤", " 1234"] {
            assert!(Pin::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn equality_minds_the_length_and_a_mistyped_pin_differs() {
        let pin = Pin::parse("0000").unwrap();
        assert!(pin.matches(&Pin::parse("0000").unwrap()));
        assert!(!pin.matches(&Pin::parse("00000").unwrap()));
        assert!(!pin.matches(&pin.mistyped()));
        assert_eq!(Pin::parse("9123").unwrap().mistyped().digits(), "0123");
    }

    #[test]
    fn chosen_pins_are_digits_even_from_a_stuck_generator() {
        assert_eq!(Pin::choose(6, &mut |b| b.fill(255)).digits().len(), 6);
        let mut next = 0;
        let pin = Pin::choose(40, &mut |b| {
            b.fill_with(|| {
                next += 1;
                next
            })
        });
        assert_eq!(pin.digits(), "123456789012");
    }
}
