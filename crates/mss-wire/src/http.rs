//! What HTTP carries around a message (mss-soap 2.3).
use crate::SoapVersion;

/// Every fault is answered with 500, the sender's ones too.
#[must_use]
pub const fn fault_http_status() -> u16 {
    500
}

/// Every message that is no fault is answered with 200.
#[must_use]
pub const fn message_http_status() -> u16 {
    200
}

/// `Content-Type` of an answer, and of a request that we send.
#[must_use]
pub const fn content_type(soap: SoapVersion) -> &'static str {
    match soap {
        SoapVersion::V1_2 => "application/soap+xml;charset=utf-8",
        SoapVersion::V1_1 => "text/xml;charset=utf-8",
    }
}

/// `Content-Type` of the WSDL.
#[must_use]
pub const fn wsdl_content_type() -> &'static str {
    "text/xml;charset=utf-8"
}

/// Whether a request with this `Content-Type` is read: the SOAP and XML types in UTF-8, whichever the version of the
/// envelope. Clients post SOAP 1.2 as `text/xml`.
#[must_use]
pub fn accepts_content_type(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or("");
    let xml =
        ["application/soap+xml", "text/xml", "application/xml"].iter().any(|k| kind.eq_ignore_ascii_case(k));
    let utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    xml && parts.all(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_the_field() {
        for good in [
            "application/soap+xml; charset=utf-8",
            "application/soap+xml;charset=UTF-8;action=\"None\"",
            "text/xml; charset=\"utf-8\"",
            "text/xml",
            "Application/XML",
        ] {
            assert!(accepts_content_type(good), "{good}");
        }
        for bad in ["", "application/json", "text/plain", "text/xml; charset=iso-8859-1"] {
            assert!(!accepts_content_type(bad), "{bad}");
        }
    }
}
