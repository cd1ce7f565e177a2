use mss_core::Operation;
use rcgen::{CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};

use super::*;
use crate::test_world::World;

#[test]
fn what_was_issued_is_what_is_read() {
    let world = World::new();
    let user = world.user(Operation::Sign);
    let leaf = user.leaf();
    assert_eq!(
        leaf.subject(),
        "CN=Aino Virtanen\\, née Österman, GN=Aino, SN=Virtanen\\, née Österman, SERIALNUMBER=PNOFI-0000000001"
    );
    assert_eq!(leaf.issuer(), "O=Test, OU=DEMO, CN=Test users CA");
    assert_eq!(leaf.serial_hex(), format!("49{}", "09".repeat(15)));
    assert_eq!(leaf.key_usage(), Some(KeyUsage::NON_REPUDIATION));
    assert_eq!(world.user(Operation::Authn).key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(leaf.ext_key_usage(), None);
    assert_eq!(leaf.public_key(), crate::Signer::public_key(&world.user_key));
    assert!(leaf.is_signed_by(&world.issuing) && !leaf.is_signed_by(&world.root));
    assert!(leaf.is_demo() && world.root.is_demo());
    assert!(world.root.is_self_issued() && !leaf.is_self_issued());
    assert_eq!(leaf.sha256(), sha256(leaf.der()));
    assert!(!format!("{leaf:?}").contains("Aino"));
}

#[test]
fn every_changed_octet_is_seen() {
    let world = World::new();
    let der = world.user(Operation::Sign).leaf().der().to_vec();
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let holds =
            Certificate::parse(&changed).is_ok_and(|certificate| certificate.is_signed_by(&world.issuing));
        assert!(!holds, "octet {at}");
    }
}

#[test]
fn limits_and_trailing_octets() {
    let der = World::new().root.der().to_vec();
    let mut longer = der.clone();
    longer.push(0);
    assert!(matches!(Certificate::parse(&longer), Err(CertificateError::Malformed(_))));
    assert!(matches!(Certificate::parse(&der[..der.len() - 1]), Err(CertificateError::Malformed(_))));
    assert_eq!(Certificate::parse(&vec![0; MAX_DER + 1]).unwrap_err(), CertificateError::TooLarge);
}

/// A certificate by another maker.
fn foreign(algorithm: &'static rcgen::SignatureAlgorithm, extensions: Vec<CustomExtension>) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.custom_extensions = extensions;
    let key = KeyPair::generate_for(algorithm).unwrap();
    params.self_signed(&key).unwrap().der().to_vec()
}

#[test]
fn foreign_certificates_are_read_where_they_fit() {
    let read = Certificate::parse(&foreign(&PKCS_ECDSA_P256_SHA256, vec![])).unwrap();
    assert!(read.is_signed_by(&read) && !read.is_demo());
    assert_eq!(
        Certificate::parse(&foreign(&PKCS_ECDSA_P384_SHA384, vec![])).unwrap_err(),
        CertificateError::Algorithm
    );
}

#[test]
fn unknown_critical_and_repeated_extensions() {
    let extension = |critical| {
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
        extension.set_criticality(critical);
        extension
    };
    let read = |extensions| Certificate::parse(&foreign(&PKCS_ECDSA_P256_SHA256, extensions));
    assert!(!read(vec![extension(false)]).unwrap().extensions().unknown_critical);
    assert!(read(vec![extension(true)]).unwrap().extensions().unknown_critical);
    assert!(matches!(read(vec![extension(false), extension(false)]), Err(CertificateError::Malformed(_))));
}

#[test]
fn a_name_cannot_break_a_log_line() {
    let name = crate::issuance::Name::person("A", "\u{202e}B=C", "PNOFI-0000000001").unwrap();
    let text = name_text(name.der()).unwrap();
    assert_eq!(text, "CN=A \\E2\\80\\AEB\\=C, GN=A, SN=\\E2\\80\\AEB\\=C, SERIALNUMBER=PNOFI-0000000001");
}
