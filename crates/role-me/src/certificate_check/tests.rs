use std::time::Duration;

use mss_core::{Entropy, Msisdn};
use mss_pki::{
    NodeKey, Signer,
    certificate::Validity,
    issuance::{Authority, Issuer, Name, Profile, Template, issue, self_sign},
};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

struct Counter(u64);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for octet in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *octet = self.0.to_be_bytes()[0];
        }
    }
}

/// A users' CA of two levels.
struct Ca {
    root: Vec<u8>,
    issuing: Vec<u8>,
    key: NodeKey,
}

fn template(profile: Profile, subject: Name, key: &dyn Signer, serial: u8) -> Template {
    let validity = Validity {
        not_before: NOW.minus(Duration::from_secs(3600)),
        not_after: NOW.plus(Duration::from_secs(3600)),
    };
    Template { profile, subject, public_key: key.public_key().clone(), validity, serial: [serial; 16] }
}

fn ca(seed: u64) -> Ca {
    let mut entropy = Counter(seed);
    let mut key = || NodeKey::generate(&mut entropy).unwrap();
    let (root_key, key) = (key(), key());
    let named = |authority| Name::authority("Test", authority, false).unwrap();
    let authority =
        |authority, key, serial| template(Profile::Authority(authority), named(authority), key, serial);
    let root = self_sign(&authority(Authority::UsersRoot, &root_key, 1), &root_key).unwrap();
    let certificate = Certificate::parse(&root).unwrap();
    let issuer = Issuer { certificate: &certificate, signer: &root_key };
    let issuing = issue(&authority(Authority::UsersIssuing, &key, 2), &issuer).unwrap();
    Ca { root, issuing, key }
}

impl Ca {
    fn path(&self, person: &Person, operation: Operation, key: &NodeKey) -> Vec<Vec<u8>> {
        let certificate = Certificate::parse(&self.issuing).unwrap();
        let issuer = Issuer { certificate: &certificate, signer: &self.key };
        let leaf =
            issue(&template(Profile::User(operation), person.name().unwrap(), key, 3), &issuer).unwrap();
        vec![leaf, self.issuing.clone()]
    }

    fn check(&self) -> PkiCheck {
        PkiCheck::new(vec![Certificate::parse(&self.root).unwrap()])
    }
}

fn person(given_name: &str) -> Person {
    Person {
        msisdn: Msisdn::parse("+358401234567").unwrap(),
        iccid: "8935801234567890123".into(),
        given_name: given_name.into(),
        surname: "Ääri".into(),
        serial_number: "FI-0123456789ABCDEF".into(),
    }
}

#[test]
fn only_what_was_ordered_passes() {
    let (ours, theirs) = (ca(1), ca(2));
    let mut entropy = Counter(3);
    let (key, other_key) =
        (NodeKey::generate(&mut entropy).unwrap(), NodeKey::generate(&mut entropy).unwrap());
    let person = &person("Väinö");
    let check = |path: &[Vec<u8>], operation, now| {
        let expected = ExpectedCertificate { public_key: key.public_key().spki_der(), operation, person };
        ours.check().check(path, &expected, now).err()
    };
    for operation in Operation::ALL {
        assert_eq!(check(&ours.path(person, operation, &key), operation, NOW), None, "{operation:?}");
    }
    let good = ours.path(person, Operation::Sign, &key);
    let reasons = [
        ("key", check(&ours.path(person, Operation::Sign, &other_key), Operation::Sign, NOW)),
        ("person", check(&ours.path(&self::person("Aino"), Operation::Sign, &key), Operation::Sign, NOW)),
        ("authn for sign", check(&ours.path(person, Operation::Authn, &key), Operation::Sign, NOW)),
        ("sign for authn", check(&good, Operation::Authn, NOW)),
        ("foreign CA", check(&theirs.path(person, Operation::Sign, &key), Operation::Sign, NOW)),
        ("too late", check(&good, Operation::Sign, NOW.plus(Duration::from_secs(7200)))),
        ("gap", check(good.get(..1).unwrap(), Operation::Sign, NOW)),
        ("order", check(&good.iter().rev().cloned().collect::<Vec<_>>(), Operation::Sign, NOW)),
        ("empty", check(&[], Operation::Sign, NOW)),
        ("garbage", check(&[vec![0x30, 0]], Operation::Sign, NOW)),
    ];
    for (name, reason) in reasons {
        assert!(reason.is_some(), "{name}");
    }
}
