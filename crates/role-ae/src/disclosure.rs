use mss_core::{Fault, FaultCode, PublicFault};

use crate::AuthenticatedAp;

/// Longest detail that leaves, in characters.
const MAX_DETAIL: usize = 200;

/// Codes that anybody may be told who got as far as a TLS connection: they speak of the message's form.
const BEFORE_AUTHENTICATION: [FaultCode; 6] = [
    FaultCode::WRONG_PARAM,
    FaultCode::MISSING_PARAM,
    FaultCode::WRONG_DATA_LENGTH,
    FaultCode::INAPPROPRIATE_DATA,
    FaultCode::INCOMPATIBLE_INTERFACE,
    FaultCode::INTERNAL_ERROR,
];

/// Codes whose own detail speaks of the request, such as which parameter; 780 names the transaction to ask about.
const WITH_DETAIL: [FaultCode; 8] = [
    FaultCode::WRONG_PARAM,
    FaultCode::MISSING_PARAM,
    FaultCode::WRONG_DATA_LENGTH,
    FaultCode::INAPPROPRIATE_DATA,
    FaultCode::INCOMPATIBLE_INTERFACE,
    FaultCode::UNSUPPORTED_PROFILE,
    FaultCode::EXPIRED_TRANSACTION,
    FaultCode::UNABLE_TO_PROVIDE_SERVICES,
];

/// The one table of what an outsider learns of a fault.
///
/// The code, its sub-code and the catalogue's text; the fault's own detail only where this AE itself wrote it (a fault
/// with a `node` came from elsewhere in the mesh) and it speaks of the request. 104 always reads the same. `ap` is the AP
/// that asked, `None` before authentication; `node` is our own URI, and no other node is ever named.
#[must_use]
pub fn disclose(fault: &Fault, ap: Option<&AuthenticatedAp>, node: &str) -> PublicFault {
    let mut code = fault.entry().code;
    if ap.is_none() && !BEFORE_AUTHENTICATION.contains(&code) {
        code = FaultCode::UNAUTHORIZED_ACCESS;
    }
    let text = code.entry().text;
    let own = fault.node.is_none() && WITH_DETAIL.contains(&code) && !fault.detail.is_empty();
    let detail = if own { format!("{text} {}", printable(&fault.detail)) } else { text.to_owned() };
    let sub = fault.sub.filter(|_| ap.is_some() || code != FaultCode::UNAUTHORIZED_ACCESS);
    PublicFault { code, sub, detail, node: node.to_owned() }
}

fn printable(detail: &str) -> String {
    detail.chars().filter(|c| !c.is_control()).take(MAX_DETAIL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApDirectory, ApEntry, authenticate};
    use mss_core::{ApId, CATALOGUE};

    fn ap() -> AuthenticatedAp {
        let id = ApId::parse("http://ap").unwrap();
        let directory = ApDirectory::new(vec![ApEntry::new(id.clone(), "AP", [1; 32])]).unwrap();
        authenticate(&directory, [1; 32], &id).unwrap()
    }

    #[test]
    fn nothing_of_another_node_leaves() {
        for entry in CATALOGUE {
            let mut fault = Fault::new(entry.code, "home-7 at 10.0.0.7 said no").with_sub(1);
            fault.node = Some("http://home-7".into());
            let public = disclose(&fault, Some(&ap()), "http://ae");
            assert_eq!((public.code, public.sub), (entry.code, Some(1)));
            assert_eq!((public.detail.as_str(), public.node.as_str()), (entry.text, "http://ae"));
        }
    }

    #[test]
    fn own_detail_leaves_only_about_the_request() {
        let shown = |code: u16| {
            let fault = Fault::new(FaultCode(code), "inside\n");
            disclose(&fault, Some(&ap()), "n").detail.ends_with(" inside")
        };
        for entry in CATALOGUE {
            let expected = [101, 102, 103, 107, 108, 109, 208, 780].contains(&entry.code.0);
            assert_eq!(shown(entry.code.0), expected, "{}", entry.code.0);
        }
        let long = Fault::new(FaultCode::WRONG_PARAM, "x".repeat(10_000));
        assert!(disclose(&long, None, "n").detail.len() < 300);
    }

    #[test]
    fn a_stranger_cannot_tell_refusals_apart() {
        let refusals = ["AP_ID is not known", "the client certificate is not bound to the AP_ID"];
        let seen: Vec<_> =
            refusals.map(|why| disclose(&Fault::new(FaultCode(104), why).with_sub(1045), None, "n")).into();
        assert_eq!(seen.first(), seen.last());
        assert_eq!(seen.first().map(|fault| fault.sub), Some(None));
        for code in [105, 208, 401, 780, 4711] {
            let public = disclose(&Fault::new(FaultCode(code), "x"), None, "n");
            let expected = if code == 4711 { 900 } else { 104 };
            assert_eq!(public.code.0, expected, "{code}");
        }
    }
}
