use mss_core::{
    Fault,
    message::{ProfileQuery, SignatureReq, StatusQuery},
    registration::RegistrationReq,
};

use crate::{
    Envelope, Limits,
    message::{incompatible, malformed, profile_query, registration, required, signature, status_query},
    soap::incoming,
    xml::{Cursor, Element},
};

/// A request that was read.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "lives for one call; a box would cost more than the copy")]
pub enum Request {
    /// `MSS_SignatureReq`.
    Signature(SignatureReq),
    /// `MSS_StatusReq`.
    Status(StatusQuery),
    /// `MSS_ProfileReq`.
    Profile(ProfileQuery),
    /// `MSS_RegistrationReq`.
    Registration(RegistrationReq),
    /// A well-formed envelope with an operation of the standard that the platform does not serve yet, by name:
    /// `MSS_Receipt`, `MSS_Handshake`, `MSS_Notification`. The answer is fault 108.
    Unsupported(&'static str),
}

/// A request and how to answer it.
#[derive(Debug)]
pub struct Decoded {
    /// What was asked.
    pub request: Request,
    /// The shape of the answer.
    pub envelope: Envelope,
}

/// Why a request could not be read, and how to say so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct DecodeFailure {
    /// 101, 102, 108 or 710.
    pub fault: Fault,
    /// As much of the request's shape as was read.
    pub envelope: Envelope,
}

/// A request to be written.
#[derive(Debug, Clone, Copy)]
pub enum RequestRef<'a> {
    /// `MSS_SignatureReq`.
    Signature(&'a SignatureReq),
    /// `MSS_StatusReq`.
    Status(&'a StatusQuery),
    /// `MSS_ProfileReq`.
    Profile(&'a ProfileQuery),
    /// `MSS_RegistrationReq`.
    Registration(&'a RegistrationReq),
}

impl<'a> From<&'a SignatureReq> for RequestRef<'a> {
    fn from(request: &'a SignatureReq) -> Self {
        Self::Signature(request)
    }
}

impl<'a> From<&'a StatusQuery> for RequestRef<'a> {
    fn from(request: &'a StatusQuery) -> Self {
        Self::Status(request)
    }
}

impl<'a> From<&'a ProfileQuery> for RequestRef<'a> {
    fn from(request: &'a ProfileQuery) -> Self {
        Self::Profile(request)
    }
}

impl<'a> From<&'a RegistrationReq> for RequestRef<'a> {
    fn from(request: &'a RegistrationReq) -> Self {
        Self::Registration(request)
    }
}

/// Reads a request.
///
/// # Errors
/// 101 for what is no XML, malformed, too long or too deep, for a DTD and for malformed values; 102 for what is
/// missing; 108 for a foreign namespace, operation, version or a SOAP header that must be understood and is not; 710
/// for an incomplete roaming header.
pub fn decode(body: &[u8], limits: Limits) -> Result<Decoded, DecodeFailure> {
    let mut envelope = Envelope::default();
    match read(body, limits, &mut envelope) {
        Ok(request) => Ok(Decoded { request, envelope }),
        Err(fault) => Err(DecodeFailure { fault, envelope }),
    }
}

fn read(body: &[u8], limits: Limits, envelope: &mut Envelope) -> Result<Request, Fault> {
    let mut cursor = Cursor::new(body, limits)?;
    let mut opened = incoming::open(&mut cursor, envelope)?;
    let message = incoming::accessor(&mut cursor, &opened, envelope)?;
    let roaming = std::mem::take(&mut opened.roaming);
    let cursor = &mut cursor;
    let request = match (opened.first.local, message.local) {
        ("MSS_Signature", "MSS_SignatureReq") => {
            let version = version(&message, false, envelope)?;
            Request::Signature(signature::read_request(cursor, &message, version, roaming)?)
        }
        ("MSS_StatusQuery", "MSS_StatusReq") => {
            let version = version(&message, false, envelope)?;
            Request::Status(status_query::read_request(cursor, &message, version)?)
        }
        ("MSS_ProfileQuery", "MSS_ProfileReq") => {
            let version = version(&message, true, envelope)?;
            Request::Profile(profile_query::read_request(cursor, &message, version)?)
        }
        ("MSS_Registration", "MSS_RegistrationReq") => {
            version(&message, false, envelope)?;
            Request::Registration(registration::read_request(cursor, &message)?)
        }
        ("MSS_Receipt", "MSS_ReceiptReq") => Request::Unsupported("MSS_Receipt"),
        ("MSS_Handshake", "MSS_HandshakeReq") => Request::Unsupported("MSS_Handshake"),
        ("MSS_Notification", "MSS_StatusResp") => Request::Unsupported("MSS_Notification"),
        _ => return Err(incompatible("the operation is not known")),
    };
    incoming::close(cursor, &opened)?;
    Ok(request)
}

/// 1.0 to 1.2, and 2.0 for profile queries; noted in the envelope for the answer.
fn version(message: &Element<'_>, profile: bool, envelope: &mut Envelope) -> Result<(u8, u8), Fault> {
    let number = |name| {
        let text = message.attribute(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let text = required(text, name)?;
        if !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(malformed(name));
        }
        // A number too long for an octet is no version that anybody knows.
        Ok(text.parse().unwrap_or(u8::MAX))
    };
    let version = (number("MajorVersion")?, number("MinorVersion")?);
    match version {
        (1, 0..=2) => {}
        (2, 0) if profile => {}
        _ => return Err(incompatible("the version is not supported")),
    }
    envelope.version = version;
    Ok(version)
}

/// Writes a request, as clients, AE and ME do. The version comes from the message, or from the envelope where the
/// message has none.
#[must_use]
pub fn encode_request<'a>(request: impl Into<RequestRef<'a>>, envelope: &Envelope) -> Vec<u8> {
    match request.into() {
        RequestRef::Signature(request) => signature::write_request(request, envelope),
        RequestRef::Status(query) => status_query::write_request(query, envelope),
        RequestRef::Profile(query) => profile_query::write_request(query, envelope),
        RequestRef::Registration(request) => registration::write_request(request, envelope),
    }
}
