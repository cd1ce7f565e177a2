//! The customary text of receipts (SMPP 3.4, Appendix B): `id:... sub:... stat:... err:... text:...`, in the spellings
//! and character sets that occur.

use std::borrow::Cow;

use crate::Message;

/// data_coding of text in UCS2.
const UCS2: u8 = 0x08;

/// The text of a receipt as octets that are ASCII where they matter. A user data header before it is left out.
pub(super) fn text(message: &Message) -> Cow<'_, [u8]> {
    let user_data = message.user_data();
    let text = if message.has_user_data_header() {
        let header = user_data.first().map_or(0, |length| usize::from(*length) + 1);
        user_data.get(header..).unwrap_or_default()
    } else {
        user_data
    };
    if message.data_coding != UCS2 {
        // The default alphabet, ASCII and Latin 1 have the letters, digits and signs of names and keys in common.
        return Cow::Borrowed(text);
    }
    let (units, _) = text.as_chunks::<2>();
    let ascii = |unit: &[u8; 2]| match *unit {
        [0, octet @ ..0x80] => octet,
        _ => b'?',
    };
    Cow::Owned(units.iter().map(ascii).collect())
}

/// The value behind `key`, which is written in any case, with or without spaces around its colon. The key must start a
/// word: `id:` is also the end of other words. Nothing behind `text:` is looked at, because that is the message itself.
pub(super) fn field<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        if value(rest, b"text").is_some() {
            return None;
        }
        if let Some(found) = value(rest, key) {
            let length = found.iter().position(|octet| ends_word(*octet)).unwrap_or(found.len());
            return found.get(..length).filter(|value| !value.is_empty());
        }
        let next = rest.iter().position(|octet| ends_word(*octet))?;
        rest = rest.get(next + 1..)?;
    }
}

/// What follows `key`, a colon and spaces.
fn value<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(key.len())?;
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    // A value is never another key: `id: stat:...` has none.
    let spaced = rest.trim_ascii_start();
    let word = spaced.split(|octet| ends_word(*octet)).next().unwrap_or_default();
    let value = if word.contains(&b':') && spaced.len() < rest.len() { &[] } else { spaced };
    start.eq_ignore_ascii_case(key).then_some(value)
}

const fn ends_word(octet: u8) -> bool {
    octet.is_ascii_whitespace() || matches!(octet, b',' | b';' | 0)
}
