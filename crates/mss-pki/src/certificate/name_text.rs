use std::fmt::Write;

use der::{Decode, Encode, Tag};
use x509_cert::{attr::AttributeTypeAndValue, name::Name};

use super::CertificateError;
use crate::oid;

/// Most attributes in a name.
const MAX_ATTRIBUTES: usize = 32;

/// A name as one line of text, in certificate order. Separators and control characters in values are escaped as in RFC 4514, so
/// that a value can pretend to be neither another attribute nor another log line.
pub(crate) fn name_text(der: &[u8]) -> Result<String, CertificateError> {
    let name = read(der)?;
    let mut text = String::new();
    for attribute in attributes(&name) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&label(attribute));
        text.push('=');
        match value(attribute) {
            Some(value) => escape(&value, &mut text),
            None => {
                text.push('#');
                text.push_str(&crate::hex_lower(&attribute.value.to_der().unwrap_or_default()));
            }
        }
    }
    Ok(text)
}

/// Whether an organizational unit is `DEMO`.
pub(crate) fn has_demo_unit(der: &[u8]) -> Result<bool, CertificateError> {
    let name = read(der)?;
    let found = attributes(&name).any(|attribute| {
        oid::ORGANIZATIONAL_UNIT.get(2..) == Some(attribute.oid.as_bytes())
            && value(attribute).is_some_and(|value| value == "DEMO")
    });
    Ok(found)
}

fn read(der: &[u8]) -> Result<Name, CertificateError> {
    let name = Name::from_der(der).map_err(|_| CertificateError::Malformed("a name"))?;
    if attributes(&name).count() > MAX_ATTRIBUTES {
        return Err(CertificateError::Malformed("a name has too many attributes"));
    }
    Ok(name)
}

fn attributes(name: &Name) -> impl Iterator<Item = &AttributeTypeAndValue> {
    name.as_ref().iter().flat_map(|rdn| rdn.iter())
}

fn label(attribute: &AttributeTypeAndValue) -> String {
    let known = [
        (&b"\x55\x04\x03"[..], "CN"),
        (b"\x55\x04\x04", "SN"),
        (b"\x55\x04\x05", "SERIALNUMBER"),
        (b"\x55\x04\x06", "C"),
        (b"\x55\x04\x07", "L"),
        (b"\x55\x04\x08", "ST"),
        (b"\x55\x04\x0a", "O"),
        (b"\x55\x04\x0b", "OU"),
        (b"\x55\x04\x0c", "T"),
        (b"\x55\x04\x2a", "GN"),
        (b"\x55\x04\x41", "PSEUDONYM"),
        (b"\x55\x04\x61", "ORGANIZATIONIDENTIFIER"),
    ];
    let word = known.iter().find(|(octets, _)| *octets == attribute.oid.as_bytes());
    word.map_or_else(|| attribute.oid.to_string(), |(_, word)| (*word).to_owned())
}

fn value(attribute: &AttributeTypeAndValue) -> Option<String> {
    let octets = attribute.value.value();
    match attribute.value.header().tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => String::from_utf8(octets.to_vec()).ok(),
        Tag::TeletexString => Some(octets.iter().copied().map(char::from).collect()),
        Tag::BmpString if octets.len().is_multiple_of(2) => {
            let units =
                octets.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(u16::from_be_bytes);
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

fn escape(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => {
                out.push('\\');
                out.push(character);
            }
            _ if character.is_control() || is_direction(character) => {
                let mut octets = [0; 4];
                for octet in character.encode_utf8(&mut octets).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\{octet:02X}");
                }
            }
            _ => out.push(character),
        }
    }
}

/// Characters that turn the direction of writing: a terminal would show the name in another order.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
