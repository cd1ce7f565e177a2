use std::sync::Arc;

use mss_core::{DtbsContent, MsspTransId, Timestamp};

use crate::{SignedAttributes, UserCertificate};

/// What a signature is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The text that was shown; its UTF-8 octets are signed and go into the CMS.
    Text(String),
    /// SHA-256 of a document the platform never saw; the CMS is detached.
    Digest([u8; 32]),
}

impl Content {
    /// The value of messageDigest: SHA-256 of the text's octets, or the digest itself.
    #[must_use]
    pub fn message_digest(&self) -> [u8; 32] {
        match self {
            Self::Text(text) => crate::sha256(text.as_bytes()),
            Self::Digest(digest) => *digest,
        }
    }
}

impl From<&DtbsContent> for Content {
    fn from(content: &DtbsContent) -> Self {
        match content {
            DtbsContent::Text(text) => Self::Text(text.clone()),
            DtbsContent::Sha256(digest) => Self::Digest(*digest),
        }
    }
}

/// What a transaction asked for, taken from its stored row, and the time now.
pub struct Expected {
    /// The transaction.
    pub transaction: MsspTransId,
    /// What was asked to be signed.
    pub content: Content,
    /// The signing time that was sent to the card.
    pub signing_time: Timestamp,
    /// The certificate of the key that was asked to sign.
    pub certificate: Arc<UserCertificate>,
    /// The time now.
    pub now: Timestamp,
}

/// The proof that a signature is the one its transaction asked for. Only [`verify`] makes it; a stored row cannot.
pub struct VerifiedSignature {
    transaction: MsspTransId,
    message_digest: [u8; 32],
    content: Content,
    attributes: SignedAttributes,
    certificate: Arc<UserCertificate>,
    signing_time: Timestamp,
    raw: [u8; 64],
}

impl VerifiedSignature {
    /// The transaction it was made for. A step compares it with its own.
    #[must_use]
    pub fn transaction(&self) -> &MsspTransId {
        &self.transaction
    }

    /// SHA-256 of the data to be signed (the digest itself where a digest was asked for). A step compares it with its row's.
    #[must_use]
    pub fn dtbs_sha256(&self) -> &[u8; 32] {
        &self.message_digest
    }

    /// What was signed.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The signed attributes; kept beside the signature so that the answer can be assembled again.
    #[must_use]
    pub fn attributes(&self) -> &SignedAttributes {
        &self.attributes
    }

    /// The certificate it was checked against.
    #[must_use]
    pub fn certificate(&self) -> &Arc<UserCertificate> {
        &self.certificate
    }

    /// The signing time inside the signature.
    #[must_use]
    pub fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// r and s.
    #[must_use]
    pub fn raw(&self) -> &[u8; 64] {
        &self.raw
    }
}

/// Checks what a card answered: rebuilds the signed attributes from what was asked, verifies ECDSA P-256 with SHA-256 by the
/// certificate's key, and that the certificate is within its validity now. Revocation is not looked at.
///
/// # Errors
/// When any of it fails.
pub fn verify(expected: Expected, raw_signature: [u8; 64]) -> Result<VerifiedSignature, VerifyError> {
    let Expected { transaction, content, signing_time, certificate, now } = expected;
    if !certificate.is_valid_at(now) {
        return Err(VerifyError::Validity);
    }
    let message_digest = content.message_digest();
    let attributes = SignedAttributes::build(&message_digest, signing_time, certificate.sha256());
    if !certificate.public_key().verify_p1363(attributes.der(), &raw_signature) {
        return Err(VerifyError::Signature);
    }
    Ok(VerifiedSignature {
        transaction,
        message_digest,
        content,
        attributes,
        certificate,
        signing_time,
        raw: raw_signature,
    })
}

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The signature does not fit the attributes and the key.
    #[error("the signature does not verify")]
    Signature,
    /// The certificate is not yet, or no more, valid.
    #[error("the certificate is outside its validity")]
    Validity,
}

#[cfg(test)]
mod tests {
    use mss_core::Operation;

    use super::*;
    use crate::{Signer, ecdsa, test_world::World};

    fn expected(world: &World, content: Content) -> Expected {
        Expected {
            transaction: MsspTransId::parse("S1-0123456789abcdef0123").unwrap(),
            content,
            signing_time: world.now,
            certificate: world.user(Operation::Sign),
            now: world.now,
        }
    }

    fn sign(world: &World, expected: &Expected) -> [u8; 64] {
        let attributes = SignedAttributes::build(
            &expected.content.message_digest(),
            expected.signing_time,
            expected.certificate.sha256(),
        );
        ecdsa::raw_from_der(&world.user_key.sign(attributes.der()).unwrap()).unwrap()
    }

    #[test]
    fn the_proof_says_what_was_asked() {
        let world = World::new();
        for content in [Content::Text("Pay 5 €".to_owned()), Content::Digest([9; 32])] {
            let asked = expected(&world, content.clone());
            let raw = sign(&world, &asked);
            let proof = verify(asked, raw).unwrap();
            assert_eq!(proof.content(), &content);
            assert_eq!(proof.dtbs_sha256(), &content.message_digest());
            assert_eq!(proof.transaction().as_str(), "S1-0123456789abcdef0123");
            assert_eq!((proof.raw(), proof.signing_time()), (&raw, world.now));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let world = World::new();
        let text = || Content::Text("Pay 5 €".to_owned());
        let raw = sign(&world, &expected(&world, text()));
        let refused = |change: fn(&mut Expected)| {
            let mut asked = expected(&world, text());
            change(&mut asked);
            verify(asked, raw).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused(|asked| asked.content = Content::Text("Pay 50 €".into())), VerifyError::Signature);
        let later =
            |asked: &mut Expected| asked.signing_time = Timestamp::from_secs(asked.signing_time.secs() + 1);
        assert_eq!(refused(later), VerifyError::Signature);
        assert_eq!(refused(|asked| asked.now = Timestamp::from_secs(0)), VerifyError::Validity);
        assert_eq!(refused(|asked| asked.now = Timestamp::from_secs(1 << 40)), VerifyError::Validity);
        let other = World::new();
        let mut asked = expected(&world, text());
        asked.certificate = other.user(Operation::Authn);
        assert_eq!(verify(asked, raw).map(|_| ()), Err(VerifyError::Signature));
        let mut flipped = raw;
        flipped[40] ^= 1;
        assert!(verify(expected(&world, text()), flipped).is_err());
        assert!(verify(expected(&world, text()), [0; 64]).is_err());
    }
}
