use crate::{Content, UserCertificate, VerifiedSignature, ecdsa, oid, tlv};

/// Whether the signed octets travel inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encapsulated<'a> {
    /// The octets are the eContent.
    Octets(&'a [u8]),
    /// Detached: whoever verifies has them.
    Nothing,
}

/// The plain parts of a signature: from a proof, or from a stored row that must be answered again. They prove nothing.
pub struct Parts<'a> {
    /// The content, or nothing where it is detached.
    pub content: Encapsulated<'a>,
    /// The signed attributes as DER SET OF, see [`crate::SignedAttributes::der`].
    pub signed_attributes: &'a [u8],
    /// The signer's certificate and path.
    pub certificate: &'a UserCertificate,
    /// r and s.
    pub raw_signature: &'a [u8; 64],
}

impl<'a> From<&'a VerifiedSignature> for Parts<'a> {
    fn from(signature: &'a VerifiedSignature) -> Self {
        Self {
            content: Encapsulated::from(signature.content()),
            signed_attributes: signature.attributes().der(),
            certificate: signature.certificate(),
            raw_signature: signature.raw(),
        }
    }
}

impl<'a> From<&'a Content> for Encapsulated<'a> {
    fn from(content: &'a Content) -> Self {
        match content {
            Content::Text(text) => Self::Octets(text.as_bytes()),
            Content::Digest(_) => Self::Nothing,
        }
    }
}

/// INTEGER 1: the version of SignedData over id-data, and of a SignerInfo with issuerAndSerialNumber.
const VERSION_1: &[u8] = &[tlv::INTEGER, 1, 1];

/// Assembles the ContentInfo in DER. Certificates are written in path order, as readers of the field take them, though DER
/// would sort the SET.
#[must_use]
pub fn assemble<'a>(parts: impl Into<Parts<'a>>) -> Vec<u8> {
    let parts = parts.into();
    let signer_info = signer_info(&parts);
    let certificates = parts.certificate.certificate_set();
    // Lengths from the inside out, so that everything is written once into one buffer.
    let content = match parts.content {
        Encapsulated::Octets(octets) => tlv::element_len(tlv::element_len(octets.len())),
        Encapsulated::Nothing => 0,
    };
    let encapsulated = oid::DATA.len() + content;
    let signed_data = VERSION_1.len()
        + tlv::element_len(oid::SHA256_ALGORITHM.len())
        + tlv::element_len(encapsulated)
        + certificates.len()
        + tlv::element_len(signer_info.len());
    let explicit = tlv::element_len(signed_data);
    let content_info = oid::SIGNED_DATA.len() + tlv::element_len(explicit);

    let mut out = Vec::with_capacity(tlv::element_len(content_info));
    tlv::header(&mut out, tlv::SEQUENCE, content_info);
    out.extend_from_slice(oid::SIGNED_DATA);
    tlv::header(&mut out, tlv::explicit(0), explicit);
    tlv::header(&mut out, tlv::SEQUENCE, signed_data);
    out.extend_from_slice(VERSION_1);
    tlv::header(&mut out, tlv::SET, oid::SHA256_ALGORITHM.len());
    out.extend_from_slice(oid::SHA256_ALGORITHM);
    tlv::header(&mut out, tlv::SEQUENCE, encapsulated);
    out.extend_from_slice(oid::DATA);
    if let Encapsulated::Octets(octets) = parts.content {
        tlv::header(&mut out, tlv::explicit(0), tlv::element_len(octets.len()));
        tlv::header(&mut out, tlv::OCTET_STRING, octets.len());
        out.extend_from_slice(octets);
    }
    out.extend_from_slice(certificates);
    tlv::header(&mut out, tlv::SET, signer_info.len());
    out.extend_from_slice(&signer_info);
    out
}

/// SignerInfo (RFC 5652 5.3).
fn signer_info(parts: &Parts<'_>) -> Vec<u8> {
    let signature = ecdsa::der_from_raw(parts.raw_signature);
    // [0] IMPLICIT SET OF: the signed octets with another tag.
    let attributes = parts.signed_attributes.get(1..).unwrap_or_default();
    tlv::sequence(&[
        VERSION_1,
        parts.certificate.issuer_and_serial(),
        oid::SHA256_ALGORITHM,
        &[tlv::explicit(0)],
        attributes,
        oid::ECDSA_WITH_SHA256_ALGORITHM,
        &tlv::element(tlv::OCTET_STRING, &[&signature]),
    ])
}
