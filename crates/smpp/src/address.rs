//! Addresses: type of number, numbering plan, digits (SMPP 3.4, 5.2.5 to 5.2.9).

use std::fmt;

use crate::{COctetString, malformed::Malformed, reader::Reader};

/// Source or destination of a message. `MAX` is the greatest length of the number, its NUL counted: 21 in submit_sm and
/// deliver_sm, 65 in data_sm and alert_notification.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Address<const MAX: usize = 21> {
    /// Type of number: 0 unknown, 1 international, 2 national, 3 network specific, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan indicator: 0 unknown, 1 E.164.
    pub npi: u8,
    /// The number without `+`, or the name of an alphanumeric sender.
    pub number: COctetString<MAX>,
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

    /// The same address in a wider field; all of them fit.
    pub fn widened(&self) -> Address<65> {
        let number = COctetString::new(self.number.as_octets()).unwrap_or_default();
        Address { ton: self.ton, npi: self.npi, number }
    }
}

impl Address<65> {
    /// The same address in the field of submit_sm and deliver_sm; `None` when it is longer than 20 octets.
    pub fn narrowed(&self) -> Option<Address> {
        let number = COctetString::new(self.number.as_octets()).ok()?;
        Some(Address { ton: self.ton, npi: self.npi, number })
    }
}

impl<const MAX: usize> Address<MAX> {
    /// The telephone number as E.164 digits without `+`, from the ways in which SMSCs write one: with or without `+`,
    /// with `00` before it, or national. `country` is the country code that national numbers belong to; without one
    /// they name nobody. `None` for names, short numbers and whatever else is no telephone number.
    pub fn e164(&self, country: Option<&str>) -> Option<String> {
        let text = self.number.as_str()?.trim();
        let (plus, text) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
        if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        let national = |text: &str| country.map(|code| format!("{code}{}", text.trim_start_matches('0')));
        let digits = match self.ton {
            // Whatever the type of number says, `+` and `00` start an international number.
            0..=2 if plus => text.to_owned(),
            0..=2 if text.starts_with("00") => text.get(2..)?.to_owned(),
            1 => text.to_owned(),
            2 => national(text)?,
            0 if text.starts_with('0') => national(text)?,
            0 => text.to_owned(),
            // Network specific, subscriber, alphanumeric, abbreviated: nothing outside the network.
            _ => return None,
        };
        ((5..=15).contains(&digits.len()) && !digits.starts_with('0')).then_some(digits)
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
impl<const MAX: usize> fmt::Debug for Address<MAX> {
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
    fn one_telephone_number_has_many_spellings() {
        let read = |ton, text: &str| {
            let number = COctetString::<21>::try_from(text).unwrap();
            Address { ton, npi: 1, number }.e164(Some("358"))
        };
        let spellings = [
            (1, "358401234567"),
            (1, "+358401234567"),
            (1, "00358401234567"),
            (0, "358401234567"),
            (0, "+358401234567"),
            (0, "00358401234567"),
            (0, "0401234567"),
            (2, "401234567"),
            (2, "0401234567"),
            (2, "+358401234567"),
        ];
        for (ton, text) in spellings {
            assert_eq!(read(ton, text).as_deref(), Some("358401234567"), "{ton} {text}");
        }
        let nobody =
            [(5, "Bank"), (5, "358401234567"), (3, "17171"), (6, "17171"), (1, "1234"), (1, ""), (1, "+")];
        let odd = [(1, "0401234567"), (1, "35840123456A"), (1, "1234567890123456"), (1, "+-358401234567")];
        for (ton, text) in nobody.into_iter().chain(odd) {
            assert_eq!(read(ton, text), None, "{ton} {text}");
        }
        let national =
            Address { ton: 2, npi: 1, number: COctetString::<21>::try_from("0401234567").unwrap() };
        assert_eq!(national.e164(None), None, "whose nation?");
    }

    #[test]
    fn fields_of_both_lengths_hold_the_same_number() {
        let narrow = Address::international("358401234567").unwrap();
        assert_eq!(narrow.widened().narrowed(), Some(narrow));
        let number = COctetString::new(&[b'1'; 21]).unwrap();
        assert_eq!(Address::<65> { ton: 1, npi: 1, number }.narrowed(), None);
    }

    #[test]
    fn debug_masks_the_number() {
        let shown = format!("{:?}", Address::international("358401234567").unwrap());
        assert_eq!(shown, "1/1:..67");
    }
}
