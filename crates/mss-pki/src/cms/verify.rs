use mss_core::Timestamp;

use super::{
    attributes::{Attributes, is_sha256},
    signed_data::{SignedData, SignerId},
};
use crate::{
    certificate::{Certificate, KeyUsage},
    oid,
    path::{self, MAX_PATH, PathError},
    sha256, tlv,
};

/// Largest CMS that is read.
pub const MAX_DER: usize = 1024 * 1024;

/// What a verified CMS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureReport {
    /// The signer's name as text.
    pub signer: String,
    /// The signer's certificate's serial number, lower-case hexadecimal.
    pub serial: String,
    /// The claimed signing time; `None` when the signature carries none.
    pub signing_time: Option<Timestamp>,
    /// The encapsulated content; `None` when it was detached.
    pub content: Option<Vec<u8>>,
    /// Whether the certificate is for a person's will (nonRepudiation); otherwise it is for authentication.
    pub non_repudiation: bool,
    /// Whether a demo CA issued the certificate: worth nothing outside a test.
    pub demo: bool,
}

/// Verifies a CMS strictly: exactly one signer, id-data, messageDigest, signingCertificateV2, path to a trusted root now.
/// `detached_content` must be given where the content is detached, and must equal the content where both are there.
/// Revocation is not looked at yet: no report of this function means "not revoked".
///
/// # Errors
/// At the first thing that is not right.
pub fn verify(
    der: &[u8],
    trusted_roots: &[Certificate],
    detached_content: Option<&[u8]>,
    now: Timestamp,
) -> Result<SignatureReport, VerifyCmsError> {
    if der.len() > MAX_DER {
        return Err(VerifyCmsError::TooLarge);
    }
    let cms = SignedData::read(der)?;
    check_versions_and_algorithms(&cms)?;
    let attributes = Attributes::read(cms.signer.attributes)?;
    if cms.content_type != oid::DATA || attributes.content_type != oid::DATA {
        return Err(VerifyCmsError::ContentType);
    }
    let content = match (cms.content, detached_content) {
        (Some(inside), Some(given)) if inside != given => return Err(VerifyCmsError::OtherContent),
        (Some(content), _) | (None, Some(content)) => content,
        (None, None) => return Err(VerifyCmsError::NoContent),
    };
    if attributes.message_digest != sha256(content) {
        return Err(VerifyCmsError::Digest);
    }
    let certificates = certificates(&cms)?;
    let signer = certificates
        .iter()
        .find(|certificate| is_named(certificate, &cms.signer.id))
        .ok_or(VerifyCmsError::NoSigner)?;
    if attributes.certificate_hash != signer.sha256() {
        return Err(VerifyCmsError::SigningCertificate);
    }
    if !signer.public_key().verify_der(&attributes.signed, cms.signer.signature) {
        return Err(VerifyCmsError::Signature);
    }
    check_usage(signer)?;
    path::validate(&path_of(signer, &certificates, trusted_roots), trusted_roots, now)?;
    Ok(SignatureReport {
        signer: signer.subject().to_owned(),
        serial: signer.serial_hex(),
        signing_time: attributes.signing_time,
        content: cms.content.map(<[u8]>::to_vec),
        non_repudiation: has_usage(signer, KeyUsage::NON_REPUDIATION),
        demo: signer.is_demo(),
    })
}

/// RFC 5652 5.1 and 5.3: both versions are 1 with issuerAndSerialNumber and 3 with a key identifier.
fn check_versions_and_algorithms(cms: &SignedData<'_>) -> Result<(), VerifyCmsError> {
    let version: &[u8] = match cms.signer.id {
        SignerId::IssuerAndSerial(_) => &[tlv::INTEGER, 1, 1],
        SignerId::KeyId(_) => &[tlv::INTEGER, 1, 3],
    };
    if cms.content_type == oid::DATA && (cms.version != version || cms.signer.version != version) {
        return Err(VerifyCmsError::Malformed("the version"));
    }
    let digests = cms.digest_algorithms.iter().all(|algorithm| is_sha256(algorithm));
    let listed = cms.digest_algorithms.len() == 1;
    let ecdsa = cms.signer.signature_algorithm == oid::ECDSA_WITH_SHA256_ALGORITHM;
    if digests && listed && ecdsa && is_sha256(cms.signer.digest_algorithm) {
        Ok(())
    } else {
        Err(VerifyCmsError::Algorithm)
    }
}

