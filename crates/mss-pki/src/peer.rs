//! Who is at the other end of a TLS connection, read from its certificate. TLS has already proven the key and the chain; this
//! says what the certificate claims, and the listener's allow-list decides.
use mss_core::RoleIdentity;

use crate::{
    certificate::{CertificateError, ExtKeyUsage, Fields, KeyUsage, name_text},
    sha256,
};

/// A peer's certificate, as far as a listener looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// The identity in its `urn:sinetti:` URI; `None` when it has none, more than one, or one that cannot be read.
    pub identity: Option<RoleIdentity>,
    /// Key usage; `None` when absent.
    pub key_usage: Option<KeyUsage>,
    /// Extended key usage; `None` when absent.
    pub ext_key_usage: Option<ExtKeyUsage>,
    /// The subject's name as text, for logs.
    pub subject: String,
}

/// Reads a peer's certificate. The key may be of any kind: TLS has used it already.
///
/// # Errors
/// When the certificate is malformed.
pub fn identify(der: &[u8]) -> Result<PeerCertificate, CertificateError> {
    let fields = Fields::read(der)?;
    let mut ours = fields.extensions.uris.iter().filter(|uri| uri.starts_with("urn:sinetti:"));
    let identity = match (ours.next(), ours.next()) {
        (Some(uri), None) => RoleIdentity::from_uri(uri),
        _ => None,
    };
    Ok(PeerCertificate {
        fingerprint: sha256(der),
        identity,
        key_usage: fields.extensions.key_usage,
        ext_key_usage: fields.extensions.ext_key_usage,
        subject: name_text(fields.subject)?,
    })
}

#[cfg(test)]
mod tests {
    use mss_core::{Network, NetworkRole, NodeName, Operation};
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, SanType};

    use super::*;
    use crate::test_world::World;

    #[test]
    fn a_node_is_known_by_its_uri_and_a_person_has_none() {
        let world = World::new();
        let identity = RoleIdentity {
            network: Network::Mesh,
            role: NetworkRole::Ae,
            name: NodeName::parse("ae.example").unwrap(),
        };
        let node = world.node(&identity, vec![]);
        let peer = identify(node.der()).unwrap();
        assert_eq!(peer.identity.as_ref(), Some(&identity));
        assert_eq!(peer.key_usage, Some(KeyUsage::DIGITAL_SIGNATURE));
        assert_eq!(
            peer.ext_key_usage,
            Some(ExtKeyUsage { client_auth: true, server_auth: false, other: false })
        );
        assert_eq!((peer.fingerprint, peer.subject.as_str()), (node.sha256(), "CN=ae.example"));
        let person = identify(world.user(Operation::Sign).leaf().der()).unwrap();
        assert_eq!((person.identity, person.ext_key_usage), (None, None));
    }

    /// Certificates by another maker, with another kind of key.
    fn foreign(uris: &[&str]) -> PeerCertificate {
        let mut params = CertificateParams::new(vec!["ap.example".to_owned()]).unwrap();
        let names = uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap()));
        params.subject_alt_names.extend(names);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        identify(params.self_signed(&key).unwrap().der()).unwrap()
    }

    #[test]
    fn two_identities_are_none() {
        let uri = "urn:sinetti:ap:ap:shop.example";
        assert_eq!(foreign(&[uri]).identity.map(|identity| identity.uri()).as_deref(), Some(uri));
        for uris in [
            &[][..],
            &[uri, "urn:sinetti:mesh:ae:shop.example"],
            &["urn:sinetti:ap:ap:"],
            &["URN:sinetti:ap:ap:x"],
        ] {
            assert_eq!(foreign(uris).identity, None, "{uris:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(cut in 0_usize..700, at in 0_usize..700, to: u8) {
            thread_local!(static DER: Vec<u8> = World::new().user(Operation::Sign).leaf().der().to_vec());
            let mut der = DER.with(Clone::clone);
            if let Some(octet) = der.get_mut(at) {
                *octet = to;
            }
            der.truncate(cut);
            let _ = identify(&der);
            let _ = crate::Certificate::parse(&der);
        }
    }
}
