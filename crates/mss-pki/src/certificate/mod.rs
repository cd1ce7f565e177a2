//! Reading X.509 certificates.
mod extensions;
mod fields;
mod key_usage;
mod name_text;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use extensions::Extensions;
pub(crate) use fields::{Fields, signed};
pub use key_usage::{ExtKeyUsage, KeyUsage};
use mss_core::Timestamp;
pub(crate) use name_text::{has_demo_unit, name_text};

use crate::{PublicKey, sha256};

/// Largest certificate that is read.
pub const MAX_DER: usize = 16 * 1024;

/// From when to when a certificate may be used; both ends belong to it (RFC 5280 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment, whole seconds.
    pub not_before: Timestamp,
    /// Last moment, whole seconds.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether `at` lies inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.not_before.secs()..=self.not_after.secs()).contains(&at.secs())
    }
}

/// A certificate read strictly from DER. Reading proves nothing about who signed it: see [`crate::path`].
pub struct Certificate {
    der: Vec<u8>,
    sha256: [u8; 32],
    tbs: Vec<u8>,
    signature: Vec<u8>,
    serial: Vec<u8>,
    subject_der: Vec<u8>,
    subject: String,
    issuer_der: Vec<u8>,
    issuer: String,
    validity: Validity,
    public_key: PublicKey,
    extensions: Extensions,
    demo: bool,
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    /// When it is malformed, too large, has octets behind it, or a key or signature that is not ECDSA P-256 with SHA-256.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        let fields = Fields::read(der)?;
        if !fields.ecdsa_with_sha256 {
            return Err(CertificateError::Algorithm);
        }
        fields.check_serial()?;
        Ok(Self {
            der: der.to_vec(),
            sha256: sha256(der),
            tbs: fields.tbs.to_vec(),
            signature: fields.signature.to_vec(),
            serial: fields.serial.to_vec(),
            subject_der: fields.subject.to_vec(),
            subject: name_text(fields.subject)?,
            issuer_der: fields.issuer.to_vec(),
            issuer: name_text(fields.issuer)?,
            validity: fields.validity,
            public_key: PublicKey::from_spki(fields.spki).map_err(|_| CertificateError::Algorithm)?,
            demo: has_demo_unit(fields.subject)? || has_demo_unit(fields.issuer)?,
            extensions: fields.extensions,
        })
    }

    /// The certificate as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// From when to when it may be used.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The subject's name as text: `CN=…, SERIALNUMBER=…`, in certificate order.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The subject's name in DER: what two names are compared by.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The issuer's name as text.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuer's name in DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// The serial number, lower-case hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        let digits =
            self.serial.strip_prefix(&[0]).filter(|digits| !digits.is_empty()).unwrap_or(&self.serial);
        crate::hex_lower(digits)
    }

    /// SHA-256 of the DER: the fingerprint, and the hash in signingCertificateV2.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Key usage bits; `None` when the extension is absent.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// Extended key usage; `None` when the extension is absent.
    #[must_use]
    pub fn ext_key_usage(&self) -> Option<ExtKeyUsage> {
        self.extensions.ext_key_usage
    }

    /// Whether it, or its issuer, carries the demo marker (OU=DEMO), which production refuses.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Whether subject and issuer are the same name, as in a root.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// Whether `issuer`'s name and key made it. Says nothing about whether `issuer` may issue.
    #[must_use]
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        self.issuer_der == issuer.subject_der && issuer.public_key.verify_der(&self.tbs, &self.signature)
    }

    /// The INTEGER's value octets.
    pub(crate) fn serial_octets(&self) -> &[u8] {
        &self.serial
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

/// The fingerprint alone: names of persons do not belong in logs.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", crate::hex_lower(&self.sha256))
    }
}

/// Why octets are no certificate for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More octets than [`MAX_DER`].
    #[error("the certificate is larger than {MAX_DER} octets")]
    TooLarge,
    /// No DER certificate, or something behind it.
    #[error("the certificate is malformed: {0}")]
    Malformed(&'static str),
    /// A key or signature algorithm that the platform does not use.
    #[error("the certificate uses an unsupported algorithm")]
    Algorithm,
}
