use mss_core::{Operation, Timestamp};
use mss_pki::{Certificate, PublicKey, certificate::KeyUsage, path};

use crate::Person;

/// What a certificate must say.
#[derive(Debug)]
pub struct ExpectedCertificate<'a> {
    /// SubjectPublicKeyInfo in DER of the key that the card made.
    pub public_key: &'a [u8],
    /// What the key is for.
    pub operation: Operation,
    /// Whose certificate it is.
    pub person: &'a Person,
}

/// Looks at what the CA sent before the card and the home learn of it.
pub trait CertificateCheck: Send {
    /// Whether `path` (signer first, then intermediates, in DER) certifies what was ordered.
    ///
    /// # Errors
    /// What is wrong, for the log.
    fn check(
        &self,
        path: &[Vec<u8>],
        expected: &ExpectedCertificate<'_>,
        now: Timestamp,
    ) -> Result<(), String>;
}

/// The check with `mss_pki`: the path leads to a root of the users' CA, and certifies that key for that person.
#[derive(Debug)]
pub struct PkiCheck {
    roots: Vec<Certificate>,
}

impl PkiCheck {
    /// Trusts these roots of the users' CA.
    #[must_use]
    pub fn new(roots: Vec<Certificate>) -> Self {
        Self { roots }
    }
}

impl CertificateCheck for PkiCheck {
    fn check(
        &self,
        path: &[Vec<u8>],
        expected: &ExpectedCertificate<'_>,
        now: Timestamp,
    ) -> Result<(), String> {
        let read = |der: &Vec<u8>| Certificate::parse(der).map_err(|error| error.to_string());
        let path = path.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let leaf = path.first().ok_or("the path is empty")?;
        let key = PublicKey::from_spki(expected.public_key).map_err(|error| error.to_string())?;
        if leaf.public_key().spki_der() != key.spki_der() {
            return Err("the certificate is for another key".to_owned());
        }
        if leaf.subject_der() != expected.person.name()?.der() {
            return Err("the certificate is for another person".to_owned());
        }
        check_usage(leaf, expected.operation)?;
        path::validate(&path.iter().collect::<Vec<_>>(), &self.roots, now).map_err(|error| error.to_string())
    }
}

/// A person's will and a person's log-in must not be exchanged; a digest key may be certified for either.
fn check_usage(leaf: &Certificate, operation: Operation) -> Result<(), String> {
    let usage = leaf.key_usage().ok_or("the certificate has no key usage")?;
    let right = match operation {
        Operation::Sign => usage.contains(KeyUsage::NON_REPUDIATION),
        Operation::Authn => usage.contains(KeyUsage::DIGITAL_SIGNATURE),
        Operation::Digest => [KeyUsage::NON_REPUDIATION, KeyUsage::DIGITAL_SIGNATURE]
            .into_iter()
            .any(|one| usage.contains(one)),
    };
    if right { Ok(()) } else { Err("the certificate is for another use".to_owned()) }
}

#[cfg(test)]
mod tests;
