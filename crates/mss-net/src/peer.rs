use std::fmt::{self, Write as _};

use mss_core::RoleIdentity;
use mss_pki::{
    certificate::{CertificateError, KeyUsage},
    hex_lower,
    peer::{PeerCertificate, identify},
};

/// SHA-256 of a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits; colons between octets, as OpenSSL prints them, are skipped.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        let mut digits = text.bytes().filter(|b| *b != b':').map(|b| char::from(b).to_digit(16));
        for octet in &mut octets {
            let (high, low) = (digits.next()??, digits.next()??);
            *octet = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Self(octets))
    }
}

/// 64 hexadecimal digits in lower case.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_lower(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who is at the other end of a connection, read once from its certificate. TLS has proven the key and the chain; whether
/// this peer may ask for anything is the allow-list's word, per request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    fingerprint: Fingerprint,
    identity: Option<RoleIdentity>,
    subject: String,
    client_auth: bool,
}

impl Peer {
    /// Reads the peer's own certificate (the first of its chain).
    ///
    /// # Errors
    /// When it is malformed.
    pub fn from_certificate(der: &[u8]) -> Result<Self, CertificateError> {
        Ok(identify(der)?.into())
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The role identity in the certificate, if it has one.
    #[must_use]
    pub fn identity(&self) -> Option<&RoleIdentity> {
        self.identity.as_ref()
    }

    /// The subject's name as text, for logs.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the certificate is meant for TLS clients: the extended key usage names clientAuth, and the key usage, where
    /// present, allows digital signatures. A certificate that says nothing is not.
    #[must_use]
    pub fn is_fit_for_client_auth(&self) -> bool {
        self.client_auth
    }
}

/// For logs: the role identity, or else the subject, and the certificate's fingerprint.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.identity {
            Some(identity) => f.write_str(&identity.uri())?,
            // Whoever sends a long name shall not fill the log.
            None => self.subject.chars().take(SUBJECT_SHOWN).try_for_each(|c| f.write_char(c))?,
        }
        write!(f, " sha256:{}", self.fingerprint)
    }
}

/// Characters of a subject in a log line.
const SUBJECT_SHOWN: usize = 200;

impl From<PeerCertificate> for Peer {
    fn from(certificate: PeerCertificate) -> Self {
        let signs = certificate.key_usage.is_none_or(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
        let for_clients = certificate.ext_key_usage.is_some_and(|usage| usage.client_auth);
        Self {
            fingerprint: Fingerprint(certificate.fingerprint),
            identity: certificate.identity,
            subject: certificate.subject,
            client_auth: signs && for_clients,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_reads_what_it_writes_and_what_openssl_writes() {
        let fingerprint = Fingerprint(std::array::from_fn(|i| u8::try_from(i * 7).unwrap()));
        assert_eq!(Fingerprint::from_hex(&fingerprint.to_string()), Some(fingerprint));
        let with_colons: Vec<String> = fingerprint.0.iter().map(|b| format!("{b:02X}")).collect();
        assert_eq!(Fingerprint::from_hex(&with_colons.join(":")), Some(fingerprint));
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63), &"0".repeat(66)] {
            assert_eq!(Fingerprint::from_hex(text), None, "{text}");
        }
    }
}
