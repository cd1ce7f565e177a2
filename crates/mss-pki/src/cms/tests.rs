use mss_core::{MsspTransId, Operation, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    Certificate, Content, Expected, SignedAttributes, Signer, VerifiedSignature, ecdsa, test_world::World,
    tlv, verify as verify_signature,
};

const TEXT: &str = "Hyväksy maksu 5 €";

fn signed(world: &World, operation: Operation, content: Content) -> VerifiedSignature {
    let certificate = world.user(operation);
    let attributes = SignedAttributes::build(&content.message_digest(), world.now, certificate.sha256());
    let raw = ecdsa::raw_from_der(&world.user_key.sign(attributes.der()).unwrap()).unwrap();
    let expected = Expected {
        transaction: MsspTransId::parse("S1-0123456789abcdef0123").unwrap(),
        content,
        signing_time: world.now,
        certificate,
        now: world.now,
    };
    verify_signature(expected, raw).unwrap()
}

fn roots(world: &World) -> Vec<Certificate> {
    vec![Certificate::parse(world.root.der()).unwrap()]
}

fn text(world: &World) -> Vec<u8> {
    assemble(&signed(world, Operation::Sign, Content::Text(TEXT.to_owned())))
}

#[test]
fn a_text_travels_inside() {
    let world = World::new();
    let cms = text(&world);
    let report = verify(&cms, &roots(&world), None, world.now).unwrap();
    assert_eq!(report.content.as_deref(), Some(TEXT.as_bytes()));
    assert_eq!(report.signing_time, Some(world.now));
    assert!(report.signer.starts_with("CN=Aino") && report.non_repudiation && report.demo);
    assert_eq!(verify(&cms, &roots(&world), Some(TEXT.as_bytes()), world.now), Ok(report));
    assert_eq!(
        verify(&cms, &roots(&world), Some(b"other"), world.now).unwrap_err(),
        VerifyCmsError::OtherContent
    );
    assert_eq!(cms.capacity(), cms.len(), "lengths were computed right");
}

#[test]
fn a_digest_is_detached() {
    let world = World::new();
    let document = b"%PDF-1.7";
    let proof = signed(&world, Operation::Digest, Content::Digest(crate::sha256(document)));
    let cms = assemble(&proof);
    let report = verify(&cms, &roots(&world), Some(document), world.now).unwrap();
    assert_eq!(report.content, None);
    assert_eq!(verify(&cms, &roots(&world), None, world.now), Err(VerifyCmsError::NoContent));
    assert_eq!(verify(&cms, &roots(&world), Some(b"other"), world.now), Err(VerifyCmsError::Digest));
}

#[test]
fn authentication_is_told_from_will() {
    let world = World::new();
    let cms = assemble(&signed(&world, Operation::Authn, Content::Text(TEXT.to_owned())));
    assert!(!verify(&cms, &roots(&world), None, world.now).unwrap().non_repudiation);
}

#[test]
fn stored_parts_give_the_same_octets() {
    let world = World::new();
    let proof = signed(&world, Operation::Sign, Content::Text(TEXT.to_owned()));
    let parts = Parts {
        content: Encapsulated::Octets(TEXT.as_bytes()),
        signed_attributes: proof.attributes().der(),
        certificate: proof.certificate(),
        raw_signature: proof.raw(),
    };
    assert_eq!(assemble(parts), assemble(&proof));
}

#[test]
fn certificates_stand_in_path_order_without_the_root() {
    let world = World::new();
    let cms = text(&world);
    let find = |der: &[u8]| cms.windows(der.len()).position(|window| window == der);
    let leaf = find(world.user(Operation::Sign).leaf().der()).unwrap();
    assert!(leaf < find(world.issuing.der()).unwrap());
    assert_eq!(find(world.root.der()), None);
}

#[test]
fn every_changed_octet_is_seen() {
    let world = World::new();
    let (cms, roots) = (text(&world), roots(&world));
    for at in 0..cms.len() {
        let mut changed = cms.clone();
        changed[at] ^= 1;
        assert!(verify(&changed, &roots, None, world.now).is_err(), "octet {at}");
    }
    let mut longer = cms.clone();
    longer.push(0);
    assert!(matches!(verify(&longer, &roots, None, world.now), Err(VerifyCmsError::Malformed(_))));
    for length in 0..cms.len() {
        assert!(verify(&cms[..length], &roots, None, world.now).is_err(), "length {length}");
    }
    assert_eq!(verify(&vec![0; MAX_DER + 1], &roots, None, world.now), Err(VerifyCmsError::TooLarge));
}

