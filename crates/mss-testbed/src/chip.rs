//! P-256 whose nonces follow from key and message (RFC 6979), so that a run repeats to the last octet.
use std::collections::HashMap;

use mss_core::Entropy;
use mss_pki::{PublicKey, SignError, sha256};
use p256::ecdsa::{
    Signature, SigningKey,
    signature::{Signer as _, hazmat::PrehashSigner as _},
};
use softsim::{CardCrypto, KeyPair, card_crypto::CryptoFailed};

use crate::chance::Chance;

/// What all the soft cards compute with.
pub(crate) struct Chip {
    chance: Chance,
    /// Parsed keys, by public point. Only ever looked up.
    keys: HashMap<[u8; 33], SigningKey>,
}

impl Chip {
    pub(crate) fn new(chance: Chance) -> Self {
        Self { chance, keys: HashMap::new() }
    }

    fn key(&mut self, pair: &KeyPair) -> Result<&SigningKey, CryptoFailed> {
        if !self.keys.contains_key(pair.public()) {
            let key = SigningKey::from_slice(pair.private()).map_err(|_| CryptoFailed)?;
            self.keys.insert(*pair.public(), key);
        }
        self.keys.get(pair.public()).ok_or(CryptoFailed)
    }
}

impl CardCrypto for Chip {
    fn generate(&mut self) -> Result<KeyPair, CryptoFailed> {
        let (private, key) = scalar(&mut self.chance);
        let public = compressed(&key);
        self.keys.insert(public, key);
        Ok(KeyPair::new(private, public))
    }

    fn sign(&mut self, key: &KeyPair, message: &[u8]) -> Result<[u8; 64], CryptoFailed> {
        let signature: Signature = self.key(key)?.sign(message);
        Ok(signature.to_bytes().into())
    }

    fn sign_digest(&mut self, key: &KeyPair, digest: &[u8; 32]) -> Result<[u8; 64], CryptoFailed> {
        let signature: Signature = self.key(key)?.sign_prehash(digest).map_err(|_| CryptoFailed)?;
        Ok(signature.to_bytes().into())
    }

    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        sha256(data)
    }
}

fn scalar(chance: &mut Chance) -> ([u8; 32], SigningKey) {
    loop {
        let mut private = [0; 32];
        chance.fill(&mut private);
        if let Ok(key) = SigningKey::from_slice(&private) {
            return (private, key);
        }
    }
}

fn compressed(key: &SigningKey) -> [u8; 33] {
    let point = key.verifying_key().to_sec1_point(true);
    point.as_bytes().try_into().expect("a compressed point has 33 octets")
}

/// A CA's key.
pub(crate) struct AuthorityKey {
    key: SigningKey,
    public_key: PublicKey,
}

impl AuthorityKey {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let (_, key) = scalar(chance);
        let public_key = PublicKey::from_point(&compressed(&key)).expect("a point of the curve");
        Self { key, public_key }
    }
}

impl mss_pki::Signer for AuthorityKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}
