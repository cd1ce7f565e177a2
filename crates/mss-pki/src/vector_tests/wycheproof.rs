//! Wycheproof's ECDSA vectors on P-256 with SHA-256.
use serde_json::Value;

use super::json;
use crate::PublicKey;

/// Runs every test of a file; `verify` says whether key, message and signature fit.
fn run(name: &str, verify: fn(&PublicKey, &[u8], &[u8]) -> bool) {
    let Some(file) = json(&format!("pki/wycheproof/{name}")) else { return };
    let groups = file["testGroups"].as_array().unwrap();
    assert!(!groups.is_empty(), "{name} is empty");
    for group in groups {
        assert_eq!((&group["publicKey"]["curve"], &group["sha"]), (&"secp256r1".into(), &"SHA-256".into()));
        let spki = hex::decode(text(&group["publicKeyDer"])).unwrap();
        let point = hex::decode(text(&group["publicKey"]["uncompressed"])).unwrap();
        let key = PublicKey::from_spki(&spki).unwrap();
        assert_eq!(PublicKey::from_point(&point), Ok(key.clone()));
        for test in group["tests"].as_array().unwrap() {
            let message = hex::decode(text(&test["msg"])).unwrap();
            let signature = hex::decode(text(&test["sig"])).unwrap();
            // What is "acceptable" elsewhere is refused here: one written form.
            let valid = test["result"] == "valid";
            assert_eq!(
                verify(&key, &message, &signature),
                valid,
                "{name} {} {}",
                test["tcId"],
                test["comment"]
            );
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn vectors_of_p1363_signatures() {
    run("ecdsa_secp256r1_sha256_p1363_test.json", |key, message, signature| {
        signature.try_into().is_ok_and(|raw: &[u8; 64]| {
            let digest = key.verify_digest(&crate::sha256(message), raw);
            assert_eq!(digest, key.verify_p1363(message, raw));
            digest
        })
    });
}

#[test]
fn vectors_of_der_signatures() {
    run("ecdsa_secp256r1_sha256_test.json", PublicKey::verify_der);
}