/// A CMS whose signature is right over whatever attributes and content it is given.
fn forged(world: &World, attributes: Vec<Vec<u8>>, content: &[u8]) -> Vec<u8> {
    let mut attributes = attributes;
    attributes.sort();
    let der = tlv::element(tlv::SET, &attributes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let raw = ecdsa::raw_from_der(&world.user_key.sign(&der).unwrap()).unwrap();
    let certificate = world.user(Operation::Sign);
    assemble(Parts {
        content: Encapsulated::Octets(content),
        signed_attributes: &der,
        certificate: &certificate,
        raw_signature: &raw,
    })
}

fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
    tlv::sequence(&[kind, &tlv::element(tlv::SET, values)])
}

#[test]
fn right_signatures_over_wrong_attributes_are_refused() {
    use crate::oid;
    let world = World::new();
    let digest = |content: &[u8]| tlv::element(tlv::OCTET_STRING, &[&crate::sha256(content)]);
    let ess = |hash: [u8; 32]| {
        let hash = tlv::element(tlv::OCTET_STRING, &[&hash]);
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            &[&tlv::sequence(&[&tlv::sequence(&[&tlv::sequence(&[&hash])])])],
        )
    };
    let kind = || attribute(oid::CONTENT_TYPE, &[oid::DATA]);
    let message = || attribute(oid::MESSAGE_DIGEST, &[&digest(b"text")]);
    let own = || ess(*world.user(Operation::Sign).sha256());
    let check = |attributes| {
        verify(&forged(&world, attributes, b"text"), &roots(&world), None, world.now)
            .map(|report| report.signing_time)
    };
    assert_eq!(check(vec![kind(), message(), own()]), Ok(None));
    assert_eq!(check(vec![message(), own()]), Err(VerifyCmsError::Attribute("contentType")));
    assert_eq!(check(vec![kind(), own()]), Err(VerifyCmsError::Attribute("messageDigest")));
    assert_eq!(check(vec![kind(), message()]), Err(VerifyCmsError::Attribute("signingCertificateV2")));
    let signed_data = attribute(oid::CONTENT_TYPE, &[oid::SIGNED_DATA]);
    assert_eq!(check(vec![signed_data.clone(), message(), own()]), Err(VerifyCmsError::ContentType));
    assert_eq!(
        check(vec![kind(), signed_data, message(), own()]),
        Err(VerifyCmsError::Attribute("contentType"))
    );
    let other = attribute(oid::MESSAGE_DIGEST, &[&digest(b"other")]);
    assert_eq!(check(vec![kind(), other.clone(), own()]), Err(VerifyCmsError::Digest));
    assert_eq!(check(vec![kind(), message(), other, own()]), Err(VerifyCmsError::Attribute("messageDigest")));
    let two = attribute(oid::MESSAGE_DIGEST, &[&digest(b"text"), &digest(b"text")]);
    assert_eq!(check(vec![kind(), two, own()]), Err(VerifyCmsError::Attribute("messageDigest")));
    assert_eq!(check(vec![kind(), message(), ess([0; 32])]), Err(VerifyCmsError::SigningCertificate));
    let time = |octets: &[u8]| attribute(oid::SIGNING_TIME, &[octets]);
    let good = time(b"\x17\x0d261121100000Z");
    assert_eq!(check(vec![kind(), message(), own(), good]), Ok(Some(world.now)));
    // GeneralizedTime before 2050.
    let long = time(b"\x18\x0f20261121100000Z");
    assert!(matches!(check(vec![kind(), message(), own(), long]), Err(VerifyCmsError::Malformed(_))));
}

#[test]
fn the_path_is_checked_at_the_given_time() {
    let world = World::new();
    let cms = text(&world);
    let at = |time| verify(&cms, &roots(&world), None, time).map(|_| ());
    assert_eq!(at(world.now), Ok(()));
    let path = |error| Err(VerifyCmsError::Path(error));
    assert_eq!(at(Timestamp::from_secs(0)), path(crate::path::PathError::Validity));
    assert_eq!(verify(&cms, &[], None, world.now).map(|_| ()), path(crate::path::PathError::Untrusted));
}

proptest! {
    #[test]
    fn no_octets_panic(cut in 0_usize..2500, at in 0_usize..2500, to: u8) {
        thread_local!(static CMS: (Vec<u8>, Vec<Certificate>, Timestamp) = {
            let world = World::new();
            (text(&world), roots(&world), world.now)
        });
        CMS.with(|(cms, roots, now)| {
            let mut cms = cms.clone();
            if let Some(octet) = cms.get_mut(at) {
                *octet = to;
            }
            cms.truncate(cut);
            let _ = verify(&cms, roots, None, *now);
        });
    }
}
