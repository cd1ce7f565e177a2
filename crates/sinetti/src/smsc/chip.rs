//! The cards' public-key hardware: P-256 by the platform's crypto provider.
use std::collections::HashMap;

use aws_lc_rs::{
    digest::{Digest, SHA256},
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use softsim::{CardCrypto, KeyPair, card_crypto::CryptoFailed};

use crate::metrics::{Count, count};

/// Parsed keys that are kept; parsing one costs about as much as a signature.
const KEPT: usize = 10_000;

/// One chip serves all cards: it keeps nothing but parsed keys.
#[derive(Default)]
pub(super) struct Chip {
    keys: HashMap<[u8; 33], EcdsaKeyPair>,
}

impl Chip {
    fn key(&mut self, key: &KeyPair) -> Result<&EcdsaKeyPair, CryptoFailed> {
        count(Count::P256Signs, 1);
        if self.keys.len() >= KEPT && !self.keys.contains_key(key.public()) {
            self.keys.clear();
        }
        if !self.keys.contains_key(key.public()) {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, key.private(), key.public());
            self.keys.insert(*key.public(), pair.map_err(|_| CryptoFailed)?);
        }
        self.keys.get(key.public()).ok_or(CryptoFailed)
    }
}

impl CardCrypto for Chip {
    fn generate(&mut self) -> Result<KeyPair, CryptoFailed> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| CryptoFailed)?;
        let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| CryptoFailed)?;
        let private = private.as_ref().try_into().map_err(|_| CryptoFailed)?;
        let [4, point @ ..] = pair.public_key().as_ref() else { return Err(CryptoFailed) };
        let (x, y) = point.split_at_checked(32).ok_or(CryptoFailed)?;
        let mut public = [0; 33];
        if let ([sign, rest @ ..], Some(last)) = (&mut public, y.last()) {
            *sign = 2 + (last & 1);
            rest.copy_from_slice(x);
        }
        Ok(KeyPair::new(private, public))
    }

    fn sign(&mut self, key: &KeyPair, message: &[u8]) -> Result<[u8; 64], CryptoFailed> {
        let signature = self.key(key)?.sign(&SystemRandom::new(), message).map_err(|_| CryptoFailed)?;
        signature.as_ref().try_into().map_err(|_| CryptoFailed)
    }

    fn sign_digest(&mut self, key: &KeyPair, digest: &[u8; 32]) -> Result<[u8; 64], CryptoFailed> {
        let digest = Digest::import_less_safe(digest, &SHA256).map_err(|_| CryptoFailed)?;
        let signature = self.key(key)?.sign_digest(&digest).map_err(|_| CryptoFailed)?;
        signature.as_ref().try_into().map_err(|_| CryptoFailed)
    }

    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        mss_pki::sha256(data)
    }
}
