//! The C-Octet String of the standard: octets ended by a NUL, with a greatest length per field.

use std::fmt;

use thiserror::Error;

/// A C-Octet String of at most `MAX` octets, the NUL counted (SMPP 3.4, 3.1). Held inline, so that decoding a PDU
/// allocates nothing for its text fields. The octets are kept as they came; they need not be ASCII.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct COctetString<const MAX: usize> {
    /// Always ended by at least one NUL and filled with NULs, so that comparing arrays compares strings.
    octets: [u8; MAX],
    length: u8,
}

/// Why octets are no [`COctetString`] of the wanted size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotCOctetString {
    /// More than `MAX - 1` octets.
    #[error("longer than {0} octets")]
    TooLong(usize),
    /// A NUL inside would end the string early.
    #[error("holds a NUL")]
    HoldsNul,
}

impl<const MAX: usize> COctetString<MAX> {
    const FITS: () = assert!(MAX >= 1 && MAX <= 256);

    /// The empty string: a single NUL on the wire.
    pub const fn empty() -> Self {
        let () = Self::FITS;
        Self { octets: [0; MAX], length: 0 }
    }

    /// Takes the octets before the NUL.
    ///
    /// # Errors
    /// When there are more than `MAX - 1` of them or one is NUL.
    pub fn new(text: &[u8]) -> Result<Self, NotCOctetString> {
        let mut made = Self::empty();
        let greatest = MAX.saturating_sub(1);
        if text.len() > greatest {
            return Err(NotCOctetString::TooLong(greatest));
        }
        if text.contains(&0) {
            return Err(NotCOctetString::HoldsNul);
        }
        for (to, from) in made.octets.iter_mut().zip(text) {
            *to = *from;
        }
        made.length = u8::try_from(text.len()).map_err(|_| NotCOctetString::TooLong(greatest))?;
        Ok(made)
    }

    /// The octets before the NUL.
    pub fn as_octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The text, when it is ASCII.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_octets()).ok().filter(|text| text.is_ascii())
    }

    /// Nothing before the NUL.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The octets with their fill, for comparing in constant time.
    pub(crate) fn filled(&self) -> &[u8; MAX] {
        &self.octets
    }

    pub(crate) fn wipe(&mut self) {
        use zeroize::Zeroize as _;
        self.octets.zeroize();
        self.length.zeroize();
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_octets());
        out.push(0);
    }
}

impl<const MAX: usize> Default for COctetString<MAX> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<const MAX: usize> TryFrom<&str> for COctetString<MAX> {
    type Error = NotCOctetString;

    fn try_from(text: &str) -> Result<Self, NotCOctetString> {
        Self::new(text.as_bytes())
    }
}

impl<const MAX: usize> fmt::Display for COctetString<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_octets().escape_ascii())
    }
}

impl<const MAX: usize> fmt::Debug for COctetString<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_the_nul() {
        assert!(COctetString::<6>::try_from("WAP12").is_ok());
        assert_eq!(COctetString::<6>::try_from("WAP123"), Err(NotCOctetString::TooLong(5)));
        assert_eq!(COctetString::<6>::new(b"a\0b"), Err(NotCOctetString::HoldsNul));
        assert_eq!(COctetString::<1>::empty(), COctetString::<1>::new(b"").unwrap());
    }

    #[test]
    fn foreign_octets_are_kept_and_shown_escaped() {
        let text = COctetString::<9>::new(&[b'a', 0xE4]).unwrap();
        assert_eq!(text.as_octets(), [b'a', 0xE4]);
        assert_eq!(text.as_str(), None);
        assert_eq!(format!("{text:?}"), "\"a\\xe4\"");
    }
}
