//! `MSS_SignatureReq` and `MSS_SignatureResp`.
use mss_core::{
    Fault, FaultCode, MsspTransId,
    message::{MessagingMode, MobileUser, RoamingEntry, SignatureReq, SignatureResp},
};

use super::{
    ap_info, data,
    field::{
        attribute, base64, malformed, missing, once, positive, required, required_attribute, time_attribute,
        uri, word,
    },
    mesh_member, mobile_user, service, status,
};
use crate::{
    Envelope,
    soap::Outgoing,
    xml::{Cursor, Element},
};

const MODES: [(MessagingMode, &str); 3] = [
    (MessagingMode::Synch, "synch"),
    (MessagingMode::AsynchClientServer, "asynchClientServer"),
    (MessagingMode::AsynchServerServer, "asynchServerServer"),
];

pub(crate) fn read_request<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
    version: (u8, u8),
    roaming: Vec<RoamingEntry>,
) -> Result<SignatureReq, Fault> {
    let (mut ap_info, mut mssp_info, mut mobile_user) = (None, None, None);
    let (mut dtbs, mut dtbd, mut profile_uri, mut format_uri) = (None, None, None, None);
    let (mut services, mut key_reference, mut profile_comparison) = (None, None, None);
    // Some clients send the attribute TimeOut as an element.
    let mut timeout = attribute(message, "TimeOut").map(str::to_owned);
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MobileUser" => once(&mut mobile_user, mobile_user::read(cursor, &child)?, name)?,
            "DataToBeSigned" => once(&mut dtbs, data::read(cursor, &child)?, name)?,
            "DataToBeDisplayed" => once(&mut dtbd, data::read(cursor, &child)?, name)?,
            "SignatureProfile" => once(&mut profile_uri, uri(cursor, &child)?, name)?,
            "AdditionalServices" => once(&mut services, service::read_all(cursor, &child)?, name)?,
            "MSS_Format" => once(&mut format_uri, uri(cursor, &child)?, name)?,
            "KeyReference" => once(&mut key_reference, (), name)?,
            "SignatureProfileComparison" => {
                once(&mut profile_comparison, comparison(word(cursor, &child)?)?, name)?;
            }
            "TimeOut" if timeout.is_none() => timeout = word(cursor, &child)?,
            _ => {}
        }
    }
    Ok(SignatureReq {
        version,
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        mobile_user: required(mobile_user, "MobileUser")?,
        dtbs: dtbs.ok_or_else(|| missing("DataToBeSigned").with_sub(1022))?,
        dtbd,
        profile_uri,
        services: services.unwrap_or_default(),
        format_uri,
        has_key_reference: key_reference.is_some(),
        profile_comparison,
        validity_date: time_attribute(message, "ValidityDate")?,
        timeout_s: timeout.map(|text| positive(&text, "TimeOut")).transpose()?,
        mode: mode(required_attribute(message, "MessagingMode")?)?,
        roaming,
    })
}

fn mode(text: &str) -> Result<MessagingMode, Fault> {
    let known = MODES.iter().find(|(_, word)| *word == text);
    known.map(|(mode, _)| *mode).ok_or_else(|| malformed("MessagingMode").with_sub(1013))
}

fn comparison(text: Option<String>) -> Result<String, Fault> {
    let text = required(text, "SignatureProfileComparison")?;
    let known = matches!(text.as_str(), "exact" | "minimum" | "better");
    if known { Ok(text) } else { Err(malformed("SignatureProfileComparison")) }
}

