//! Certificates, certificate requests and PEM, as listeners, the CA and card orders are given them.
use mss_pki::{Certificate, PublicKey, Signer, UserCertificate, certificate, csr, peer, pem};

use crate::pki_world::WORLD;

/// The same octets as each of them.
///
/// # Panics
/// When octets that our keys did not sign count as signed, or what was read is not what came.
pub fn run(octets: &[u8]) {
    if let Ok(certificate) = Certificate::parse(octets) {
        look_at(&certificate, octets);
    }
    if let Ok(seen) = peer::identify(octets) {
        assert!(octets.len() <= certificate::MAX_DER);
        assert_eq!(seen.fingerprint, mss_pki::sha256(octets));
    }
    if let Ok(request) = csr::parse_and_check(octets) {
        assert!(octets.len() <= csr::MAX_DER);
        let known = request.public_key() == WORLD.user_key.public_key();
        assert!(!known || request.subject() == "CN=node.example", "a request that our key did not sign");
    }
    if let Ok(key) = PublicKey::from_spki(octets) {
        assert_eq!(key.spki_der(), octets);
    }
    if let Ok(key) = PublicKey::from_point(octets) {
        assert_eq!(PublicKey::from_point(&key.compressed_point()).ok().as_ref(), Some(&key));
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        for label in [pem::CERTIFICATE, pem::CERTIFICATE_REQUEST, pem::PRIVATE_KEY] {
            let Ok(blocks) = pem::decode_all(label, text) else { continue };
            let again: String = blocks.iter().map(|block| pem::encode(label, block)).collect();
            assert_eq!(pem::decode_all(label, &again).ok().as_ref(), Some(&blocks));
            if label == pem::CERTIFICATE && blocks.len() < 4 {
                let _ = UserCertificate::parse(&blocks);
            }
        }
    }
}

fn look_at(certificate: &Certificate, octets: &[u8]) {
    assert!(octets.len() <= certificate::MAX_DER);
    assert_eq!(certificate.der(), octets);
    assert!(peer::identify(octets).is_ok(), "a certificate that a listener cannot read");
    assert!(!certificate.serial_hex().is_empty());
    assert_eq!(certificate.is_self_issued(), certificate.subject_der() == certificate.issuer_der());
    let world = &*WORLD;
    for issuer in [&world.roots[0], &world.issuing, &world.network] {
        if certificate.is_signed_by(issuer) {
            // Only what we issued: everything but the signature's own octets is as we wrote it.
            let nodes = world.nodes.iter().map(|der| Certificate::parse(der).expect("our own"));
            let users = world.users.iter().flat_map(|user| user.path());
            let same = |ours: &Certificate| {
                ours.subject_der() == certificate.subject_der()
                    && ours.serial_hex() == certificate.serial_hex()
                    && ours.public_key() == certificate.public_key()
                    && ours.validity() == certificate.validity()
                    && ours.key_usage() == certificate.key_usage()
                    && ours.ext_key_usage() == certificate.ext_key_usage()
            };
            let ours = world.roots.iter().chain([&world.network]).chain(users).any(same)
                || nodes.into_iter().any(|node| same(&node));
            assert!(ours, "a certificate that we did not sign");
        }
    }
}

/// Certificates of every profile, a request, keys, and PEM around them.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let world = &*WORLD;
    let mut seeds: Vec<Vec<u8>> = world.nodes.clone();
    seeds.extend(
        [&world.roots[0], &world.issuing, &world.network].map(|certificate| certificate.der().to_vec()),
    );
    seeds.extend(world.users.iter().map(|user| user.leaf().der().to_vec()));
    seeds.push(world.request.clone());
    seeds.push(world.user_key.public_key().spki_der().to_vec());
    seeds.push(world.user_key.public_key().point().to_vec());
    seeds.push(world.user_key.public_key().compressed_point().to_vec());
    let path: String =
        world.users[0].path().map(|certificate| pem::encode(pem::CERTIFICATE, certificate.der())).collect();
    seeds.push(path.into_bytes());
    seeds.push(pem::encode(pem::CERTIFICATE_REQUEST, &world.request).into_bytes());
    seeds
}
