use super::OsapError;
use crate::gsm7;
use thiserror::Error;

const DCS_GSM7: u8 = 0x00;
const DCS_ASCII: u8 = 0x04;
const DCS_UCS2: u8 = 0x08;

/// How a text is coded on its way to the card; the octet is a TS 23.038 data coding scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// GSM default alphabet, packed (00).
    Gsm7,
    /// UCS-2, big endian (08).
    Ucs2,
}

/// Why a text cannot go on a card's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScreenTextError {
    /// Nothing in it.
    #[error("the text is empty")]
    Empty,
    /// Its coding has more octets than [`ScreenText::MAX_OCTETS`].
    #[error("the text is too long")]
    TooLong,
    /// A character outside the basic plane.
    #[error("character U+{0:04X} cannot be coded")]
    Unencodable(u32),
}

/// A text for the screen of a handset, with the coding it travels in: the GSM alphabet whenever it can, else UCS-2.
///
/// Decoding what was encoded gives the same text. What may be shown at all is decided before (no control or direction
/// characters); this type only sees to it that nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenText {
    text: String,
    coding: Coding,
}

impl ScreenText {
    /// The most octets of a coded text.
    pub const MAX_OCTETS: usize = 512;

    /// A text that can be coded.
    ///
    /// # Errors
    /// [`ScreenTextError`].
    pub fn new(text: impl Into<String>) -> Result<Self, ScreenTextError> {
        let text = text.into();
        if text.is_empty() {
            return Err(ScreenTextError::Empty);
        }
        let (coding, octets) = match gsm7::septet_count(&text) {
            // Packed, a last carriage return on an octet boundary would read as filling and be lost.
            Some(septets) if !(text.ends_with('\r') && septets.is_multiple_of(8)) => {
                (Coding::Gsm7, (septets * 7).div_ceil(8))
            }
            _ => (Coding::Ucs2, ucs2_octets(&text)?),
        };
        if octets > Self::MAX_OCTETS { Err(ScreenTextError::TooLong) } else { Ok(Self { text, coding }) }
    }

    /// The text; its UTF-8 octets are what mode 2 signs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// How it travels.
    #[must_use]
    pub const fn coding(&self) -> Coding {
        self.coding
    }

    /// The data coding scheme and the coded text: the value of its TLV.
    pub(super) fn octets(&self) -> Vec<u8> {
        match self.coding {
            Coding::Gsm7 => {
                // The constructor has seen every character in the alphabet.
                let mut octets = gsm7::pack(&gsm7::to_septets(&self.text).unwrap_or_default());
                octets.insert(0, DCS_GSM7);
                octets
            }
            Coding::Ucs2 => {
                let mut octets = Vec::with_capacity(1 + 2 * self.text.len());
                octets.push(DCS_UCS2);
                octets.extend(self.text.encode_utf16().flat_map(u16::to_be_bytes));
                octets
            }
        }
    }

    pub(super) fn from_octets(value: &[u8]) -> Result<Self, OsapError> {
        let (dcs, coded) = value.split_first().ok_or(OsapError::Value)?;
        let text = match *dcs {
            DCS_GSM7 => gsm7::from_septets(&gsm7::unpack(coded)).map_err(|_| OsapError::Text)?,
            DCS_ASCII if coded.is_ascii() => coded.iter().map(|octet| char::from(*octet)).collect(),
            DCS_UCS2 => from_ucs2(coded).ok_or(OsapError::Text)?,
            _ => return Err(OsapError::Text),
        };
        Self::new(text).map_err(|_| OsapError::Text)
    }
}

fn ucs2_octets(text: &str) -> Result<usize, ScreenTextError> {
    match text.chars().find(|character| u32::from(*character) > 0xFFFF) {
        Some(character) => Err(ScreenTextError::Unencodable(character.into())),
        None => Ok(2 * text.chars().count()),
    }
}

/// `None` for an odd octet or a surrogate, which UCS-2 does not have.
fn from_ucs2(coded: &[u8]) -> Option<String> {
    let (units, left) = coded.as_chunks::<2>();
    let text = units.iter().map(|unit| char::from_u32(u16::from_be_bytes(*unit).into())).collect();
    if left.is_empty() { text } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(text: &str, coding: Coding) {
        let screen = ScreenText::new(text).unwrap();
        assert_eq!(screen.coding(), coding, "{text:?}");
        assert_eq!(ScreenText::from_octets(&screen.octets()).as_ref(), Ok(&screen));
    }

    #[test]
    fn codings() {
        round_trip("Pay 12 € to Kiosk?", Coding::Gsm7);
        round_trip("@", Coding::Gsm7);
        round_trip("1234567", Coding::Gsm7);
        round_trip("12345678", Coding::Gsm7);
        round_trip("1234567\r", Coding::Ucs2);
        round_trip("123456\r", Coding::Gsm7);
        round_trip("1234567\r\r", Coding::Gsm7);
        round_trip("Да", Coding::Ucs2);
        round_trip("a`b", Coding::Ucs2);
        assert_eq!(ScreenText::from_octets(b"\x04Hello").unwrap(), ScreenText::new("Hello").unwrap());
        for bad in ["", "00", "04", "08", "0800", "08d800", "0480", "05aa", "001b"] {
            assert!(ScreenText::from_octets(&hex::decode(bad).unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(ScreenText::new(""), Err(ScreenTextError::Empty));
        assert_eq!(ScreenText::new("😀"), Err(ScreenTextError::Unencodable(0x1F600)));
        assert!(ScreenText::new("a".repeat(585)).is_ok());
        assert_eq!(ScreenText::new("a".repeat(586)), Err(ScreenTextError::TooLong));
        assert!(ScreenText::new("ж".repeat(256)).is_ok());
        assert_eq!(ScreenText::new("ж".repeat(257)), Err(ScreenTextError::TooLong));
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[\u{0}-\u{7f}\u{a0}-\u{ff}€\r@Ωж]{1,60}") {
            let screen = ScreenText::new(text.clone()).unwrap();
            let decoded = ScreenText::from_octets(&screen.octets()).unwrap();
            prop_assert_eq!(decoded.as_str(), text);
        }

        #[test]
        fn gsm_texts_of_every_length(text in "[@A-Za-z0-9\r\n€{}]{1,40}") {
            let screen = ScreenText::new(text.clone()).unwrap();
            prop_assert_eq!(ScreenText::from_octets(&screen.octets()).unwrap().into_string(), text);
        }

        #[test]
        fn any_octets(value in proptest::collection::vec(any::<u8>(), 0..60), dcs in 0u8..10) {
            let _ = ScreenText::from_octets(&value);
            let _ = ScreenText::from_octets(&[&[dcs], &value[..]].concat());
        }
    }
}
