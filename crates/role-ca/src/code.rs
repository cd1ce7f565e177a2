use std::fmt;

use mss_core::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::{CaConfig, CodeRow, Enrolment};

/// RFC 4648 base32 in lower case: no character that is mistaken for another when it is read out.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Random octets of a code.
const OCTETS: usize = 32;
/// Characters of a code: 256 bits, five to a character.
const CHARACTERS: usize = 52;

/// An enrolment code in text form, 256 bits. Never shown but by [`Self::expose`], wiped when dropped, stored nowhere.
pub struct CodeText(Zeroizing<String>);

impl CodeText {
    /// The code, to be printed once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a code's text: all that is kept of it. Looking one up tells nothing about others, because a code is as
/// unguessable as its hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeHash([u8; 32]);

impl CodeHash {
    /// The hash of a code that somebody typed or pasted: upper case, white space and hyphens are tolerated. `None` when it
    /// cannot be a code.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        if text.len() > 4 * CHARACTERS {
            return None;
        }
        // Room for the whole code at once: a buffer that grows leaves copies behind.
        let mut code = Zeroizing::new(String::with_capacity(4 * CHARACTERS));
        let typed = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '-');
        code.extend(typed.map(|c| c.to_ascii_lowercase()));
        let right = code.len() == CHARACTERS && code.bytes().all(|b| ALPHABET.contains(&b));
        right.then(|| Self(mss_pki::sha256(code.as_bytes())))
    }

    /// From the stored octets.
    #[must_use]
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The octets to store.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Shows the first eight digits: enough to find the row, and of no use to anybody else.
impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.0.first_chunk::<4>().map(|octets| mss_pki::hex_lower(octets)).unwrap_or_default();
        write!(f, "CodeHash({start})")
    }
}

/// A new code and what to store of it.
pub struct MintedCode {
    /// For the one who enrols.
    pub text: CodeText,
    /// For the store.
    pub row: CodeRow,
}

/// Makes a code that can be used once, until [`CaConfig::CODE_LIFETIME`] has passed.
#[must_use]
pub fn mint(enrolment: Enrolment, now: Timestamp, entropy: &mut dyn Entropy) -> MintedCode {
    let mut octets = Zeroizing::new([0; OCTETS]);
    entropy.fill(octets.as_mut());
    let text = base32(&octets);
    let hash = CodeHash(mss_pki::sha256(text.as_bytes()));
    let expires_at = now.plus(CaConfig::CODE_LIFETIME);
    let row = CodeRow { hash, enrolment, made_at: now, expires_at, used_at: None };
    MintedCode { text: CodeText(text), row }
}

fn base32(octets: &[u8; OCTETS]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(CHARACTERS));
    let (mut bits, mut count) = (0_u16, 0_u8);
    let mut push = |five: u16| {
        text.extend(ALPHABET.get(usize::from(five & 31)).map(|b| char::from(*b)));
    };
    for octet in octets {
        bits = bits << 8 | u16::from(*octet);
        count += 8;
        while count >= 5 {
            count -= 5;
            push(bits >> count);
        }
        // Keep only what has not been written yet.
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        push(bits << (5 - count));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u8);

    impl Entropy for Same {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn minted(octet: u8) -> MintedCode {
        mint(Enrolment::parse("mesh:ae:ae").unwrap(), Timestamp::from_secs(1000), &mut Same(octet))
    }

    #[test]
    fn base32_is_the_standard_one() {
        let ascending: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        assert_eq!(base32(&ascending).as_str(), "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq");
        assert_eq!(base32(&[0; 32]).as_str(), "a".repeat(52));
        assert_eq!(base32(&[255; 32]).as_str(), format!("{}q", "7".repeat(51)));
    }

    #[test]
    fn the_hash_of_a_code_is_found_however_it_was_typed() {
        let MintedCode { text, row } = minted(0x5a);
        assert_eq!(text.expose().len(), 52);
        let upper = text.expose().to_uppercase();
        let spaced = text.expose().as_bytes().chunks(4).map(|c| std::str::from_utf8(c).unwrap());
        let spaced = format!(" {}\n", spaced.collect::<Vec<_>>().join("- "));
        for typed in [text.expose(), &upper, &spaced] {
            assert_eq!(CodeHash::of_text(typed), Some(row.hash));
        }
        assert_ne!(minted(0x5b).row.hash, row.hash);
        for wrong in
            ["", &text.expose()[1..], &format!("{}a", text.expose()), &"0".repeat(52), &"é".repeat(26)]
        {
            assert_eq!(CodeHash::of_text(wrong), None);
        }
        assert_eq!(CodeHash::of_text(&" ".repeat(1000)), None);
    }

    #[test]
    fn a_code_lives_for_a_quarter_of_an_hour_and_shows_nothing() {
        let MintedCode { text, row } = minted(1);
        assert_eq!(row.expires_at, Timestamp::from_secs(1900));
        assert!(!format!("{row:?}").contains(text.expose()));
        assert!(format!("{:?}", row.hash).len() < 20);
    }
}
