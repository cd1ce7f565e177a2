use std::{fmt, sync::Arc};

use mss_core::Timestamp;

use crate::{
    PublicKey,
    certificate::{Certificate, CertificateError, KeyUsage, Validity},
    path::MAX_PATH,
    tlv,
};

/// A person's certificate with its path, parsed once and shared: everything that verifying and assembling need is ready.
pub struct UserCertificate {
    leaf: Certificate,
    above: Vec<Certificate>,
    sha256: [u8; 32],
    /// `[0] IMPLICIT CertificateSet`, in path order.
    certificate_set: Vec<u8>,
    /// `IssuerAndSerialNumber` of the leaf.
    issuer_and_serial: Vec<u8>,
}

impl UserCertificate {
    /// Reads a path in DER: the signer's certificate first, then intermediates in order, never the root.
    ///
    /// # Errors
    /// When a certificate is malformed, one is not followed by the issuer that signed it, or a self-issued certificate (a
    /// root) is among them. Whether a trusted root stands above is [`crate::path::validate`]'s question.
    pub fn parse<D: AsRef<[u8]>>(path: &[D]) -> Result<Arc<Self>, UserCertificateError> {
        if path.len() > MAX_PATH {
            return Err(UserCertificateError::Count);
        }
        let mut certificates = Vec::with_capacity(path.len());
        for der in path {
            let certificate = Certificate::parse(der.as_ref())?;
            if certificate.is_self_issued() {
                return Err(UserCertificateError::Root);
            }
            certificates.push(certificate);
        }
        let mut pairs = certificates.iter().zip(certificates.iter().skip(1));
        if !pairs.all(|(lower, upper)| lower.is_signed_by(upper)) {
            return Err(UserCertificateError::Order);
        }
        let octets: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
        let certificate_set = tlv::element(tlv::explicit(0), &octets);
        let mut certificates = certificates.into_iter();
        let leaf = certificates.next().ok_or(UserCertificateError::Count)?;
        let serial = tlv::element(tlv::INTEGER, &[leaf.serial_octets()]);
        Ok(Arc::new(Self {
            sha256: leaf.sha256(),
            certificate_set,
            issuer_and_serial: tlv::sequence(&[leaf.issuer_der(), &serial]),
            leaf,
            above: certificates.collect(),
        }))
    }

    /// The signer's own certificate.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The path, signer first.
    pub fn path(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.above)
    }

    /// The signer's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.leaf.public_key()
    }

    /// SHA-256 of the signer's certificate: what SET_CERT tells the card and signingCertificateV2 holds.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// From when to when the signer's certificate may be used.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.leaf.validity()
    }

    /// The signer's name as text.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.leaf.subject()
    }

    /// The signer's key usage.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.leaf.key_usage()
    }

    /// Whether the signer's certificate may be used at `at`.
    #[must_use]
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.validity().contains(at)
    }

    pub(crate) fn certificate_set(&self) -> &[u8] {
        &self.certificate_set
    }

    pub(crate) fn issuer_and_serial(&self) -> &[u8] {
        &self.issuer_and_serial
    }
}

impl fmt::Debug for UserCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserCertificate({})", crate::hex_lower(&self.sha256))
    }
}

/// Why a path is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserCertificateError {
    /// No certificate at all, or more than [`MAX_PATH`].
    #[error("a path holds 1 to {MAX_PATH} certificates")]
    Count,
    /// One certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A certificate is not followed by its issuer.
    #[error("the certificates are not in path order")]
    Order,
    /// A self-issued certificate: roots are never sent.
    #[error("a root is among the certificates")]
    Root,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_world::World;

    #[test]
    fn a_path_is_in_order_and_without_its_root() {
        let world = World::new();
        let user = world.user(mss_core::Operation::Sign);
        let (leaf, issuing, root) = (user.leaf().der(), world.issuing.der(), world.root.der());
        assert_eq!(user.path().count(), 2);
        assert!(UserCertificate::parse(&[leaf]).is_ok());
        let refused = |path: &[&[u8]]| UserCertificate::parse(path).map(|_| ()).unwrap_err();
        assert_eq!(refused(&[]), UserCertificateError::Count);
        assert_eq!(refused(&[leaf; 6]), UserCertificateError::Count);
        assert_eq!(refused(&[issuing, leaf]), UserCertificateError::Order);
        assert_eq!(refused(&[leaf, leaf]), UserCertificateError::Order);
        assert_eq!(refused(&[leaf, issuing, root]), UserCertificateError::Root);
        assert!(matches!(refused(&[b"no"]), UserCertificateError::Certificate(_)));
    }
}
