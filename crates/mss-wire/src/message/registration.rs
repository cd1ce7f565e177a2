//! `MSS_RegistrationReq` and `MSS_RegistrationResp` with the `mreg` payload (mss-soap 13).
use mss_core::{
    Fault, FaultCode,
    message::MobileUser,
    registration::{MregKind, MregOperation, MregOutput, MregParameter, RegistrationReq, RegistrationResp},
};

use super::{
    ap_info,
    field::{attribute, once, required, required_attribute},
    mesh_member, mobile_user,
    signature::write_user,
    status,
};
use crate::{
    Envelope,
    soap::Outgoing,
    xml::{Cursor, Element, Ns, Writer},
};

const KINDS: [(MregKind, &str, &str); 4] = [
    (MregKind::Wireless, "WirelessOperation", "mreg:WirelessOperation"),
    (MregKind::Certification, "CertificationOperation", "mreg:CertificationOperation"),
    (MregKind::Provisioning, "ProvisioningOperation", "mreg:ProvisioningOperation"),
    (MregKind::Entity, "EntityOperation", "mreg:EntityOperation"),
];

/// Longest value in octets that is written as `@Value`, where the schema has it; longer ones become text.
const LONGEST_ATTRIBUTE: usize = 1_024;

pub(crate) fn read_request<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
) -> Result<RegistrationReq, Fault> {
    let (mut ap_info, mut mssp_info, mut mobile_user, mut input) = (None, None, None, None);
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "MobileUser" => once(&mut mobile_user, mobile_user::read(cursor, &child)?, name)?,
            _ if child.is(Ns::Mreg, "RegistrationInput") => {
                once(&mut input, read_input(cursor, &child)?, "RegistrationInput")?;
            }
            _ => {}
        }
    }
    let (target, operations) = input.unwrap_or_default();
    let mobile_user = required(mobile_user, "MobileUser")?;
    Ok(RegistrationReq {
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        target: target.unwrap_or(mobile_user),
        operations,
    })
}

type Input = (Option<MobileUser>, Vec<MregOperation>);

fn read_input<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Input, Fault> {
    let (mut target, mut operations) = (None, Vec::new());
    while let Some(child) = cursor.child(element)? {
        match child.local_in(Ns::Mreg) {
            "Target" => once(&mut target, read_target(cursor, &child)?, "Target")?,
            "MregRequest" => {
                while let Some(child) = cursor.child(&child)? {
                    operations.push(read_operation(cursor, &child)?);
                }
            }
            _ => {}
        }
    }
    Ok((target.flatten(), operations))
}

/// A target of another kind is refused: to skip it would turn the operation on somebody else.
fn read_target<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Option<MobileUser>, Fault> {
    let mut user = None;
    while let Some(child) = cursor.child(element)? {
        match child.local_in(Ns::Mreg) {
            "MobileUser" => once(&mut user, mobile_user::read(cursor, &child)?, "MobileUser")?,
            "SimCard" | "Entity" | "EntityUser" => {
                return Err(Fault::new(FaultCode::WRONG_PARAM, "a Target other than MobileUser"));
            }
            _ => {}
        }
    }
    Ok(user)
}

fn read_operation<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<MregOperation, Fault> {
    let kind = KINDS.iter().find(|(_, name, _)| *name == element.local_in(Ns::Mreg));
    let unknown = || Fault::new(FaultCode::WRONG_PARAM, "an unknown kind of operation");
    Ok(MregOperation {
        kind: kind.map(|(kind, _, _)| *kind).ok_or_else(unknown)?,
        name: required_attribute(element, "Name")?.to_owned(),
        namespace: attribute(element, "NameSpace").map(str::to_owned),
        parameters: read_parameters(cursor, element)?,
    })
}

fn read_parameters<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<Vec<MregParameter>, Fault> {
    let mut parameters = Vec::new();
    while let Some(child) = cursor.child(element)? {
        if child.is(Ns::Mreg, "Parameter") {
            let name = required_attribute(&child, "Name")?.to_owned();
            let value = match child.attribute("Value") {
                Some(value) => value.clone().into_owned(),
                None => cursor.text(&child)?.without_indentation().into_owned(),
            };
            parameters.push(MregParameter { name, value });
        }
    }
    Ok(parameters)
}

