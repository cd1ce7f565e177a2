//! The signed attributes: card and server build the same octets, and a verifier takes no others.
use mss_core::{Operation, Timestamp};
use mss_pki::{
    SignedAttributes, Signer,
    cms::{Encapsulated, Parts, assemble, verify},
    sha256,
};

use crate::{
    choices::Choices,
    pki_world::{NOW, TEXT, WORLD, raw},
};

/// Two ways: built on both sides from the same values, and any octets put where attributes stand.
///
/// # Panics
/// When card and server differ, or attributes verify that say something else than what was signed.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    if choices.is() {
        let (digest, time, hash): ([u8; 32], u32, [u8; 32]) =
            (choices.array(), u32::from_be_bytes(choices.array()), choices.array());
        let card = card_ota::osap::signed_attributes(digest, time, hash);
        let server = SignedAttributes::build(&digest, Timestamp::from_secs(i64::from(time)), &hash);
        assert_eq!(card, server.der(), "card and server differ at {time}");
        assert_eq!(usize::from(card[2]) + 3, card.len());
        return;
    }
    let signs = choices.below(64) == 0;
    let attributes = choices.rest();
    let certificate = WORLD.user(Operation::Sign);
    // Signing costs, so it is rare; the attributes are read before the signature is looked at.
    let signature =
        if signs { raw(&WORLD.user_key.sign(attributes).expect("the key signs")) } else { [1; 64] };
    let parts = Parts {
        content: Encapsulated::Octets(TEXT.as_bytes()),
        signed_attributes: attributes,
        certificate: &certificate,
        raw_signature: &signature,
    };
    if let Ok(report) = verify(&assemble(parts), &WORLD.roots, None, NOW) {
        assert!(signs, "a signature that nobody made");
        let whole = [&[0x31], &attributes[1..]].concat();
        let find = |octets: &[u8]| whole.windows(octets.len()).any(|window| window == octets);
        assert!(find(&sha256(TEXT.as_bytes())) && find(certificate.sha256()));
        assert_eq!(report.content.as_deref(), Some(TEXT.as_bytes()));
    }
}

/// Attributes of several times, as values and as octets, signed and not.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let certificate = WORLD.user(Operation::Sign);
    let mut seeds = Vec::new();
    for time in [0, 951_782_400, 1_800_000_000, 2_524_607_999, 2_524_608_000, u32::MAX] {
        seeds.push([&[1], &[7; 32][..], &time.to_be_bytes(), &[9; 32]].concat());
        let built = SignedAttributes::build(
            &sha256(TEXT.as_bytes()),
            Timestamp::from_secs(i64::from(time)),
            certificate.sha256(),
        );
        seeds.push([&[0, 1], built.der()].concat());
        seeds.push([&[0, 0], built.der()].concat());
    }
    seeds
}
