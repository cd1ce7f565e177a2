use super::algorithm::CipherAlgorithm;
use super::keys::KeyError;
use aes::{Aes128, Aes192, Aes256};
use cbc::{Decryptor, Encryptor};
#[cfg(feature = "legacy")]
use cipher::Array;
use cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit,
};
use des::{TdesEde2, TdesEde3};
use zeroize::ZeroizeOnDrop;

/// A key to cipher packets with: its algorithm, and the key expanded once. No `Debug`, no `Clone`; zeroized when dropped.
pub struct CipherKey {
    algorithm: CipherAlgorithm,
    cipher: Cipher,
}

// The schedules are large and one key lives long: no use of a box for the sake of equal sizes.
enum Cipher {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
    Tdes2(TdesEde2),
    Tdes3(TdesEde3),
    #[cfg(feature = "legacy")]
    Des(des::Des),
}

// The key schedules wipe themselves; this fails to compile where they would not.
const fn wiped_when_dropped<T: ZeroizeOnDrop>() {}
const _: () = {
    wiped_when_dropped::<Aes128>();
    wiped_when_dropped::<Aes192>();
    wiped_when_dropped::<Aes256>();
    wiped_when_dropped::<TdesEde2>();
    wiped_when_dropped::<TdesEde3>();
};
impl ZeroizeOnDrop for CipherKey {}

impl CipherKey {
    /// Expands a key: 16, 24 or 32 octets for AES, 16 or 24 for 3DES, 8 for DES.
    ///
    /// # Errors
    /// [`KeyError::Length`], and [`KeyError::Legacy`] for a withdrawn algorithm in a build without the feature `legacy`.
    pub fn new(algorithm: CipherAlgorithm, key: &[u8]) -> Result<Self, KeyError> {
        algorithm.takes(key.len())?;
        let cipher = match algorithm {
            CipherAlgorithm::Aes => aes(key)?,
            CipherAlgorithm::TripleDes2 | CipherAlgorithm::TripleDes3 => triple_des(key)?,
            #[cfg(feature = "legacy")]
            CipherAlgorithm::TripleDesEcb => triple_des(key)?,
            #[cfg(feature = "legacy")]
            CipherAlgorithm::Des | CipherAlgorithm::DesEcb => {
                Cipher::Des(des::Des::new_from_slice(key).map_err(|_| KeyError::Length)?)
            }
            #[cfg(not(feature = "legacy"))]
            CipherAlgorithm::TripleDesEcb | CipherAlgorithm::Des | CipherAlgorithm::DesEcb => {
                return Err(KeyError::Legacy);
            }
        };
        Ok(Self { algorithm, cipher })
    }

    /// An AES key of 16, 24 or 32 octets.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn aes(key: &[u8]) -> Result<Self, KeyError> {
        Self::new(CipherAlgorithm::Aes, key)
    }

    /// What it ciphers with.
    #[must_use]
    pub const fn algorithm(&self) -> CipherAlgorithm {
        self.algorithm
    }

    /// Enciphers whole blocks in place; octets after the last whole block stay as they are.
    pub(crate) fn encipher(&self, octets: &mut [u8]) {
        #[cfg(feature = "legacy")]
        if self.is_ecb() {
            return match &self.cipher {
                Cipher::Tdes2(key) => encipher_each(key, octets),
                Cipher::Tdes3(key) => encipher_each(key, octets),
                Cipher::Des(key) => encipher_each(key, octets),
                Cipher::Aes128(_) | Cipher::Aes192(_) | Cipher::Aes256(_) => {}
            };
        }
        match &self.cipher {
            Cipher::Aes128(key) => encipher(key, octets),
            Cipher::Aes192(key) => encipher(key, octets),
            Cipher::Aes256(key) => encipher(key, octets),
            Cipher::Tdes2(key) => encipher(key, octets),
            Cipher::Tdes3(key) => encipher(key, octets),
            #[cfg(feature = "legacy")]
            Cipher::Des(key) => encipher(key, octets),
        }
    }

    /// Deciphers whole blocks in place; octets after the last whole block stay as they are.
    pub(crate) fn decipher(&self, octets: &mut [u8]) {
        #[cfg(feature = "legacy")]
        if self.is_ecb() {
            return match &self.cipher {
                Cipher::Tdes2(key) => decipher_each(key, octets),
                Cipher::Tdes3(key) => decipher_each(key, octets),
                Cipher::Des(key) => decipher_each(key, octets),
                Cipher::Aes128(_) | Cipher::Aes192(_) | Cipher::Aes256(_) => {}
            };
        }
        match &self.cipher {
            Cipher::Aes128(key) => decipher(key, octets),
            Cipher::Aes192(key) => decipher(key, octets),
            Cipher::Aes256(key) => decipher(key, octets),
            Cipher::Tdes2(key) => decipher(key, octets),
            Cipher::Tdes3(key) => decipher(key, octets),
            #[cfg(feature = "legacy")]
            Cipher::Des(key) => decipher(key, octets),
        }
    }

    #[cfg(feature = "legacy")]
    const fn is_ecb(&self) -> bool {
        matches!(self.algorithm, CipherAlgorithm::DesEcb | CipherAlgorithm::TripleDesEcb)
    }
}

