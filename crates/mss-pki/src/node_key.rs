use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use mss_core::Entropy;
use zeroize::{Zeroize, Zeroizing};

use crate::{PublicKey, SignError, Signer, pem};

/// A P-256 private key of a node or a CA. No `Debug`, no `Clone`; the provider wipes it when dropped.
pub struct NodeKey {
    pair: EcdsaKeyPair,
    public_key: PublicKey,
}

impl NodeKey {
    /// Makes a new key from `entropy`.
    ///
    /// # Errors
    /// When the provider refuses, which no good generator brings about.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, InvalidKey> {
        // A number of 256 random bits is a private key unless it is 0 or not below the group's order, which happens once in
        // 2^32 draws. Again then.
        for _ in 0..8 {
            let mut secret = Zeroizing::new([0; 32]);
            entropy.fill(secret.as_mut());
            if let Ok(key) = Self::from_scalar(&secret) {
                return Ok(key);
            }
        }
        Err(InvalidKey)
    }

    /// `ECPrivateKey` of RFC 5915 without its optional parts; the provider computes the point.
    fn from_scalar(secret: &[u8; 32]) -> Result<Self, InvalidKey> {
        let mut der = Zeroizing::new([0_u8; 39]);
        let (head, tail) = der.split_at_mut(7);
        head.copy_from_slice(&[0x30, 37, 2, 1, 1, 4, 32]);
        tail.copy_from_slice(secret);
        Self::new(EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der.as_ref()))
    }

    fn new<E>(pair: Result<EcdsaKeyPair, E>) -> Result<Self, InvalidKey> {
        let pair = pair.map_err(|_| InvalidKey)?;
        let public_key = PublicKey::from_point(pair.public_key().as_ref()).map_err(|_| InvalidKey)?;
        Ok(Self { pair, public_key })
    }

    /// Reads PKCS#8 in DER.
    ///
    /// # Errors
    /// When it is no P-256 private key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, InvalidKey> {
        Self::new(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der))
    }

    /// Reads PKCS#8 in PEM: the first `PRIVATE KEY` block.
    ///
    /// # Errors
    /// When it is no P-256 private key.
    pub fn from_pem(text: &str) -> Result<Self, InvalidKey> {
        let mut blocks = pem::decode_all(pem::PRIVATE_KEY, text).map_err(|_| InvalidKey)?;
        let key = blocks.first().ok_or(InvalidKey).and_then(|der| Self::from_pkcs8(der));
        blocks.zeroize();
        key
    }

    /// PKCS#8 in DER, wiped when dropped.
    ///
    /// # Errors
    /// When the provider cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, InvalidKey> {
        let document = self.pair.to_pkcs8v1().map_err(|_| InvalidKey)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// PKCS#8 in PEM, wiped when dropped.
    ///
    /// # Errors
    /// When the provider cannot write it.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, InvalidKey> {
        Ok(Zeroizing::new(pem::encode(pem::PRIVATE_KEY, &self.to_pkcs8()?)))
    }
}

impl Signer for NodeKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        // The provider takes its nonce from the operating system whatever generator it is given.
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SignError)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// The octets are no P-256 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 private key")]
pub struct InvalidKey;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_entropy::Counting;

    /// The same octets for ever.
    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_key_survives_its_file() {
        let key = NodeKey::generate(&mut Counting(1)).unwrap();
        let again = NodeKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert!(key.public_key().verify_der(b"text", &again.sign(b"text").unwrap()));
        assert!(NodeKey::from_pem("").is_err());
        assert!(NodeKey::from_pkcs8(&[0; 40]).is_err());
    }

    #[test]
    fn two_draws_are_two_keys_and_a_broken_generator_is_none() {
        let mut chance = Counting(1);
        let keys = [NodeKey::generate(&mut chance).unwrap(), NodeKey::generate(&mut chance).unwrap()];
        assert_ne!(keys[0].public_key(), keys[1].public_key());
        assert!(NodeKey::generate(&mut Fixed(0)).is_err());
        assert!(NodeKey::generate(&mut Fixed(0xff)).is_err());
    }
}
