//! CMS as a relying party reads it: nothing verifies but what the person signed.
use mss_core::Operation;
use mss_pki::{
    Content,
    cms::{assemble, verify},
    sha256,
};

use crate::pki_world::{DOCUMENT, NOW, TEXT, WORLD};

/// Any octets, as a CMS with its content inside and as a detached one.
///
/// # Panics
/// When something verifies that the person did not sign.
pub fn run(octets: &[u8]) {
    for detached in [None, Some(DOCUMENT)] {
        let Ok(report) = verify(octets, &WORLD.roots, detached, NOW) else { continue };
        assert_eq!(report.signing_time, Some(NOW));
        assert!(report.demo && report.signer.contains("PNOFI-0000000001"), "{report:?}");
        match (report.content, detached) {
            (Some(content), None) => assert_eq!(content, TEXT.as_bytes(), "content that nobody signed"),
            (Some(content), Some(given)) => assert_eq!(content, given),
            (None, detached) => assert_eq!(detached, Some(DOCUMENT)),
        }
        assert!(verify(octets, &[], detached, NOW).is_err(), "trusted without a root");
    }
}

/// A signed text under each kind of certificate, and a signed digest.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let text = || Content::Text(TEXT.into());
    let digest = Content::Digest(sha256(DOCUMENT));
    let seeds = vec![
        assemble(&WORLD.signed(text(), Operation::Sign)),
        assemble(&WORLD.signed(text(), Operation::Authn)),
        assemble(&WORLD.signed(digest, Operation::Digest)),
    ];
    assert!(
        verify(&seeds[0], &WORLD.roots, None, NOW).is_ok()
            && verify(&seeds[2], &WORLD.roots, Some(DOCUMENT), NOW).is_ok()
    );
    seeds
}
