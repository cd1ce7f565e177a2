use std::{fmt, sync::Arc};

use aws_lc_rs::{
    digest::{Digest, SHA256},
    encoding::AsDer,
    signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey},
};

use crate::ecdsa;

/// SubjectPublicKeyInfo of a P-256 key up to the point: id-ecPublicKey, prime256v1, BIT STRING.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Octets of a P-256 SubjectPublicKeyInfo.
const SPKI_LEN: usize = 91;

/// A P-256 public key whose point is on the curve. Parsed once for verification; a clone shares it.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki: [u8; SPKI_LEN],
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// From a SEC 1 point: compressed (33 octets, as OSAP carries it) or uncompressed (65).
    ///
    /// # Errors
    /// When the octets are no point of the curve, or the point at infinity.
    pub fn from_point(point: &[u8]) -> Result<Self, InvalidPublicKey> {
        let form = (point.len(), point.first());
        if !matches!(form, (33, Some(2 | 3)) | (65, Some(4))) {
            return Err(InvalidPublicKey);
        }
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| InvalidPublicKey)?;
        let der = parsed.as_der().map_err(|_| InvalidPublicKey)?;
        let spki: [u8; SPKI_LEN] = der.as_ref().try_into().map_err(|_| InvalidPublicKey)?;
        if spki.starts_with(&SPKI_HEAD) {
            Ok(Self(Arc::new(Inner { spki, parsed })))
        } else {
            Err(InvalidPublicKey)
        }
    }

    /// From a SubjectPublicKeyInfo in DER: named curve P-256, uncompressed point, nothing behind it.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_spki(spki: &[u8]) -> Result<Self, InvalidPublicKey> {
        let point = spki.strip_prefix(&SPKI_HEAD).ok_or(InvalidPublicKey)?;
        if point.len() == 65 { Self::from_point(point) } else { Err(InvalidPublicKey) }
    }

    /// The SubjectPublicKeyInfo in DER, uncompressed point.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The uncompressed point, 65 octets.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        self.0.spki.get(SPKI_HEAD.len()..).unwrap_or(&[])
    }

    /// The compressed point: 02 or 03, then the x coordinate.
    #[must_use]
    pub fn compressed_point(&self) -> [u8; 33] {
        let mut out = [0; 33];
        let odd = self.0.spki.last().is_some_and(|last| last & 1 == 1);
        let x = self.point().get(1..33).unwrap_or(&[0; 32]);
        for (to, from) in out.iter_mut().zip(std::iter::once(&(2 + u8::from(odd))).chain(x)) {
            *to = *from;
        }
        out
    }

    /// ECDSA with SHA-256 over `message`; the signature as r and s of 32 octets each (IEEE P1363). False when it does not fit.
    #[must_use]
    pub fn verify_p1363(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.parsed.verify_sig(message, signature).is_ok()
    }

    /// As [`Self::verify_p1363`], over a SHA-256 digest made elsewhere.
    #[must_use]
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
        Digest::import_less_safe(digest, &SHA256)
            .is_ok_and(|digest| self.0.parsed.verify_digest_sig(&digest, signature).is_ok())
    }

    /// ECDSA with SHA-256 over `message`; the signature as strict DER `Ecdsa-Sig-Value`. False when it does not fit.
    #[must_use]
    pub fn verify_der(&self, message: &[u8], signature: &[u8]) -> bool {
        ecdsa::raw_from_der(signature).is_some_and(|raw| self.verify_p1363(message, &raw))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", crate::hex_lower(&self.compressed_point()))
    }
}

/// The octets are no P-256 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 public key on the curve")]
pub struct InvalidPublicKey;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeKey, Signer, test_entropy::Counting};

    #[test]
    fn every_written_form_is_the_same_key() {
        let key = NodeKey::generate(&mut Counting(1)).unwrap();
        let public = key.public_key();
        for read in [
            PublicKey::from_point(public.point()),
            PublicKey::from_point(&public.compressed_point()),
            PublicKey::from_spki(public.spki_der()),
        ] {
            assert_eq!(read.as_ref(), Ok(public));
        }
        let signature = key.sign(b"message").unwrap();
        assert!(public.verify_der(b"message", &signature));
        assert!(!public.verify_der(b"messagf", &signature));
        let raw = ecdsa::raw_from_der(&signature).unwrap();
        assert!(public.verify_digest(&crate::sha256(b"message"), &raw));
        assert!(!public.verify_digest(&crate::sha256(b"messagf"), &raw));
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_refused() {
        let key = NodeKey::generate(&mut Counting(2)).unwrap();
        let mut off = key.public_key().point().to_vec();
        off[64] ^= 1;
        let mut long = key.public_key().spki_der().to_vec();
        long.push(0);
        let mut hybrid = key.public_key().point().to_vec();
        hybrid[0] = 6;
        for point in [&[][..], &[0], &[2; 33][..32], &off, &hybrid, &[0xff; 33], &[0; 65]] {
            assert!(PublicKey::from_point(point).is_err(), "{point:?}");
        }
        assert!(PublicKey::from_spki(&long).is_err());
        assert!(PublicKey::from_spki(&long[..90]).is_err());
    }
}
