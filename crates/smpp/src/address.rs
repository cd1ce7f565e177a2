//! Addresses: type of number, numbering plan, digits (SMPP 3.4, 5.2.5 to 5.2.9).

use std::fmt;

use crate::{COctetString, malformed::Malformed, reader::Reader};

/// Source or destination of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Type of number: 0 unknown, 1 international, 2 national, 3 network specific, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan indicator: 0 unknown, 1 E.164.
    pub npi: u8,
    /// The number without `+`, or the name of an alphanumeric sender.
    pub number: COctetString<21>,
}

impl Address {
    /// An E.164 number, given without `+`; `None` when it is no 1 to 15 digits.
    pub fn international(digits: &str) -> Option<Self> {
        let fits = (1..=15).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit());
        let number = COctetString::try_from(digits).ok().filter(|_| fits)?;
        Some(Self { ton: 1, npi: 1, number })
    }

    /// A short number of the network (type network specific, plan unknown); `None` when it is longer than 20 octets.
    pub fn short_number(digits: &str) -> Option<Self> {
        Some(Self { ton: 3, npi: 0, number: COctetString::try_from(digits).ok()? })
    }

    pub(crate) fn decode(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Malformed> {
        Ok(Self { ton: reader.octet(field)?, npi: reader.octet(field)?, number: reader.text(field)? })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.ton);
        out.push(self.npi);
        self.number.encode(out);
    }
}

/// Shows the last two characters only: a number names a person.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.as_octets();
        let tail = number.get(number.len().saturating_sub(2)..).unwrap_or_default();
        write!(f, "{}/{}:..{}", self.ton, self.npi, tail.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_numbers_are_digits_only() {
        assert!(Address::international("358401234567").is_some());
        for wrong in ["", "+358401234567", "1234567890123456", "12a"] {
            assert!(Address::international(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn debug_masks_the_number() {
        let shown = format!("{:?}", Address::international("358401234567").unwrap());
        assert_eq!(shown, "1/1:..67");
    }
}
