use mss_core::{
    Fault,
    message::{ProfileResp, SignatureResp, StatusResp},
    registration::RegistrationResp,
};

use crate::{
    Envelope, Limits, fault,
    message::{incompatible, profile_query, registration, signature, status_query},
    soap::incoming,
    xml::Cursor,
};

/// An answer that was read.
#[derive(Debug)]
pub enum Response {
    /// `MSS_SignatureResp`.
    Signature(SignatureResp),
    /// `MSS_StatusResp`.
    Status(StatusResp),
    /// `MSS_ProfileResp`.
    Profile(ProfileResp),
    /// `MSS_RegistrationResp`.
    Registration(RegistrationResp),
    /// A SOAP fault.
    Fault(Fault),
}

/// The peer's answer could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable answer: {0}")]
pub struct UnreadableResponse(pub Fault);

/// An answer to be written. Faults have functions of their own, because an AP must never see a [`Fault`].
#[derive(Debug, Clone, Copy)]
pub enum ResponseRef<'a> {
    /// `MSS_SignatureResp`.
    Signature(&'a SignatureResp),
    /// `MSS_StatusResp`.
    Status(&'a StatusResp),
    /// `MSS_ProfileResp`.
    Profile(&'a ProfileResp),
    /// `MSS_RegistrationResp`.
    Registration(&'a RegistrationResp),
}

impl<'a> From<&'a SignatureResp> for ResponseRef<'a> {
    fn from(response: &'a SignatureResp) -> Self {
        Self::Signature(response)
    }
}

impl<'a> From<&'a StatusResp> for ResponseRef<'a> {
    fn from(response: &'a StatusResp) -> Self {
        Self::Status(response)
    }
}

impl<'a> From<&'a ProfileResp> for ResponseRef<'a> {
    fn from(response: &'a ProfileResp) -> Self {
        Self::Profile(response)
    }
}

impl<'a> From<&'a RegistrationResp> for ResponseRef<'a> {
    fn from(response: &'a RegistrationResp) -> Self {
        Self::Registration(response)
    }
}

/// Reads an answer or a fault, in whichever shape it comes.
///
/// # Errors
/// When the octets are no answer of an operation that the platform uses.
pub fn decode_response(body: &[u8], limits: Limits) -> Result<Response, UnreadableResponse> {
    read(body, limits).map_err(UnreadableResponse)
}

fn read(body: &[u8], limits: Limits) -> Result<Response, Fault> {
    let mut cursor = Cursor::new(body, limits)?;
    let mut envelope = Envelope::default();
    let opened = incoming::open(&mut cursor, &mut envelope)?;
    let response = if opened.is_fault() {
        Response::Fault(fault::read(&mut cursor, &opened.first)?)
    } else {
        // The wrapper's name does not matter: FiCom's examples lack the word Response in it.
        let message = incoming::accessor(&mut cursor, &opened, &mut envelope)?;
        let cursor = &mut cursor;
        match message.local {
            "MSS_SignatureResp" => Response::Signature(signature::read_response(cursor, &message)?),
            "MSS_StatusResp" => Response::Status(status_query::read_response(cursor, &message)?),
            "MSS_ProfileResp" => Response::Profile(profile_query::read_response(cursor, &message)?),
            "MSS_RegistrationResp" => Response::Registration(registration::read_response(cursor, &message)?),
            _ => return Err(incompatible("the answer is of no operation that is used")),
        }
    };
    incoming::close(&mut cursor, &opened)?;
    Ok(response)
}

/// Writes an answer in the shape of its request.
#[must_use]
pub fn encode_response<'a>(response: impl Into<ResponseRef<'a>>, envelope: &Envelope) -> Vec<u8> {
    match response.into() {
        ResponseRef::Signature(response) => signature::write_response(response, envelope),
        ResponseRef::Status(response) => status_query::write_response(response, envelope),
        ResponseRef::Profile(response) => profile_query::write_response(response, envelope),
        ResponseRef::Registration(response) => registration::write_response(response, envelope),
    }
}
