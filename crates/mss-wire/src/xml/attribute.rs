use std::borrow::Cow;

use super::{XmlError, reference::attribute_value};

/// One attribute; namespace declarations are attributes too until the cursor takes them out.
#[derive(Debug, Clone)]
pub(crate) struct Attribute<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    pub(crate) value: Cow<'a, str>,
}

impl<'a> Attribute<'a> {
    /// Reads what stands after an element's name, up to `max` attributes.
    pub(super) fn read_all(mut rest: &'a str, max: usize) -> Result<Vec<Self>, XmlError> {
        let mut all: Vec<Self> = Vec::new();
        loop {
            let trimmed = rest.trim_start_matches(is_space);
            if trimmed.is_empty() {
                return Ok(all);
            }
            if trimmed.len() == rest.len() {
                return Err(XmlError::Malformed("no space before an attribute"));
            }
            if all.len() >= max {
                return Err(XmlError::TooManyAttributes(max));
            }
            if all.capacity() == 0 {
                all.reserve(8);
            }
            let (attribute, tail) = Self::read(trimmed)?;
            let twice = |a: &Self| a.local == attribute.local && a.prefix == attribute.prefix;
            if all.iter().any(twice) {
                return Err(XmlError::Malformed("an attribute stands twice"));
            }
            all.push(attribute);
            rest = tail;
        }
    }

    fn read(text: &'a str) -> Result<(Self, &'a str), XmlError> {
        let (name, rest) = text.split_once('=').ok_or(XmlError::Malformed("an attribute without a value"))?;
        let (prefix, local) = split_name(name.trim_end_matches(is_space))?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or(XmlError::Malformed("an attribute without quotes"))?;
        let (raw, tail) = rest
            .get(1..)
            .and_then(|rest| rest.split_once(quote))
            .ok_or(XmlError::Malformed("an attribute without its closing quote"))?;
        Ok((Self { prefix, local, value: attribute_value(raw)? }, tail))
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Splits `prefix:local` and checks both parts.
pub(super) fn split_name(name: &str) -> Result<(&str, &str), XmlError> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_name(prefix) => (prefix, local),
        Some(_) => return Err(XmlError::Malformed("a name that XML forbids")),
        None => ("", name),
    };
    if is_name(local) { Ok((prefix, local)) } else { Err(XmlError::Malformed("a name that XML forbids")) }
}

/// NCName, where every character outside ASCII is taken as a letter: nothing here depends on which they are.
fn is_name(part: &str) -> bool {
    let start = |octet: u8| octet.is_ascii_alphabetic() || octet == b'_' || octet >= 0x80;
    let more = |octet: u8| start(octet) || octet.is_ascii_digit() || matches!(octet, b'-' | b'.');
    part.bytes().next().is_some_and(start) && part.bytes().all(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_and_malformed_ones_refused() {
        let all = Attribute::read_all(" a='1'\n x:b = \"2\"", 4).unwrap();
        let seen: Vec<_> = all.iter().map(|a| (a.prefix, a.local, a.value.as_ref())).collect();
        assert_eq!(seen, [("", "a", "1"), ("x", "b", "2")]);
        for wrong in [
            "a='1'",
            " a='1'b='2'",
            " a",
            " a=1",
            " a='1",
            " a='1' a='2'",
            " :a='1'",
            " a:='1'",
            " 1a='1'",
            " a b='1'",
            " a='<'",
            " a='&x;'",
        ] {
            assert!(Attribute::read_all(wrong, 4).is_err(), "{wrong}");
        }
        assert_eq!(Attribute::read_all(" a='' b='' c=''", 2).err(), Some(XmlError::TooManyAttributes(2)));
    }
}
