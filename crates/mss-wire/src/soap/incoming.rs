use mss_core::{Fault, message::RoamingEntry};

use crate::{
    Envelope, SoapVersion, WrapperNamespace,
    message::{incompatible, malformed, missing},
    roaming,
    xml::{Cursor, Element, Ns},
};

/// The elements around the message that are open at the moment.
pub(crate) struct Opened<'a> {
    root: Element<'a>,
    body: Element<'a>,
    /// First child of the body: the wrapper, or a fault.
    pub(crate) first: Element<'a>,
    pub(crate) roaming: Vec<RoamingEntry>,
}

impl Opened<'_> {
    /// Whether the body holds a SOAP fault.
    pub(crate) fn is_fault(&self) -> bool {
        self.first.is(self.root.ns, "Fault")
    }
}

/// Reads up to the first element of the body.
pub(crate) fn open<'a>(cursor: &mut Cursor<'a>, envelope: &mut Envelope) -> Result<Opened<'a>, Fault> {
    let root = cursor.root()?;
    if root.local != "Envelope" {
        return Err(malformed("The SOAP envelope"));
    }
    envelope.soap = match root.ns {
        Ns::Soap12 => SoapVersion::V1_2,
        Ns::Soap11 => SoapVersion::V1_1,
        _ => return Err(incompatible("the envelope is of no known version of SOAP")),
    };
    let (mut header_seen, mut entries) = (false, Vec::new());
    while let Some(child) = cursor.child(&root)? {
        match child.local_in(root.ns) {
            "Header" if header_seen => return Err(malformed("The SOAP header")),
            "Header" => {
                header_seen = true;
                entries = read_headers(cursor, &child, root.ns)?;
            }
            "Body" => {
                let first = cursor.child(&child)?.ok_or_else(|| missing("The message"))?;
                return Ok(Opened { root, body: child, first, roaming: entries });
            }
            _ => {}
        }
    }
    Err(missing("The SOAP body"))
}

/// Reads the header blocks that we know, skips those that may be skipped and refuses the rest.
fn read_headers<'a>(
    cursor: &mut Cursor<'a>,
    header: &Element<'a>,
    soap: Ns,
) -> Result<Vec<RoamingEntry>, Fault> {
    let mut entries = None;
    while let Some(block) = cursor.child(header)? {
        if block.is(Ns::Msrs, roaming::NAME) {
            crate::message::once(&mut entries, roaming::read(cursor, &block)?, roaming::NAME)?;
        } else if must_understand(&block, soap)? {
            return Err(incompatible("a SOAP header must be understood and is not"));
        }
    }
    Ok(entries.unwrap_or_default())
}

/// Whether a block is mandatory and meant for us, who are every message's end.
fn must_understand(block: &Element<'_>, soap: Ns) -> Result<bool, Fault> {
    let mandatory = match block.attribute_in(soap, "mustUnderstand").map(|value| value.trim()) {
        Some("1" | "true") => true,
        Some("0" | "false") | None => false,
        Some(_) => return Err(malformed("mustUnderstand")),
    };
    let role = if soap == Ns::Soap11 { "actor" } else { "role" };
    let role = block.attribute_in(soap, role).map_or("", |value| value.trim());
    let for_us = matches!(
        role,
        "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
            | "http://schemas.xmlsoap.org/soap/actor/next"
    );
    Ok(mandatory && for_us)
}

/// Reads the accessor inside the wrapper and notes the shape of both.
pub(crate) fn accessor<'a>(
    cursor: &mut Cursor<'a>,
    opened: &Opened<'a>,
    envelope: &mut Envelope,
) -> Result<Element<'a>, Fault> {
    envelope.wrapper = match opened.first.ns {
        Ns::None => WrapperNamespace::None,
        Ns::Tns => WrapperNamespace::Tns,
        Ns::Mss => WrapperNamespace::Mss,
        _ => return Err(incompatible("the operation is in a foreign namespace")),
    };
    let accessor = cursor.child(&opened.first)?.ok_or_else(|| missing("The message"))?;
    envelope.qualified_accessor = match accessor.ns {
        Ns::None => false,
        Ns::Mss => true,
        _ => return Err(incompatible("the message is in a foreign namespace")),
    };
    Ok(accessor)
}

/// Reads to the end of the document. A second message is refused: another reader might take that one.
pub(crate) fn close<'a>(cursor: &mut Cursor<'a>, opened: &Opened<'a>) -> Result<(), Fault> {
    for parent in [&opened.first, &opened.body] {
        while let Some(child) = cursor.child(parent)? {
            if child.local.starts_with("MSS_") {
                return Err(malformed("A second message"));
            }
        }
    }
    while let Some(child) = cursor.child(&opened.root)? {
        if child.ns == opened.root.ns {
            return Err(malformed("The SOAP envelope"));
        }
    }
    cursor.finish()?;
    Ok(())
}
