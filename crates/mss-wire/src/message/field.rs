use std::borrow::Cow;

use mss_core::{Fault, FaultCode, Timestamp, message::Instant};

use crate::xml::{Cursor, Element};

/// 102.
pub(crate) fn missing(what: &str) -> Fault {
    Fault::new(FaultCode::MISSING_PARAM, format!("{what} is missing"))
}

/// 101. The value is never quoted: it may be personal.
pub(crate) fn malformed(what: &str) -> Fault {
    Fault::new(FaultCode::WRONG_PARAM, format!("{what} is malformed"))
}

/// 108.
pub(crate) fn incompatible(detail: &str) -> Fault {
    Fault::new(FaultCode::INCOMPATIBLE_INTERFACE, detail)
}

/// Keeps a value that may stand once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T, what: &str) -> Result<(), Fault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::new(FaultCode::WRONG_PARAM, format!("{what} stands twice"))),
    }
}

/// The value that must be there.
pub(crate) fn required<T>(slot: Option<T>, what: &str) -> Result<T, Fault> {
    slot.ok_or_else(|| missing(what))
}

/// An attribute without the white space around it; an empty one counts as absent.
pub(super) fn attribute<'e>(element: &'e Element<'_>, name: &str) -> Option<&'e str> {
    element.attribute(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// An attribute that must be there and not empty.
pub(super) fn required_attribute<'e>(element: &'e Element<'_>, name: &str) -> Result<&'e str, Fault> {
    required(attribute(element, name), name)
}

/// A time in an attribute.
pub(super) fn time_attribute(element: &Element<'_>, name: &str) -> Result<Option<Timestamp>, Fault> {
    attribute(element, name).map(|text| time(text, name)).transpose()
}

/// A time and its spelling.
pub(super) fn instant_attribute(element: &Element<'_>, name: &str) -> Result<Instant, Fault> {
    let text = required_attribute(element, name)?;
    Ok(Instant { at: time(text, name)?, text: text.to_owned() })
}

fn time(text: &str, what: &str) -> Result<Timestamp, Fault> {
    Timestamp::parse_xml(text).map_err(|_| malformed(what))
}

/// An `xs:positiveInteger`.
pub(super) fn positive(text: &str, what: &str) -> Result<u32, Fault> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let right = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = if right { digits.parse().ok() } else { None };
    number.filter(|number| *number > 0).ok_or_else(|| malformed(what))
}

/// Text of an element without white space around it; nothing when it is empty.
pub(super) fn word<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Option<String>, Fault> {
    let text = cursor.text(element)?;
    let word = text.trimmed();
    Ok((!word.is_empty()).then(|| word.to_owned()))
}

/// `mssURI` inside a profile, a format or a description.
pub(super) fn uri<'a>(cursor: &mut Cursor<'a>, parent: &Element<'a>) -> Result<String, Fault> {
    let mut uri = None;
    while let Some(child) = cursor.child(parent)? {
        if child.message_local() == "mssURI" {
            once(&mut uri, required(word(cursor, &child)?, "mssURI")?, "mssURI")?;
        }
    }
    required(uri, "mssURI")
}

/// Base64 with white space anywhere.
pub(super) fn base64<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    what: &str,
) -> Result<Vec<u8>, Fault> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let text = cursor.text(element)?;
    let text = text.trimmed();
    let dense = if text.contains(char::is_whitespace) {
        Cow::Owned(text.split_whitespace().collect::<String>())
    } else {
        Cow::Borrowed(text)
    };
    STANDARD.decode(dense.as_bytes()).map_err(|_| malformed(what))
}
