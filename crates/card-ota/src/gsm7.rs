//! The GSM 7-bit default alphabet with its extension table, TS 23.038 6.2.1, and how septets are packed, 6.1.2.1.
//!
//! [`pack`] and [`unpack`] are for octet strings that do not say how many septets they hold, with the carriage return that
//! fills seven spare bits. [`pack_septets`] and [`unpack_septets`] are for places that carry a count.
use thiserror::Error;

const ESCAPE: u8 = 0x1B;
const CR: u8 = 0x0D;

/// The default alphabet in code order. The place of the escape holds a character that no text contains.
const ALPHABET: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', NONE, 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];
const NONE: char = '\u{FFFF}';

/// The extension table: what follows the escape, and what it means.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{000C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// In [`ASCII`]: the septet stands after an escape.
const EXTENDED: u8 = 0x80;
const ABSENT: u8 = 0xFF;

/// The way back for ASCII, where most characters of most texts are.
const ASCII: [u8; 128] = {
    let mut table = [ABSENT; 128];
    let mut code = 0;
    while code < 128 {
        let character = ALPHABET[code] as usize;
        if character < 128 {
            table[character] = code as u8;
        }
        code += 1;
    }
    let mut entry = 0;
    while entry < EXTENSION.len() {
        let character = EXTENSION[entry].1 as usize;
        if character < 128 {
            table[character] = EXTENDED | EXTENSION[entry].0;
        }
        entry += 1;
    }
    table
};

/// Why a text or its coding was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Gsm7Error {
    /// A character that neither table has.
    #[error("character U+{:04X} is not in the GSM alphabet", u32::from(*.0))]
    Unencodable(char),
    /// An escape at the end, or followed by a code that the extension table lacks.
    #[error("an escape does not name a character")]
    Escape,
    /// Fewer octets than the count of septets needs.
    #[error("fewer octets than the septets need")]
    Truncated,
}

/// The code of one character, with [`EXTENDED`] set if it needs the escape.
fn code(character: char) -> Option<u8> {
    if character.is_ascii() {
        return ASCII.get(character as usize).copied().filter(|code| *code != ABSENT);
    }
    match ALPHABET.iter().position(|known| *known == character && character != NONE) {
        Some(code) => u8::try_from(code).ok(),
        None => EXTENSION.iter().find(|(_, known)| *known == character).map(|(code, _)| EXTENDED | *code),
    }
}

/// How many septets a text takes; `None` if a character is in neither table.
#[must_use]
pub fn septet_count(text: &str) -> Option<usize> {
    text.chars().map(|character| code(character).map(|code| 1 + usize::from(code >> 7))).sum()
}

/// A text as septets, one per octet; a character of the extension table takes two.
///
/// # Errors
/// [`Gsm7Error::Unencodable`].
pub fn to_septets(text: &str) -> Result<Vec<u8>, Gsm7Error> {
    let mut septets = Vec::with_capacity(text.len());
    for character in text.chars() {
        let code = code(character).ok_or(Gsm7Error::Unencodable(character))?;
        if code & EXTENDED != 0 {
            septets.push(ESCAPE);
        }
        septets.push(code & !EXTENDED);
    }
    Ok(septets)
}

/// The text that septets mean. Strict: an unknown escape is an error, for a text to be signed has one meaning.
///
/// # Errors
/// [`Gsm7Error::Escape`].
pub fn from_septets(septets: &[u8]) -> Result<String, Gsm7Error> {
    let mut text = String::with_capacity(septets.len());
    let mut rest = septets.iter();
    while let Some(septet) = rest.next() {
        let character = if *septet == ESCAPE {
            let extended = rest.next().ok_or(Gsm7Error::Escape)?;
            EXTENSION.iter().find(|(code, _)| code == extended).map(|(_, character)| *character)
        } else {
            ALPHABET.get(usize::from(*septet)).copied()
        };
        text.push(character.ok_or(Gsm7Error::Escape)?);
    }
    Ok(text)
}

