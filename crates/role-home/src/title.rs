//! Who asks, as the phone shows it.
use mss_core::{TextError, TextLimits, message::SignatureReq};

/// The service by which an acquiring entity names the AP (FiCom 2.1).
const DISPLAY_NAME_URI: &str = "http://mss.ficom.fi/TS102204/v1.0.0#displayName";

/// The name that the acquiring entity gave; without one, the host in the AP_ID. Cut to what a title may hold.
pub(crate) fn of(request: &SignatureReq) -> String {
    let named = request.services.iter().find(|service| service.uri.trim() == DISPLAY_NAME_URI);
    let named =
        named.and_then(|service| service.parameter.as_deref()).map(fit).filter(|title| !title.is_empty());
    named.unwrap_or_else(|| fit(host(request.ap_info.ap_id.as_str())))
}

fn host(ap_id: &str) -> &str {
    let after_scheme = ap_id.split_once("://").map_or(ap_id, |(_, rest)| rest);
    after_scheme.split(['/', '?', '#']).next().filter(|host| !host.is_empty()).unwrap_or(ap_id)
}

/// The longest beginning of what can be shown.
fn fit(name: &str) -> String {
    let limits = TextLimits::TITLE;
    let showable =
        |c: &char| !matches!(limits.check(c.encode_utf8(&mut [0; 4])), Err(TextError::Unencodable(_)));
    let mut title: String =
        name.trim().chars().filter(|c| *c != '\n').filter(showable).take(limits.gsm).collect();
    while matches!(limits.check(&title), Err(TextError::TooLong { .. })) {
        title.pop();
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_and_never_hides_anything() {
        assert_eq!(fit(" Kauppa "), "Kauppa");
        assert_eq!(fit(&"a".repeat(40)), "a".repeat(32));
        assert_eq!(fit(&"ж".repeat(40)), "ж".repeat(16));
        assert_eq!(fit("Ba\u{202E}nk\n"), "Bank");
        assert_eq!(fit("\u{202E}"), "");
    }

    #[test]
    fn the_host_stands_for_the_ap() {
        assert_eq!(host("http://bank.example/login"), "bank.example");
        assert_eq!(host("urn:bank"), "urn:bank");
        assert_eq!(host("http:///x"), "http:///x");
    }
}