/// The certificates inside. One of another algorithm cannot be part of the path, so it is passed over; a malformed one is not.
fn certificates(cms: &SignedData<'_>) -> Result<Vec<Certificate>, VerifyCmsError> {
    use crate::certificate::CertificateError;
    let mut certificates = Vec::new();
    for der in &cms.certificates {
        match Certificate::parse(der) {
            Ok(certificate) => certificates.push(certificate),
            Err(CertificateError::Algorithm) => {}
            Err(_) => return Err(VerifyCmsError::Malformed("a certificate")),
        }
    }
    Ok(certificates)
}

fn is_named(certificate: &Certificate, id: &SignerId<'_>) -> bool {
    match id {
        SignerId::IssuerAndSerial(element) => {
            let serial = tlv::element(tlv::INTEGER, &[certificate.serial_octets()]);
            *element == tlv::sequence(&[certificate.issuer_der(), &serial])
        }
        SignerId::KeyId(id) => certificate.extensions().subject_key_id.as_deref() == Some(*id),
    }
}

fn has_usage(signer: &Certificate, usage: KeyUsage) -> bool {
    signer.key_usage().is_some_and(|allowed| allowed.contains(usage))
}

/// A signature is a person's: nonRepudiation, or digitalSignature for authentication. A certificate for digital signatures with
/// an extended key usage is a TLS certificate, and no CA signs texts.
fn check_usage(signer: &Certificate) -> Result<(), VerifyCmsError> {
    let authentication = has_usage(signer, KeyUsage::DIGITAL_SIGNATURE) && signer.ext_key_usage().is_none();
    if (has_usage(signer, KeyUsage::NON_REPUDIATION) || authentication) && !signer.extensions().ca {
        Ok(())
    } else {
        Err(VerifyCmsError::Usage)
    }
}

/// From the signer upwards, as far as issuers are inside and no root is reached.
fn path_of<'a>(
    signer: &'a Certificate,
    certificates: &'a [Certificate],
    roots: &[Certificate],
) -> Vec<&'a Certificate> {
    let mut path = vec![signer];
    let mut last = signer;
    while path.len() < MAX_PATH && !roots.iter().any(|root| root.subject_der() == last.issuer_der()) {
        let issuer = certificates.iter().find(|other| !other.is_self_issued() && last.is_signed_by(other));
        let Some(issuer) = issuer else { break };
        path.push(issuer);
        last = issuer;
    }
    path
}

/// Why a CMS was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyCmsError {
    /// Larger than [`MAX_DER`].
    #[error("the CMS is larger than {MAX_DER} octets")]
    TooLarge,
    /// Not the DER we accept, or octets behind it.
    #[error("the CMS is malformed: {0}")]
    Malformed(&'static str),
    /// Not one signer.
    #[error("the CMS has {0} signers; a mobile signature has one")]
    Signers(usize),
    /// Not ECDSA with SHA-256 everywhere.
    #[error("the CMS uses another algorithm than ECDSA with SHA-256")]
    Algorithm,
    /// A signed attribute is missing, stands twice or has not one value.
    #[error("the signed attribute is missing or stands twice: {0}")]
    Attribute(&'static str),
    /// eContentType or the contentType attribute is not id-data.
    #[error("the content type is not id-data")]
    ContentType,
    /// Detached, and no content was given.
    #[error("the content is detached and was not given")]
    NoContent,
    /// The content given is not the content inside.
    #[error("the content inside is another one than the content given")]
    OtherContent,
    /// messageDigest is not the content's.
    #[error("the content is not the one that was signed")]
    Digest,
    /// The signer's certificate is not inside.
    #[error("the signer's certificate is not inside")]
    NoSigner,
    /// signingCertificateV2 names another certificate.
    #[error("the signature was made for another certificate")]
    SigningCertificate,
    /// The signature does not fit.
    #[error("the signature does not verify")]
    Signature,
    /// The certificate is not for signatures of persons.
    #[error("the signer's certificate is not for a person's signatures")]
    Usage,
    /// The path does not hold.
    #[error(transparent)]
    Path(#[from] PathError),
}
