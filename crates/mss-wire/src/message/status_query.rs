//! `MSS_StatusReq` and `MSS_StatusResp`.
use mss_core::{
    Fault, MsspTransId,
    message::{StatusQuery, StatusResp},
};

use super::{
    ap_info,
    field::{attribute, malformed, once, required, word},
    mesh_member, mobile_user,
    signature::{read_signature, write_signature, write_user},
    status,
};
use crate::{
    Envelope,
    soap::Outgoing,
    xml::{Cursor, Element},
};

pub(crate) fn read_request<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
    version: (u8, u8),
) -> Result<StatusQuery, Fault> {
    let (mut ap_info, mut mssp_info) = (None, None);
    // Some clients send the attribute as an element.
    let mut id = attribute(message, "MSSP_TransID").map(str::to_owned);
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MSSP_TransID" if id.is_none() => id = word(cursor, &child)?,
            _ => {}
        }
    }
    let id = required(id, "MSSP_TransID")?;
    Ok(StatusQuery {
        version,
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        mssp_trans_id: MsspTransId::parse(&id).ok_or_else(|| malformed("MSSP_TransID"))?,
    })
}

pub(crate) fn write_request(query: &StatusQuery, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::request(envelope, "MSS_StatusQuery", "MSS_StatusReq");
    out.begin(&[], query.version, &[("MSSP_TransID", Some(query.mssp_trans_id.as_str()))]);
    ap_info::write(&mut out, &query.ap_info);
    mesh_member::write_mssp_info(&mut out, &query.mssp_info);
    out.finish()
}

pub(crate) fn read_response<'a>(cursor: &mut Cursor<'a>, message: &Element<'a>) -> Result<StatusResp, Fault> {
    let (mut ap_info, mut mssp_info, mut mobile_user) = (None, None, None);
    let (mut signature, mut status) = (None, None);
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MobileUser" => once(&mut mobile_user, mobile_user::read(cursor, &child)?, name)?,
            "MSS_Signature" => once(&mut signature, read_signature(cursor, &child)?, name)?,
            "Status" => once(&mut status, status::read(cursor, &child, |_, _| Ok(()))?, name)?,
            _ => {}
        }
    }
    Ok(StatusResp {
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        mobile_user: mobile_user.unwrap_or_default(),
        signature: signature.flatten(),
        status: required(status, "Status")?,
    })
}

pub(crate) fn write_response(response: &StatusResp, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::response(envelope, "MSS_StatusQuery", "MSS_StatusResp");
    out.begin(&[], envelope.version, &[]);
    ap_info::write(&mut out, &response.ap_info);
    mesh_member::write_mssp_info(&mut out, &response.mssp_info);
    write_user(&mut out, &response.mobile_user);
    write_signature(&mut out, response.signature.as_deref());
    status::write(&mut out, response.status, None);
    out.finish()
}
