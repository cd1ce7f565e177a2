//! SOAP faults (mss-soap 5): `mss:_NNN`, the sub-code `fi:_NNNN` below it, and the detail in the legacy element that
//! clients look for.
use mss_core::{Fault, FaultCode, PublicFault, Side};

use crate::{
    Envelope, SoapVersion,
    message::once,
    soap::{close_envelope, open_envelope},
    xml::{Cursor, Element, Ns, Writer},
};

const DETAIL: &str = "<ns1:detail xmlns:ns1=\"http://kiuru.methics.fi/mssp\">";

/// The role of the node that is named in a fault (TS 102 207, its roles as the field writes them).
const ACQUIRING_ENTITY: &str = "http://uri.etsi.org/TS102207/v1.1.3#role_AcquiringEntity";
const HOME_MSSP: &str = "http://uri.etsi.org/TS102207/v1.1.3#role_HomeMSSP";

/// A node and its role.
struct Finder<'a> {
    node: &'a str,
    role: Option<&'static str>,
}

/// Writes a fault towards an AP: only what `role_ae::disclose` let through. The node it names is always the AE.
#[must_use]
pub fn encode_fault(fault: &PublicFault, envelope: &Envelope) -> Vec<u8> {
    let node = Some(fault.node.as_str()).filter(|node| !node.is_empty());
    let finder = node.map(|node| Finder { node, role: Some(ACQUIRING_ENTITY) });
    write(fault.code, fault.sub, &fault.detail, finder, envelope.soap)
}

/// Writes a fault between roles: code, sub-code, detail and node survive [`crate::decode_response`] unchanged.
#[must_use]
pub fn encode_role_fault(fault: &Fault, envelope: &Envelope) -> Vec<u8> {
    encode_found_by(fault, None, envelope)
}

/// As [`encode_role_fault`], for a fault that an HMSSP found: TS 102 207 wants the finder's role beside its node.
#[must_use]
pub fn encode_home_fault(fault: &Fault, envelope: &Envelope) -> Vec<u8> {
    encode_found_by(fault, Some(HOME_MSSP), envelope)
}

fn encode_found_by(fault: &Fault, role: Option<&'static str>, envelope: &Envelope) -> Vec<u8> {
    let finder = fault.node.as_deref().map(|node| Finder { node, role });
    write(fault.code, fault.sub, &fault.detail, finder, envelope.soap)
}

fn write(
    code: FaultCode,
    sub: Option<u16>,
    detail: &str,
    finder: Option<Finder<'_>>,
    soap: SoapVersion,
) -> Vec<u8> {
    let mut out = Writer::new();
    open_envelope(&mut out, soap);
    out.raw("<soapenv:Body><soapenv:Fault>");
    match soap {
        SoapVersion::V1_2 => write_1_2(&mut out, code, sub, detail, finder),
        SoapVersion::V1_1 => write_1_1(&mut out, code, sub, detail, finder),
    }
    out.raw("</soapenv:Fault>");
    close_envelope(out)
}

fn write_1_2(out: &mut Writer, code: FaultCode, sub: Option<u16>, detail: &str, finder: Option<Finder<'_>>) {
    let side = match code.entry().side {
        Side::Sender => "soapenv:Sender",
        Side::Receiver => "soapenv:Receiver",
    };
    out.open("soapenv:Code");
    out.leaf("soapenv:Value", side);
    out.raw("<soapenv:Subcode");
    out.namespace("mss", Ns::Mss);
    out.namespace("fi", Ns::Fi);
    out.raw(">");
    out.leaf("soapenv:Value", &format!("mss:_{}", code.0));
    if let Some(sub) = sub {
        out.open("soapenv:Subcode");
        out.leaf("soapenv:Value", &format!("fi:_{sub}"));
        out.close("soapenv:Subcode");
    }
    out.raw("</soapenv:Subcode></soapenv:Code><soapenv:Reason><soapenv:Text xml:lang=\"en\">");
    out.text(code.entry().name);
    out.raw("</soapenv:Text></soapenv:Reason>");
    // In this order (SOAP 1.2, 5.4).
    if let Some(Finder { node, role }) = finder {
        out.open("soapenv:Node");
        out.exact_text(node);
        out.close("soapenv:Node");
        if let Some(role) = role {
            out.leaf("soapenv:Role", role);
        }
    }
    out.open("soapenv:Detail");
    write_detail(out, detail);
    out.close("soapenv:Detail");
}