/// Packs septets, the first in the lowest bits; spare bits are zero.
#[must_use]
pub fn pack_septets(septets: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity((septets.len() * 7).div_ceil(8));
    let (mut held, mut bits) = (0u16, 0u32);
    for septet in septets {
        held |= u16::from(septet & 0x7F) << bits;
        bits += 7;
        if bits >= 8 {
            octets.push(held.to_le_bytes()[0]);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        octets.push(held.to_le_bytes()[0]);
    }
    octets
}

/// Unpacks `count` septets; what follows them is ignored.
///
/// # Errors
/// [`Gsm7Error::Truncated`].
pub fn unpack_septets(octets: &[u8], count: usize) -> Result<Vec<u8>, Gsm7Error> {
    if count > octets.len() * 8 / 7 {
        return Err(Gsm7Error::Truncated);
    }
    let mut septets = Vec::with_capacity(count + 1);
    let (mut held, mut bits) = (0u16, 0u32);
    for octet in octets {
        held |= u16::from(*octet) << bits;
        bits += 8;
        while bits >= 7 && septets.len() < count {
            septets.push(held.to_le_bytes()[0] & 0x7F);
            held >>= 7;
            bits -= 7;
        }
        if septets.len() == count {
            break;
        }
    }
    Ok(septets)
}

/// Packs septets so that [`unpack`] finds their number again: seven spare bits are filled with a carriage return, because
/// zeros would read as one more `@`.
///
/// Septets that end in a carriage return on an octet boundary cannot be told from filling: [`ends_like_filling`].
#[must_use]
pub fn pack(septets: &[u8]) -> Vec<u8> {
    let mut octets = pack_septets(septets);
    if septets.len() % 8 == 7 {
        // Seven septets leave one bit in the seventh octet; the filling's seven bits are the upper ones.
        if let Some(last) = octets.last_mut() {
            *last |= CR << 1;
        }
    }
    octets
}

/// Unpacks all septets that fit, without the carriage return that fills seven spare bits.
#[must_use]
pub fn unpack(octets: &[u8]) -> Vec<u8> {
    let count = octets.len() * 8 / 7;
    let mut septets = unpack_septets(octets, count).unwrap_or_default();
    if ends_like_filling(&septets) {
        septets.pop();
    }
    septets
}

/// Whether these septets, packed, end in what [`unpack`] takes for filling.
#[must_use]
pub fn ends_like_filling(septets: &[u8]) -> bool {
    septets.len().is_multiple_of(8) && septets.last() == Some(&CR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_strings() {
        assert_eq!(hex::encode(pack(&to_septets("hellohello").unwrap())), "e8329bfd4697d9ec37");
        assert_eq!(to_septets("a€").unwrap(), [0x61, 0x1B, 0x65]);
        assert_eq!(to_septets("ж"), Err(Gsm7Error::Unencodable('ж')));
        assert_eq!(to_septets("\u{FFFF}"), Err(Gsm7Error::Unencodable('\u{FFFF}')));
        assert_eq!(to_septets("\u{1B}"), Err(Gsm7Error::Unencodable('\u{1B}')));
        // Seven characters: filled up, and no eighth appears.
        assert_eq!(hex::encode(pack(&to_septets("1234567").unwrap())), "31d98c56b3dd1a");
        assert_eq!(unpack(&pack(&to_septets("1234567").unwrap())), b"1234567");
        assert_eq!(from_septets(&[0x1B]), Err(Gsm7Error::Escape));
        assert_eq!(from_septets(&[0x1B, 0x1B]), Err(Gsm7Error::Escape));
    }

    #[test]
    fn every_character_has_one_code() {
        for code in (0..128u8).filter(|code| *code != ESCAPE) {
            let text = from_septets(&[code]).unwrap();
            assert_eq!(to_septets(&text).unwrap(), [code]);
        }
        for (code, character) in EXTENSION {
            assert_eq!(to_septets(&character.to_string()).unwrap(), [ESCAPE, code]);
        }
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(septets in proptest::collection::vec(0u8..128, 0..200)) {
            let count = septets.len();
            prop_assert_eq!(&unpack_septets(&pack_septets(&septets), count).unwrap(), &septets);
            if !ends_like_filling(&septets) {
                prop_assert_eq!(&unpack(&pack(&septets)), &septets);
            }
        }

        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..60), count in 0usize..80) {
            let _ = from_septets(&unpack(&octets));
            let _ = unpack_septets(&octets, count);
        }
    }
}
