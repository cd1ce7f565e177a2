//! CMS messages made with OpenSSL and then altered, through the strict verifier.
use super::{file, json};
use crate::{
    Certificate,
    cms::{VerifyCmsError, verify},
    pem,
};
use mss_core::Timestamp;

fn roots() -> Option<Vec<Certificate>> {
    let text = std::fs::read_to_string(file("pki/cms/root.pem")?).unwrap();
    let ders = pem::decode_all(pem::CERTIFICATE, &text).unwrap();
    Some(ders.iter().map(|der| Certificate::parse(der).unwrap()).collect())
}

#[test]
fn vectors_of_cms() {
    let (Some(cases), Some(roots)) = (json("pki/cms/cases.json"), roots()) else { return };
    let now = Timestamp::parse_xml(cases["validation_time"].as_str().unwrap()).unwrap();
    let content = std::fs::read(file("pki/cms/content.bin").unwrap()).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (id, expect) = (case["id"].as_str().unwrap(), case["expect"].as_str().unwrap());
        let path = file(&format!("pki/cms/{}", case["file"].as_str().unwrap())).unwrap();
        let der = std::fs::read(path).unwrap();
        let detached = (case["detached"] == true).then_some(&content[..]);
        let result = verify(&der, &roots, detached, now);
        match expect {
            // Good CMS may still be no mobile signature: of another algorithm, or without signingCertificateV2.
            "valid" if !has_signing_certificate(&der) => {
                let refused = [VerifyCmsError::Attribute("signingCertificateV2"), VerifyCmsError::Algorithm];
                assert!(result.as_ref().is_err_and(|error| refused.contains(error)), "{id}: {result:?}");
            }
            "valid" => assert!(matches!(result, Ok(_) | Err(VerifyCmsError::Algorithm)), "{id}: {result:?}"),
            "ambiguous" => {
                assert_eq!(result.unwrap().content.as_ref(), Some(&content), "{id}");
                assert_eq!(verify(&der, &roots, Some(b"other"), now), Err(VerifyCmsError::OtherContent));
            }
            // Indefinite lengths and signers whose certificate is elsewhere are not our profile's.
            "valid-ber" => assert!(matches!(result, Err(VerifyCmsError::Malformed(_))), "{id}: {result:?}"),
            "valid-with-known-cert" => assert_eq!(result, Err(VerifyCmsError::NoSigner), "{id}"),
            _ => assert!(result.is_err(), "{id} ({expect})"),
        }
        println!("{id}: {expect}: {:?}", verify(&der, &roots, detached, now).map(|report| report.signer));
    }
}

/// Whether id-aa-signingCertificateV2 stands anywhere in it.
fn has_signing_certificate(der: &[u8]) -> bool {
    let oid = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
    der.windows(oid.len()).any(|window| window == oid)
}
