use super::TpduError;
use super::reader::Reader;
use crate::gsm7;
use std::fmt;

const INTERNATIONAL: u8 = 0x91;
const ALPHANUMERIC: u8 = 0xD0;
/// Type-of-number bits of the type octet.
const TON: u8 = 0x70;
const MAX_SEMI_OCTETS: u8 = 20;
const DIGITS: [char; 15] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];
const FILL: u8 = 0x0F;

/// An originating or destination address, TS 23.040 9.1.2.5: digits or, packed in 7 bits, a name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Type of number and numbering plan, with the extension bit: 81 unknown, 91 international, D0 alphanumeric.
    ton_npi: u8,
    semi_octets: u8,
    value: Vec<u8>,
}

impl Address {
    /// Digits (also `*`, `#`, `a` to `c`) under a type octet that is not alphanumeric.
    ///
    /// # Errors
    /// [`TpduError::Address`] for other characters or more than 20.
    pub fn new(ton_npi: u8, digits: &str) -> Result<Self, TpduError> {
        if ton_npi & TON == ALPHANUMERIC & TON {
            return Err(TpduError::Address);
        }
        let nibbles = digits.chars().map(nibble).collect::<Option<Vec<_>>>().ok_or(TpduError::Address)?;
        let semi_octets = u8::try_from(nibbles.len()).map_err(|_| TpduError::Address)?;
        if semi_octets > MAX_SEMI_OCTETS {
            return Err(TpduError::Address);
        }
        let octet = |pair: &[u8]| match pair {
            [low, high] => high << 4 | low,
            [low] => FILL << 4 | low,
            _ => 0xFF,
        };
        Ok(Self { ton_npi: ton_npi | 0x80, semi_octets, value: nibbles.chunks(2).map(octet).collect() })
    }

    /// An international number, without plus.
    ///
    /// # Errors
    /// [`TpduError::Address`].
    pub fn international(digits: &str) -> Result<Self, TpduError> {
        Self::new(INTERNATIONAL, digits)
    }

    /// A name of at most 11 septets.
    ///
    /// # Errors
    /// [`TpduError::Address`] for characters outside the GSM alphabet or too many.
    pub fn alphanumeric(name: &str) -> Result<Self, TpduError> {
        let septets = gsm7::to_septets(name).map_err(|_| TpduError::Address)?;
        let semi_octets = u8::try_from((septets.len() * 7).div_ceil(4)).map_err(|_| TpduError::Address)?;
        if semi_octets > MAX_SEMI_OCTETS {
            return Err(TpduError::Address);
        }
        Ok(Self { ton_npi: ALPHANUMERIC, semi_octets, value: gsm7::pack_septets(&septets) })
    }

    /// The type octet.
    #[must_use]
    pub const fn ton_npi(&self) -> u8 {
        self.ton_npi
    }

    /// The value octets as they travel.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.value
    }

    /// The digits; `None` for a name, or if a nibble is no digit.
    #[must_use]
    pub fn digits(&self) -> Option<String> {
        if self.is_alphanumeric() {
            return None;
        }
        let nibbles = self.value.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
        nibbles
            .take(usize::from(self.semi_octets))
            .map(|nibble| DIGITS.get(usize::from(nibble)).copied())
            .collect()
    }

    /// The name; `None` for digits, or if it does not decode.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if !self.is_alphanumeric() {
            return None;
        }
        let count = usize::from(self.semi_octets) * 4 / 7;
        gsm7::from_septets(&gsm7::unpack_septets(&self.value, count).ok()?).ok()
    }

    const fn is_alphanumeric(&self) -> bool {
        self.ton_npi & TON == ALPHANUMERIC & TON
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, TpduError> {
        let semi_octets = reader.octet()?;
        let ton_npi = reader.octet()?;
        if semi_octets > MAX_SEMI_OCTETS {
            return Err(TpduError::Address);
        }
        let value = reader.take(usize::from(semi_octets).div_ceil(2))?.to_vec();
        Ok(Self { ton_npi, semi_octets, value })
    }

    pub(super) fn write(&self, octets: &mut Vec<u8>) {
        octets.extend_from_slice(&[self.semi_octets, self.ton_npi]);
        octets.extend_from_slice(&self.value);
    }
}

impl fmt::Debug for Address {
    /// Shows the last two digits at most: a number is a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits().unwrap_or_default();
        let tail: String = digits.chars().skip(digits.len().saturating_sub(2)).collect();
        write!(f, "Address({:02X}, {} semi-octets, ..{tail})", self.ton_npi, self.semi_octets)
    }
}

fn nibble(digit: char) -> Option<u8> {
    DIGITS.iter().position(|known| *known == digit).and_then(|at| u8::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(address: &Address) -> String {
        let mut octets = Vec::new();
        address.write(&mut octets);
        hex::encode(octets)
    }

    #[test]
    fn digits_and_names() {
        let number = Address::international("61416271170").unwrap();
        assert_eq!(written(&number), "0b911614261771f0");
        assert_eq!(number.digits().as_deref(), Some("61416271170"));
        assert_eq!(number.name(), None);
        assert!(!format!("{number:?}").contains("6141"));
        let name = Address::alphanumeric("ukko").unwrap();
        assert_eq!(name.name().as_deref(), Some("ukko"));
        assert_eq!(Address::alphanumeric("12345678901").unwrap().name().as_deref(), Some("12345678901"));
        assert_eq!(Address::alphanumeric("123456789012").err(), Some(TpduError::Address));
        assert_eq!(Address::new(0x81, "12x").err(), Some(TpduError::Address));
        assert_eq!(Address::new(0x81, &"1".repeat(21)).err(), Some(TpduError::Address));
    }
}