/// SOAP 1.1 has no sub-codes; a full stop in `faultcode` says the same (SOAP 1.1, 4.4.1).
fn write_1_1(out: &mut Writer, code: FaultCode, sub: Option<u16>, detail: &str, finder: Option<Finder<'_>>) {
    out.raw("<faultcode");
    out.namespace("mss", Ns::Mss);
    out.raw(">");
    let sub = sub.map_or(String::new(), |sub| format!("._{sub}"));
    out.text(&format!("mss:_{}{sub}", code.0));
    out.raw("</faultcode>");
    out.leaf("faultstring", code.entry().name);
    // SOAP 1.1 has no place for the role.
    if let Some(Finder { node, .. }) = finder {
        out.open("faultactor");
        out.exact_text(node);
        out.close("faultactor");
    }
    out.open("detail");
    write_detail(out, detail);
    out.close("detail");
}

fn write_detail(out: &mut Writer, detail: &str) {
    out.raw(DETAIL);
    out.exact_text(detail);
    out.close("ns1:detail");
}

#[derive(Default)]
struct Parts {
    codes: Vec<u16>,
    reason: Option<String>,
    node: Option<String>,
    details: Vec<String>,
}

/// Reads a fault of either version. One without a number of ours is 900, as the vendor's platform has it.
pub(crate) fn read<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Fault, Fault> {
    let mut parts = Parts::default();
    while let Some(child) = cursor.child(element)? {
        match (child.ns, child.local) {
            (Ns::Soap12, "Code") => read_code(cursor, &child, &mut parts.codes)?,
            (Ns::None, "faultcode") => {
                let text = cursor.text(&child)?;
                let name = text.trimmed();
                let local = name.split_once(':').map_or(name, |(_, local)| local);
                parts.codes.extend(local.split('.').filter_map(number));
            }
            (Ns::Soap12, "Reason") | (Ns::None, "faultstring") => {
                let text = cursor.deep_text(&child)?;
                once(&mut parts.reason, text.trimmed().to_owned(), "Reason")?;
            }
            (Ns::Soap12, "Node") | (Ns::None, "faultactor") => {
                let text = cursor.text(&child)?.without_indentation();
                once(&mut parts.node, text.into_owned(), "Node")?;
            }
            (Ns::Soap12, "Detail") | (Ns::None, "detail") => {
                read_details(cursor, &child, &mut parts.details)?;
            }
            _ => {}
        }
    }
    let mut codes = parts.codes.into_iter();
    let code = codes.next().map_or(FaultCode::INTERNAL_ERROR, FaultCode);
    let detail =
        if parts.details.is_empty() { parts.reason.unwrap_or_default() } else { parts.details.join("\n") };
    Ok(Fault { code, sub: codes.next(), detail, node: parts.node })
}

/// Takes the numbers of a code and its sub-codes, outermost first. How deep they nest is the cursor's limit.
fn read_code<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>, codes: &mut Vec<u16>) -> Result<(), Fault> {
    while let Some(child) = cursor.child(element)? {
        match child.local_in(Ns::Soap12) {
            "Value" => {
                let text = cursor.text(&child)?;
                let name = text.trimmed();
                codes.extend(number(name.split_once(':').map_or(name, |(_, local)| local)));
            }
            "Subcode" => read_code(cursor, &child, codes)?,
            _ => {}
        }
    }
    Ok(())
}

/// `_404`; FiCom prints it without the underscore too.
fn number(local: &str) -> Option<u16> {
    let digits = local.strip_prefix('_').unwrap_or(local);
    if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn read_details<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    details: &mut Vec<String>,
) -> Result<(), Fault> {
    while let Some(child) = cursor.child(element)? {
        if matches!(child.local, "detail" | "FaultMsg") {
            details.push(cursor.deep_text(&child)?.without_indentation().into_owned());
        }
    }
    Ok(())
}
