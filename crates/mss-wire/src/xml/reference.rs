use std::borrow::Cow;

use super::XmlError;

/// Whether XML 1.0 allows the character.
pub(super) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The character behind `&name;`: one of the five predefined entities, or a number.
pub(super) fn resolve(name: &str) -> Result<char, XmlError> {
    let unknown = XmlError::Malformed("an entity or character reference that is not allowed");
    let number = match name.strip_prefix('#') {
        None => {
            return match name {
                "lt" => Ok('<'),
                "gt" => Ok('>'),
                "amp" => Ok('&'),
                "quot" => Ok('"'),
                "apos" => Ok('\''),
                _ => Err(unknown),
            };
        }
        Some(number) => number,
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(unknown);
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| unknown)?;
    char::from_u32(code).filter(|c| is_xml_char(*c)).ok_or(unknown)
}

/// An attribute's value: references resolved, white space characters made spaces (XML 1.0, 3.3.3).
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, XmlError> {
    if !raw.bytes().any(|octet| matches!(octet, b'&' | b'\t' | b'\n' | b'\r' | b'<')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r', '<']) {
        let (before, after) = rest.split_at(at);
        value.push_str(before);
        rest = if let Some(reference) = after.strip_prefix('&') {
            let (name, tail) =
                reference.split_once(';').ok_or(XmlError::Malformed("a reference has no end"))?;
            value.push(resolve(name)?);
            tail
        } else if after.starts_with('<') {
            return Err(XmlError::Malformed("a < in an attribute"));
        } else {
            value.push(' ');
            let tail = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\t', '\n', '\r']));
            tail.unwrap_or("")
        };
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_and_the_five_names_are_references() {
        for (name, c) in [("lt", '<'), ("apos", '\''), ("#10", '\n'), ("#xE4", 'ä'), ("#x1F600", '😀')] {
            assert_eq!(resolve(name), Ok(c), "{name}");
        }
        for name in ["", "nbsp", "#", "#x", "#0", "#x0", "#1", "#+65", "#xD800", "#xFFFF", "#x110000", "#12a"]
        {
            assert!(resolve(name).is_err(), "{name}");
        }
    }

    #[test]
    fn attribute_values_are_normalised() {
        assert_eq!(attribute_value("a\r\nb\tc&#10;d&amp;e").unwrap(), "a b c\nd&e");
        for wrong in ["a&b", "a&b c;", "a<b", "&nope;"] {
            assert!(attribute_value(wrong).is_err(), "{wrong}");
        }
    }
}
