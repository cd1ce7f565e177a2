//! `MSS_ProfileReq` and `MSS_ProfileResp`.
use mss_core::{
    Fault, StatusCode,
    message::{ProfileQuery, ProfileResp},
};

use super::{
    ap_info, certificate,
    field::{malformed, once, required, uri},
    mesh_member, mobile_user,
    signature::{write_uri, write_user},
    status,
};
use crate::{
    Envelope,
    soap::Outgoing,
    xml::{Cursor, Element, Writer},
};

pub(crate) fn read_request<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
    version: (u8, u8),
) -> Result<ProfileQuery, Fault> {
    let (mut ap_info, mut mssp_info, mut mobile_user) = (None, None, None);
    let mut with_certificates = false;
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MobileUser" => once(&mut mobile_user, mobile_user::read(cursor, &child)?, name)?,
            "GetCertificates" => with_certificates |= boolean(cursor.text(&child)?.trimmed())?,
            "Params" => {
                let words = cursor.text(&child)?;
                with_certificates |= words.trimmed().split_whitespace().any(|word| word == "certs");
            }
            _ => {}
        }
    }
    Ok(ProfileQuery {
        version,
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        mobile_user: required(mobile_user, "MobileUser")?,
        with_certificates,
    })
}

fn boolean(text: &str) -> Result<bool, Fault> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" | "" => Ok(false),
        _ => Err(malformed("GetCertificates")),
    }
}

pub(crate) fn write_request(query: &ProfileQuery, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::request(envelope, "MSS_ProfileQuery", "MSS_ProfileReq");
    out.begin(&[], query.version, &[]);
    ap_info::write(&mut out, &query.ap_info);
    mesh_member::write_mssp_info(&mut out, &query.mssp_info);
    write_user(&mut out, &query.mobile_user);
    if query.with_certificates {
        let (name, text) =
            if query.version.0 >= 2 { ("mss:Params", "certs") } else { ("mss:GetCertificates", "true") };
        out.open(name, &[]);
        out.writer.text(text);
        out.writer.close(name);
    }
    out.finish()
}

pub(crate) fn read_response<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
) -> Result<ProfileResp, Fault> {
    let (mut ap_info, mut mssp_info, mut status) = (None, None, None);
    let (mut profile_uris, mut certificates) = (Vec::new(), Vec::new());
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "SignatureProfile" => profile_uris.push(uri(cursor, &child)?),
            "Status" => {
                let code = status::read(cursor, &child, |cursor, detail| {
                    certificate::read_detail(cursor, detail, &mut certificates)
                })?;
                once(&mut status, code, name)?;
            }
            _ => {}
        }
    }
    required(status, "Status")?;
    Ok(ProfileResp {
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        profile_uris,
        certificates,
    })
}

pub(crate) fn write_response(response: &ProfileResp, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::response(envelope, "MSS_ProfileQuery", "MSS_ProfileResp");
    out.begin(&[], envelope.version, &[]);
    ap_info::write(&mut out, &response.ap_info);
    mesh_member::write_mssp_info(&mut out, &response.mssp_info);
    for uri in &response.profile_uris {
        write_uri(&mut out, "mss:SignatureProfile", Some(uri));
    }
    let detail = |out: &mut Writer| certificate::write_all(out, &response.certificates);
    let detail: Option<&dyn Fn(&mut Writer)> =
        if response.certificates.is_empty() { None } else { Some(&detail) };
    status::write(&mut out, StatusCode::REQUEST_OK, detail);
    out.finish()
}
