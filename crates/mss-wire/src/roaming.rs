//! The roaming header of TS 102 207.
//!
//! Only fragments of its schema are public; the names follow them, the rest is our reading. Everything that knows the
//! header is here, so that the standard's annex can replace it. Entries are history, oldest first; the plan in
//! `CommonHeader` is written empty and not read.
use mss_core::{Fault, FaultCode, Timestamp, message::RoamingEntry};

use crate::{
    SoapVersion,
    message::{malformed, once, read_mesh_member, required, write_mesh_member},
    xml::{Cursor, Element, Ns, Writer},
};

/// The header block's local name.
pub(crate) const NAME: &str = "RoamingHeader";

/// Most entries; a message that visited more members runs in circles.
const MAX_ENTRIES: usize = 32;
/// Longest transaction number in octets.
const MAX_TRANSACTION_ID: usize = 64;

/// Reads the entries of a header block. Information that is missing is fault 710.
pub(crate) fn read<'a>(cursor: &mut Cursor<'a>, header: &Element<'a>) -> Result<Vec<RoamingEntry>, Fault> {
    let mut entries = Vec::new();
    while let Some(child) = cursor.child(header)? {
        if child.is(Ns::Msrs, "RoamingHeaderEntry") {
            if entries.len() == MAX_ENTRIES {
                return Err(Fault::new(FaultCode::WRONG_PARAM, "too many roaming header entries"));
            }
            entries.push(read_entry(cursor, &child)?);
        }
    }
    if entries.is_empty() { Err(incomplete("RoamingHeaderEntry")) } else { Ok(entries) }
}

fn read_entry<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<RoamingEntry, Fault> {
    let mut entry = None;
    while let Some(child) = cursor.child(element)? {
        if child.is(Ns::Msrs, "RE_SenderInfo") {
            once(&mut entry, read_sender_info(cursor, &child)?, "RE_SenderInfo")?;
        }
    }
    entry.ok_or_else(|| incomplete("RE_SenderInfo"))
}

fn read_sender_info<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<RoamingEntry, Fault> {
    let attribute = |name| {
        let value = element.attribute(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        value.ok_or_else(|| incomplete(name))
    };
    let transaction_id = attribute("RE_TransactionID")?;
    if transaction_id.len() > MAX_TRANSACTION_ID || !transaction_id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(malformed("RE_TransactionID"));
    }
    let instant = Timestamp::parse_xml(attribute("Instant")?).map_err(|_| malformed("Instant"))?;
    let timeout_s = attribute("TimeOut")?.parse().map_err(|_| malformed("TimeOut"))?;
    let mut sender = None;
    while let Some(child) = cursor.child(element)? {
        if child.is(Ns::Msrs, "RE_Sender") {
            once(&mut sender, read_mesh_member(cursor, &child)?, "RE_Sender")?;
        }
    }
    let sender = required(sender, "RE_Sender").map_err(|_| incomplete("RE_Sender"))?;
    Ok(RoamingEntry { transaction_id: transaction_id.to_owned(), instant, timeout_s, sender })
}

fn incomplete(what: &str) -> Fault {
    Fault::new(FaultCode::INPUT_INFORMATION_MISSING, format!("{what} is missing in the roaming header"))
}

/// Writes the header block.
pub(crate) fn write(out: &mut Writer, entries: &[RoamingEntry], soap: SoapVersion) {
    out.raw("<msrs:RoamingHeader");
    match soap {
        SoapVersion::V1_2 => {
            out.attribute("soapenv:mustUnderstand", "true");
            out.attribute("soapenv:role", "http://www.w3.org/2003/05/soap-envelope/role/next");
        }
        SoapVersion::V1_1 => {
            out.attribute("soapenv:mustUnderstand", "1");
            out.attribute("soapenv:actor", "http://schemas.xmlsoap.org/soap/actor/next");
        }
    }
    out.namespace("msrs", Ns::Msrs);
    out.namespace("mss", Ns::Mss);
    out.raw(">");
    for entry in entries {
        out.raw("<msrs:RoamingHeaderEntry MajorVersion=\"1\" MinorVersion=\"1\"><msrs:RE_SenderInfo");
        out.attribute("Instant", &entry.instant.to_string());
        out.attribute("RE_TransactionID", &entry.transaction_id);
        out.attribute("TimeOut", &entry.timeout_s.to_string());
        out.raw("><msrs:RE_Sender>");
        write_mesh_member(out, &entry.sender);
        out.raw("</msrs:RE_Sender></msrs:RE_SenderInfo></msrs:RoamingHeaderEntry>");
    }
    out.raw("<msrs:CommonHeader/></msrs:RoamingHeader>");
}
