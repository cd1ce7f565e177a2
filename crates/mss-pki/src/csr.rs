//! PKCS#10 certificate requests (RFC 2986) with P-256 keys.
use der::{Decode, Reader, SliceReader};
use mss_core::RoleIdentity;
use x509_cert::request::CertReq;

use crate::{
    PublicKey, SignError, Signer,
    certificate::{name_text, signed},
    issuance::{Name, node_names, seal},
    oid, tlv,
};

/// Builds a request for a node certificate, signed by the node's key. Subject CN is the node's name; the SAN asks for the name
/// and the identity's URI. The CA takes the key alone from it: everything else comes from the enrolment code.
///
/// # Errors
/// When the key cannot sign.
pub fn build(key: &dyn Signer, identity: &RoleIdentity) -> Result<Vec<u8>, SignError> {
    let extensions = tlv::sequence(&[&node_names(identity, &[])]);
    let request = tlv::sequence(&[oid::EXTENSION_REQUEST, &tlv::element(tlv::SET, &[&extensions])]);
    let info = tlv::sequence(&[
        &tlv::unsigned(&[0]),
        Name::node(identity).der(),
        key.public_key().spki_der(),
        &tlv::element(tlv::explicit(0), &[&request]),
    ]);
    Ok(seal(&info, &key.sign(&info)?))
}

/// A request whose signature proves possession of its key.
#[derive(Debug, Clone)]
pub struct CheckedRequest {
    public_key: PublicKey,
    subject: String,
}

impl CheckedRequest {
    /// The key, possession proven.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject the requester wrote, as text: for logs, never for a certificate.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Reads a request in DER and checks its signature.
///
/// # Errors
/// When it is malformed, too large, of another algorithm, or not signed by its key.
pub fn parse_and_check(der: &[u8]) -> Result<CheckedRequest, RequestError> {
    if der.len() > MAX_DER {
        return Err(RequestError::TooLarge);
    }
    CertReq::from_der(der).map_err(|_| RequestError::Malformed)?;
    let (info, algorithm, signature) = signed(der).map_err(|_| RequestError::Malformed)?;
    if algorithm != oid::ECDSA_WITH_SHA256_ALGORITHM {
        return Err(RequestError::Algorithm);
    }
    let (subject, spki) = subject_and_key(info).map_err(|_| RequestError::Malformed)?;
    let public_key = PublicKey::from_spki(spki).map_err(|_| RequestError::Algorithm)?;
    let signature = signature.as_bytes().ok_or(RequestError::Malformed)?;
    if !public_key.verify_der(info, signature) {
        return Err(RequestError::Possession);
    }
    let subject = name_text(subject).map_err(|_| RequestError::Malformed)?;
    Ok(CheckedRequest { public_key, subject })
}

fn subject_and_key(info: &[u8]) -> Result<(&[u8], &[u8]), der::Error> {
    SliceReader::new(info)?.sequence(|reader| {
        reader.tlv_bytes()?;
        let parts = (reader.tlv_bytes()?, reader.tlv_bytes()?);
        reader.tlv_bytes()?;
        Ok(parts)
    })
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Larger than [`MAX_DER`].
    #[error("the certificate request is larger than {MAX_DER} octets")]
    TooLarge,
    /// No DER request, or something behind it.
    #[error("the certificate request is malformed")]
    Malformed,
    /// Not P-256 with SHA-256.
    #[error("the certificate request uses an unsupported algorithm")]
    Algorithm,
    /// The signature is not by the key inside.
    #[error("the certificate request is not signed by its key")]
    Possession,
}

/// Largest request that is read.
pub const MAX_DER: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use mss_core::{Network, NetworkRole, NodeName};
    use proptest::prelude::*;

    use super::*;
    use crate::{NodeKey, test_entropy::Counting};

    fn request() -> (NodeKey, Vec<u8>) {
        let key = NodeKey::generate(&mut Counting(3)).unwrap();
        let identity = RoleIdentity {
            network: Network::Mesh,
            role: NetworkRole::Home,
            name: NodeName::parse("home.example").unwrap(),
        };
        let der = build(&key, &identity).unwrap();
        (key, der)
    }

    #[test]
    fn a_request_proves_possession_of_its_key() {
        let (key, der) = request();
        let checked = parse_and_check(&der).unwrap();
        assert_eq!(checked.public_key(), key.public_key());
        assert_eq!(checked.subject(), "CN=home.example");
    }

    #[test]
    fn a_changed_request_is_refused() {
        let (_, der) = request();
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 1;
            assert!(parse_and_check(&changed).is_err(), "octet {at}");
        }
        let mut longer = der.clone();
        longer.push(0);
        assert_eq!(parse_and_check(&longer).unwrap_err(), RequestError::Malformed);
        assert_eq!(parse_and_check(&vec![0x30; MAX_DER + 1]).unwrap_err(), RequestError::TooLarge);
    }

    #[test]
    fn a_request_for_anothers_key_is_refused() {
        let (_, der) = request();
        let other = NodeKey::generate(&mut Counting(4)).unwrap();
        let own = parse_and_check(&der).unwrap().public_key().spki_der().to_vec();
        let at = der.windows(own.len()).position(|window| window == own).unwrap();
        let mut swapped = der;
        swapped[at..at + own.len()].copy_from_slice(other.public_key().spki_der());
        assert_eq!(parse_and_check(&swapped).unwrap_err(), RequestError::Possession);
    }

    proptest! {
        #[test]
        fn no_octets_panic(cut in 0_usize..400, at in 0_usize..400, to: u8) {
            let (_, mut der) = request();
            if let Some(octet) = der.get_mut(at) {
                *octet = to;
            }
            der.truncate(cut);
            let _ = parse_and_check(&der);
        }
    }
}