pub(crate) fn write_request(request: &RegistrationReq, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::request(envelope, "MSS_Registration", "MSS_RegistrationReq");
    out.begin(&[], envelope.version, &[]);
    ap_info::write(&mut out, &request.ap_info);
    mesh_member::write_mssp_info(&mut out, &request.mssp_info);
    write_user(&mut out, &request.target);
    out.open_in("mreg:RegistrationInput", Ns::Mreg);
    let writer = &mut out.writer;
    writer.raw("<mreg:Target><mreg:MobileUser>");
    mobile_user::write(writer, &request.target);
    writer.raw("</mreg:MobileUser></mreg:Target>");
    for operation in &request.operations {
        write_operation(writer, operation);
    }
    writer.close("mreg:RegistrationInput");
    out.finish()
}

fn write_operation(out: &mut Writer, operation: &MregOperation) {
    let kind = KINDS.iter().find(|(kind, _, _)| *kind == operation.kind);
    let element = kind.map_or("mreg:EntityOperation", |(_, _, element)| element);
    out.raw("<mreg:MregRequest><");
    out.raw(element);
    out.attribute("Name", &operation.name);
    if let Some(namespace) = &operation.namespace {
        out.attribute("NameSpace", namespace);
    }
    out.raw(">");
    write_parameters(out, &operation.parameters);
    out.close(element);
    out.raw("</mreg:MregRequest>");
}

fn write_parameters(out: &mut Writer, parameters: &[MregParameter]) {
    for parameter in parameters {
        out.raw("<mreg:Parameter");
        out.attribute("Name", &parameter.name);
        if parameter.value.len() <= LONGEST_ATTRIBUTE {
            out.attribute("Value", &parameter.value);
            out.raw("/>");
        } else {
            out.raw(">");
            out.exact_text(&parameter.value);
            out.close("mreg:Parameter");
        }
    }
}

pub(crate) fn read_response<'a>(
    cursor: &mut Cursor<'a>,
    message: &Element<'a>,
) -> Result<RegistrationResp, Fault> {
    let (mut ap_info, mut mssp_info, mut status) = (None, None, None);
    let mut outputs = Vec::new();
    while let Some(child) = cursor.child(message)? {
        let name = child.message_local();
        match name {
            "AP_Info" => once(&mut ap_info, ap_info::read(&child)?, name)?,
            "MSSP_Info" => once(&mut mssp_info, mesh_member::read_mssp_info(cursor, &child)?, name)?,
            "Status" => {
                let code = status::read(cursor, &child, |cursor, detail| {
                    read_outputs(cursor, detail, &mut outputs)
                })?;
                once(&mut status, code, name)?;
            }
            _ => {}
        }
    }
    Ok(RegistrationResp {
        ap_info: required(ap_info, "AP_Info")?,
        mssp_info: required(mssp_info, "MSSP_Info")?,
        status: required(status, "Status")?,
        outputs,
    })
}

/// Goes down from the detail to the outputs, which is three elements deep; the cursor limits the rest.
fn read_outputs<'a>(
    cursor: &mut Cursor<'a>,
    parent: &Element<'a>,
    outputs: &mut Vec<MregOutput>,
) -> Result<(), Fault> {
    while let Some(child) = cursor.child(parent)? {
        match child.local_in(Ns::Mreg) {
            "RegistrationOutput" | "MregResponse" => read_outputs(cursor, &child, outputs)?,
            "OperationOutput" => outputs.push(MregOutput {
                name: required_attribute(&child, "Name")?.to_owned(),
                parameters: read_parameters(cursor, &child)?,
            }),
            _ => {}
        }
    }
    Ok(())
}

pub(crate) fn write_response(response: &RegistrationResp, envelope: &Envelope) -> Vec<u8> {
    let mut out = Outgoing::response(envelope, "MSS_Registration", "MSS_RegistrationResp");
    out.begin(&[], envelope.version, &[]);
    ap_info::write(&mut out, &response.ap_info);
    mesh_member::write_mssp_info(&mut out, &response.mssp_info);
    status::write(&mut out, response.status, Some(&|out| write_outputs(out, &response.outputs)));
    out.finish()
}

/// Every output has succeeded: a failure is a fault instead.
fn write_outputs(out: &mut Writer, outputs: &[MregOutput]) {
    out.raw("<mreg:RegistrationOutput");
    out.namespace("mreg", Ns::Mreg);
    out.raw(">");
    for output in outputs {
        out.raw("<mreg:MregResponse><mreg:OperationOutput");
        out.attribute("Name", &output.name);
        out.raw(">");
        write_parameters(out, &output.parameters);
        out.raw("<mreg:Status><mreg:OperationStatusCode>100</mreg:OperationStatusCode>");
        out.raw("<mreg:OperationStatusMessage>OK</mreg:OperationStatusMessage></mreg:Status>");
        out.raw("</mreg:OperationOutput></mreg:MregResponse>");
    }
    out.close("mreg:RegistrationOutput");
}
