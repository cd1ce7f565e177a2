//! `AdditionalServices`.
use mss_core::{Fault, message::AdditionalService};

use super::field::{once, required, uri};
use crate::{
    soap::Outgoing,
    xml::{Cursor, Element, Ns, Writer},
};

/// Namespace of [`PARAMETER`]. Ours, not the standard's.
const OWN_NAMESPACE: &str = "urn:sinetti:mss:1";
/// Carries the parameter of a service whose own element we do not know.
const PARAMETER: &str = "own:Parameter";

pub(super) fn read_all<'a>(
    cursor: &mut Cursor<'a>,
    parent: &Element<'a>,
) -> Result<Vec<AdditionalService>, Fault> {
    let mut services = Vec::new();
    while let Some(child) = cursor.child(parent)? {
        if child.message_local() == "Service" {
            services.push(read(cursor, &child)?);
        }
    }
    Ok(services)
}

fn read<'a>(cursor: &mut Cursor<'a>, service: &Element<'a>) -> Result<AdditionalService, Fault> {
    let mut description = None;
    let mut parameter = None;
    while let Some(child) = cursor.child(service)? {
        match child.message_local() {
            "Description" => once(&mut description, uri(cursor, &child)?, "Description")?,
            "Entity" => {}
            _ if parameter.is_none() => {
                parameter = Some(cursor.deep_text(&child)?.trimmed().to_owned());
            }
            _ => {}
        }
    }
    let parameter = parameter.filter(|text| !text.is_empty());
    Ok(AdditionalService { uri: required(description, "Description")?, parameter })
}

pub(super) fn write_all(out: &mut Outgoing, services: &[AdditionalService]) {
    if services.is_empty() {
        return;
    }
    out.open("mss:AdditionalServices", &[]);
    for service in services {
        write(&mut out.writer, service);
    }
    out.writer.close("mss:AdditionalServices");
}

fn write(out: &mut Writer, service: &AdditionalService) {
    out.raw("<mss:Service><mss:Description>");
    out.leaf("mss:mssURI", &service.uri);
    out.raw("</mss:Description>");
    if let Some(parameter) = &service.parameter {
        match parameter_element(&service.uri) {
            Some(name) => out.leaf(name, parameter),
            None => {
                out.raw("<");
                out.raw(PARAMETER);
                out.attribute("xmlns:own", OWN_NAMESPACE);
                out.raw(">");
                out.text(parameter);
                out.close(PARAMETER);
            }
        }
    }
    out.raw("</mss:Service>");
}

/// The parameter elements of FiCom's services.
fn parameter_element(uri: &str) -> Option<&'static str> {
    match uri.strip_prefix(Ns::Fi.uri())? {
        "eventId" => Some("fi:EventID"),
        "noSpam" => Some("fi:NoSpamCode"),
        "userLang" => Some("fi:UserLang"),
        "displayName" => Some("fi:DisplayName"),
        _ => None,
    }
}
