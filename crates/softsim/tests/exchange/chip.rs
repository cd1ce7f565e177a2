//! Real P-256 for the tests, counting what it signs.

use std::collections::HashMap;

use aws_lc_rs::{
    digest::{Digest, SHA256, digest},
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        UnparsedPublicKey,
    },
};
use softsim::{CardCrypto, KeyPair, card_crypto::CryptoFailed};

#[derive(Default)]
pub(crate) struct Chip {
    keys: HashMap<[u8; 33], EcdsaKeyPair>,
    pub(crate) signatures: usize,
    pub(crate) fails: bool,
}

impl Chip {
    fn key(&mut self, key: &KeyPair) -> Result<&EcdsaKeyPair, CryptoFailed> {
        self.signatures += 1;
        if self.fails {
            return Err(CryptoFailed);
        }
        Ok(self.keys.entry(*key.public()).or_insert_with(|| {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, key.private(), key.public()).unwrap()
        }))
    }
}

impl CardCrypto for Chip {
    fn generate(&mut self) -> Result<KeyPair, CryptoFailed> {
        if self.fails {
            return Err(CryptoFailed);
        }
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
        let uncompressed = pair.public_key().as_ref();
        let mut public = [0; 33];
        public[0] = 2 + (uncompressed[64] & 1);
        public[1..].copy_from_slice(&uncompressed[1..33]);
        Ok(KeyPair::new(private.as_ref().try_into().unwrap(), public))
    }

    fn sign(&mut self, key: &KeyPair, message: &[u8]) -> Result<[u8; 64], CryptoFailed> {
        let signature = self.key(key)?.sign(&SystemRandom::new(), message).unwrap();
        Ok(signature.as_ref().try_into().unwrap())
    }

    fn sign_digest(&mut self, key: &KeyPair, digest: &[u8; 32]) -> Result<[u8; 64], CryptoFailed> {
        let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
        Ok(self.key(key)?.sign_digest(&digest).unwrap().as_ref().try_into().unwrap())
    }

    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        sha256(data)
    }
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    digest(&SHA256, data).as_ref().try_into().unwrap()
}

pub(crate) fn verify(public: &[u8; 33], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify(message, signature).is_ok()
}

pub(crate) fn verify_digest(public: &[u8; 33], value: &[u8; 32], signature: &[u8; 64]) -> bool {
    let value = Digest::import_less_safe(value, &SHA256).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify_digest(&value, signature).is_ok()
}
