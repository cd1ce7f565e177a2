//! `AP_Info` (TS 102 204 `MessageAbstractType`).
use mss_core::{ApId, ApPassword, ApTransId, Fault, message::ApInfo};

use super::field::{attribute, instant_attribute, malformed, required_attribute};
use crate::{soap::Outgoing, xml::Element};

pub(super) fn read(element: &Element<'_>) -> Result<ApInfo, Fault> {
    let password = element.attribute("AP_PWD").map_or("", |value| value.as_ref());
    if password.chars().count() > ApPassword::MAX {
        return Err(malformed("AP_PWD"));
    }
    Ok(ApInfo {
        ap_id: ApId::parse(required_attribute(element, "AP_ID")?)?,
        ap_trans_id: ApTransId::parse(required_attribute(element, "AP_TransID")?)?,
        ap_pwd: ApPassword::new(password.to_owned()),
        instant: instant_attribute(element, "Instant")?,
        ap_url: attribute(element, "AP_URL").map(str::to_owned),
    })
}

/// AP_TransID stands before AP_PWD: clients of the field look for that text.
pub(super) fn write(out: &mut Outgoing, info: &ApInfo) {
    out.empty(
        "mss:AP_Info",
        &[
            ("AP_ID", Some(info.ap_id.as_str())),
            ("AP_TransID", Some(info.ap_trans_id.as_str())),
            ("AP_PWD", Some(info.ap_pwd.expose())),
            ("Instant", Some(&info.instant.text)),
            ("AP_URL", info.ap_url.as_deref()),
        ],
    );
}