fn aes(key: &[u8]) -> Result<Cipher, KeyError> {
    let cipher = match key.len() {
        16 => Aes128::new_from_slice(key).map(Cipher::Aes128),
        24 => Aes192::new_from_slice(key).map(Cipher::Aes192),
        _ => Aes256::new_from_slice(key).map(Cipher::Aes256),
    };
    cipher.map_err(|_| KeyError::Length)
}

fn triple_des(key: &[u8]) -> Result<Cipher, KeyError> {
    let cipher = match key.len() {
        16 => TdesEde2::new_from_slice(key).map(Cipher::Tdes2),
        _ => TdesEde3::new_from_slice(key).map(Cipher::Tdes3),
    };
    cipher.map_err(|_| KeyError::Length)
}

fn encipher<C: BlockCipherEncrypt>(key: &C, octets: &mut [u8]) {
    let (blocks, _) = cipher::Block::<C>::slice_as_chunks_mut(octets);
    Encryptor::<&C>::inner_iv_init(key, &cipher::Block::<C>::default()).encrypt_blocks(blocks);
}

fn decipher<C: BlockCipherDecrypt>(key: &C, octets: &mut [u8]) {
    let (blocks, _) = cipher::Block::<C>::slice_as_chunks_mut(octets);
    Decryptor::<&C>::inner_iv_init(key, &cipher::Block::<C>::default()).decrypt_blocks(blocks);
}

#[cfg(feature = "legacy")]
fn encipher_each<C: BlockCipherEncrypt>(key: &C, octets: &mut [u8]) {
    key.encrypt_blocks(Array::slice_as_chunks_mut(octets).0);
}

#[cfg(feature = "legacy")]
fn decipher_each<C: BlockCipherDecrypt>(key: &C, octets: &mut [u8]) {
    key.decrypt_blocks(Array::slice_as_chunks_mut(octets).0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cbc_is_its_own_way_back() {
        for (algorithm, length) in [
            (CipherAlgorithm::Aes, 16),
            (CipherAlgorithm::Aes, 24),
            (CipherAlgorithm::Aes, 32),
            (CipherAlgorithm::TripleDes2, 16),
            (CipherAlgorithm::TripleDes3, 24),
        ] {
            let octets: Vec<u8> = (0..length).collect();
            let key = CipherKey::new(algorithm, &octets).unwrap();
            let mut octets = [9u8; 50];
            key.encipher(&mut octets);
            assert_ne!(octets[..16], octets[16..32], "CBC chains");
            assert_eq!(octets[48..], [9; 2], "no block");
            key.decipher(&mut octets);
            assert_eq!(octets, [9; 50]);
        }
    }

    #[test]
    fn lengths() {
        for (algorithm, lengths) in [
            (CipherAlgorithm::Aes, &[16, 24, 32][..]),
            (CipherAlgorithm::TripleDes2, &[16]),
            (CipherAlgorithm::TripleDes3, &[24]),
            (CipherAlgorithm::Des, &[8]),
            (CipherAlgorithm::DesEcb, &[8]),
            (CipherAlgorithm::TripleDesEcb, &[16, 24]),
        ] {
            for length in 0..40 {
                let made = CipherKey::new(algorithm, &vec![7; length]).map(|key| key.algorithm());
                let expected = match lengths.contains(&length) {
                    false => Err(KeyError::Length),
                    true if algorithm.is_legacy() && !cfg!(feature = "legacy") => Err(KeyError::Legacy),
                    true => Ok(algorithm),
                };
                assert_eq!(made, expected, "{algorithm:?} {length}");
            }
        }
    }
}
