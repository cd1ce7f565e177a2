use crate::{
    Certificate, PublicKey, SignError, Signer,
    certificate::Validity,
    issuance::{Name, Profile, RefusedProfile, extension},
    oid, tlv,
};

/// Everything a certificate says but its issuer.
pub struct Template {
    /// What it is for.
    pub profile: Profile,
    /// Whom it names.
    pub subject: Name,
    /// The key it vouches for.
    pub public_key: PublicKey,
    /// From when to when, whole seconds.
    pub validity: Validity,
    /// 16 random octets; the first bit is cleared and the next set, so that the number is positive and of full length.
    pub serial: [u8; 16],
}

/// A CA certificate and its key.
pub struct Issuer<'a> {
    /// The CA's certificate.
    pub certificate: &'a Certificate,
    /// The key of that certificate.
    pub signer: &'a dyn Signer,
}

/// Makes a certificate.
///
/// # Errors
/// When the profile does not exist or is a root's, the signer's key is not the issuer's, or it cannot sign.
pub fn issue(template: &Template, issuer: &Issuer<'_>) -> Result<Vec<u8>, IssueError> {
    let certificate = issuer.certificate;
    if template.profile.is_root() {
        return Err(RefusedProfile.into());
    }
    if certificate.public_key() != issuer.signer.public_key() {
        return Err(IssueError::WrongKey);
    }
    let above = certificate.extensions().subject_key_id.clone();
    let above = above.unwrap_or_else(|| extension::key_id(certificate.public_key()));
    let tbs = to_be_signed(template, certificate.subject_der(), Some(&above))?;
    Ok(seal(&tbs, &issuer.signer.sign(&tbs)?))
}

/// Makes a root certificate, signed by its own key.
///
/// # Errors
/// When the profile is not a root's, the signer's key is not the template's, or it cannot sign.
pub fn self_sign(template: &Template, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
    if !template.profile.is_root() {
        return Err(RefusedProfile.into());
    }
    if template.public_key != *signer.public_key() {
        return Err(IssueError::WrongKey);
    }
    let tbs = to_be_signed(template, template.subject.der(), None)?;
    Ok(seal(&tbs, &signer.sign(&tbs)?))
}

/// TBSCertificate (RFC 5280 4.1.2).
fn to_be_signed(
    template: &Template,
    issuer: &[u8],
    authority_key_id: Option<&[u8]>,
) -> Result<Vec<u8>, RefusedProfile> {
    let Validity { not_before, not_after } = template.validity;
    let mut extensions = template.profile.extensions()?;
    extensions.push(extension::subject_key_id(&extension::key_id(&template.public_key)));
    extensions.extend(authority_key_id.map(extension::authority_key_id));
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let mut serial = template.serial;
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    Ok(tlv::sequence(&[
        VERSION_3,
        &tlv::unsigned(&serial),
        oid::ECDSA_WITH_SHA256_ALGORITHM,
        issuer,
        &tlv::sequence(&[&tlv::time(not_before), &tlv::time(not_after)]),
        template.subject.der(),
        template.public_key.spki_der(),
        &tlv::element(tlv::explicit(3), &[&tlv::sequence(&extensions)]),
    ]))
}

/// `[0] EXPLICIT Version`, v3.
const VERSION_3: &[u8] = &[0xa0, 3, 2, 1, 2];

/// What was signed, the algorithm and the signature: certificates and requests alike.
pub(crate) fn seal(tbs: &[u8], signature: &[u8]) -> Vec<u8> {
    tlv::sequence(&[tbs, oid::ECDSA_WITH_SHA256_ALGORITHM, &tlv::bit_string(signature)])
}

/// Why no certificate was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The profile does not exist.
    #[error(transparent)]
    Profile(#[from] RefusedProfile),
    /// The key and the certificate of the issuer are not a pair.
    #[error("the signing key is not the issuer's")]
    WrongKey,
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}