pub(crate) fn write_request(request: &SignatureReq, envelope: &Envelope) -> Vec<u8> {
    let mode = MODES.iter().find(|(mode, _)| *mode == request.mode).map(|(_, word)| *word);
    let timeout = request.timeout_s.map(|seconds| seconds.to_string());
    let validity = request.validity_date.map(|at| at.to_string());
    let attributes =
        [("MessagingMode", mode), ("TimeOut", timeout.as_deref()), ("ValidityDate", validity.as_deref())];
    let mut out = Outgoing::request(envelope, "MSS_Signature", "MSS_SignatureReq");
    out.begin(&request.roaming, request.version, &attributes);
    ap_info::write(&mut out, &request.ap_info);
    mesh_member::write_mssp_info(&mut out, &request.mssp_info);
    write_user(&mut out, &request.mobile_user);
    data::write(&mut out, "mss:DataToBeSigned", &request.dtbs);
    if let Some(dtbd) = &request.dtbd {
        data::write(&mut out, "mss:DataToBeDisplayed", dtbd);
    }
    write_uri(&mut out, "mss:SignatureProfile", request.profile_uri.as_deref());
    service::write_all(&mut out, &request.services);
    write_uri(&mut out, "mss:MSS_Format", request.format_uri.as_deref());
    if request.has_key_reference {
        out.empty("mss:KeyReference", &[]);
    }
    if let Some(comparison) = &request.profile_comparison {
        out.open("mss:SignatureProfileComparison", &[]);
        out.writer.text(comparison);
        out.writer.close("mss:SignatureProfileComparison");
    }
    out.finish()
}

pub(crate) fn read_response<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
) -> Result<SignatureResp, Fault> {
    let (mut ap_info, mut mssp_info, mut mobile_user) = (None, None, None);
    let (mut signature, mut profile_uri, mut status) = (None, None, None);
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MobileUser" => once(&mut mobile_user, mobile_user::read(cursor, &child)?, name)?,
            "MSS_Signature" => once(&mut signature, read_signature(cursor, &child)?, name)?,
            "SignatureProfile" => once(&mut profile_uri, uri(cursor, &child)?, name)?,
            "Status" => once(&mut status, status::read(cursor, &child, |_, _| Ok(()))?, name)?,
            _ => {}
        }
    }
    let id = required_attribute(message, "MSSP_TransID")?;
    Ok(SignatureResp {
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        mobile_user: mobile_user.unwrap_or_default(),
        signature: signature.flatten(),
        profile_uri,
        status: required(status, "Status")?,
        mssp_trans_id: MsspTransId::parse(id).ok_or_else(|| malformed("MSSP_TransID"))?,
    })
}

pub(crate) fn write_response(response: &SignatureResp, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::response(envelope, "MSS_Signature", "MSS_SignatureResp");
    out.begin(&[], envelope.version, &[("MSSP_TransID", Some(response.mssp_trans_id.as_str()))]);
    ap_info::write(&mut out, &response.ap_info);
    mesh_member::write_mssp_info(&mut out, &response.mssp_info);
    write_user(&mut out, &response.mobile_user);
    write_signature(&mut out, response.signature.as_deref());
    write_uri(&mut out, "mss:SignatureProfile", response.profile_uri.as_deref());
    status::write(&mut out, response.status, None);
    out.finish()
}

/// The CMS of `SignatureType`; nothing when the signature has another form.
pub(super) fn read_signature<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
) -> Result<Option<Vec<u8>>, Fault> {
    let mut signature = None;
    while let Some(child) = cursor.child(element)? {
        if child.message_local() == "Base64Signature" {
            once(&mut signature, base64(cursor, &child, "Base64Signature")?, "Base64Signature")?;
        }
    }
    if signature.as_ref().is_some_and(Vec::is_empty) {
        return Err(Fault::new(FaultCode::WRONG_PARAM, "Base64Signature is empty"));
    }
    Ok(signature)
}

pub(super) fn write_signature(out: &mut Outgoing, signature: Option<&[u8]>) {
    if let Some(signature) = signature {
        out.open("mss:MSS_Signature", &[]);
        out.writer.open("mss:Base64Signature");
        out.writer.base64(signature);
        out.writer.close("mss:Base64Signature");
        out.writer.close("mss:MSS_Signature");
    }
}

pub(super) fn write_user(out: &mut Outgoing, user: &MobileUser) {
    out.open("mss:MobileUser", &[]);
    mobile_user::write(&mut out.writer, user);
    out.writer.close("mss:MobileUser");
}

pub(super) fn write_uri(out: &mut Outgoing, name: &str, uri: Option<&str>) {
    if let Some(uri) = uri {
        out.open(name, &[]);
        out.writer.leaf("mss:mssURI", uri);
        out.writer.close(name);
    }
}
