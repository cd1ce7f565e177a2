//! `mcs:ProfileQueryExtension` as far as it holds certificates.
use mss_core::{Fault, message::UserCertificate};

use super::field::{attribute, base64};
use crate::xml::{Cursor, Element, Ns, Writer};

/// Reads the certificates of a `StatusDetail`: those of the user, and in version 2.0 those of each device.
pub(super) fn read_detail<'a>(
    cursor: &mut Cursor<'a>,
    detail: &Element<'a>,
    certificates: &mut Vec<UserCertificate>,
) -> Result<(), Fault> {
    while let Some(child) = cursor.child(detail)? {
        if child.is(Ns::Mcs, "ProfileQueryExtension") {
            read_holder(cursor, &child, certificates)?;
        }
    }
    Ok(())
}

/// Goes down from the extension to the devices, which is three elements deep; the cursor limits the rest.
fn read_holder<'a>(
    cursor: &mut Cursor<'a>,
    holder: &Element<'a>,
    certificates: &mut Vec<UserCertificate>,
) -> Result<(), Fault> {
    while let Some(child) = cursor.child(holder)? {
        match child.local_in(Ns::Mcs) {
            "MobileUserCertificate" => certificates.push(read(cursor, &child)?),
            "Sscds" | "Sim" | "App" => read_holder(cursor, &child, certificates)?,
            _ => {}
        }
    }
    Ok(())
}

fn read<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<UserCertificate, Fault> {
    let mut path = Vec::new();
    while let Some(child) = cursor.child(element)? {
        if child.is(Ns::Ds, "X509Certificate") {
            path.push(base64(cursor, &child, "X509Certificate")?);
        }
    }
    let word = |name| attribute(element, name).unwrap_or("").to_owned();
    let profiles = attribute(element, "SignatureProfiles").unwrap_or("");
    Ok(UserCertificate {
        state: word("State"),
        algorithm: word("Algorithm"),
        profile_uris: profiles.split_whitespace().map(str::to_owned).collect(),
        path,
    })
}

pub(super) fn write_all(out: &mut Writer, certificates: &[UserCertificate]) {
    out.raw("<mcs:ProfileQueryExtension");
    out.namespace("mcs", Ns::Mcs);
    out.namespace("ds", Ns::Ds);
    out.raw(">");
    for certificate in certificates {
        out.raw("<mcs:MobileUserCertificate");
        out.attribute("State", &certificate.state);
        out.attribute("Algorithm", &certificate.algorithm);
        if !certificate.profile_uris.is_empty() {
            out.attribute("SignatureProfiles", &certificate.profile_uris.join(" "));
        }
        out.raw(">");
        for der in &certificate.path {
            out.open("ds:X509Certificate");
            out.base64(der);
            out.close("ds:X509Certificate");
        }
        out.close("mcs:MobileUserCertificate");
    }
    out.close("mcs:ProfileQueryExtension");
}
