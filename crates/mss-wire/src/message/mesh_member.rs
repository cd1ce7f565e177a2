//! `MeshMemberType` and `MSSP_Info` around one.
use mss_core::{Fault, MeshMember, message::MsspInfo};

use super::field::{once, required, time_attribute, word};
use crate::{
    soap::Outgoing,
    xml::{Cursor, Element, Writer},
};

pub(crate) fn read<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<MeshMember, Fault> {
    let mut member = MeshMember::default();
    while let Some(child) = cursor.child(element)? {
        let slot = match child.message_local() {
            "DNSName" => &mut member.dns_name,
            "IPAddress" => &mut member.ip_address,
            "URI" => &mut member.uri,
            "IdentifierString" => &mut member.identifier_string,
            _ => continue,
        };
        if let Some(text) = word(cursor, &child)? {
            once(slot, text, child.local)?;
        }
    }
    Ok(member)
}

/// Writes the children of a member.
pub(crate) fn write(out: &mut Writer, member: &MeshMember) {
    out.optional_leaf("mss:DNSName", member.dns_name.as_deref());
    out.optional_leaf("mss:IPAddress", member.ip_address.as_deref());
    out.optional_leaf("mss:URI", member.uri.as_deref());
    out.optional_leaf("mss:IdentifierString", member.identifier_string.as_deref());
}

pub(super) fn read_mssp_info<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<MsspInfo, Fault> {
    let instant = time_attribute(element, "Instant")?;
    let mut mssp_id = None;
    while let Some(child) = cursor.child(element)? {
        if child.message_local() == "MSSP_ID" {
            once(&mut mssp_id, read(cursor, &child)?, "MSSP_ID")?;
        }
    }
    Ok(MsspInfo { mssp_id: required(mssp_id, "MSSP_ID")?, instant })
}

pub(super) fn write_mssp_info(out: &mut Outgoing, info: &MsspInfo) {
    let instant = info.instant.map(|at| at.to_string());
    out.open("mss:MSSP_Info", &[("Instant", instant.as_deref())]);
    out.writer.open("mss:MSSP_ID");
    write(&mut out.writer, &info.mssp_id);
    out.writer.close("mss:MSSP_ID");
    out.writer.close("mss:MSSP_Info");
}
