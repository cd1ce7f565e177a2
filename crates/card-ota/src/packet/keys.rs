use aes::{Aes128, Aes192, Aes256};
use cbc::{Decryptor, Encryptor};
use cipher::consts::U16;
use cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit,
};
use cmac::digest::common::InnerInit;
use cmac::{Cmac, Mac};
use thiserror::Error;
use zeroize::ZeroizeOnDrop;

/// Octets of an AES block.
pub(super) const BLOCK: usize = 16;

/// Why a key set was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// An AES key has 16, 24 or 32 octets.
    #[error("an AES key has 16, 24 or 32 octets")]
    Length,
    /// A key version is 1 to 15.
    #[error("a key version is 1 to 15")]
    Version,
}

/// One AES key, expanded once and zeroized when dropped. The modes are those of TS 102 225: CBC with a zero IV, and CMAC.
pub struct AesKey(Cipher);

// The schedules are large and one key lives long: no use of a box for the sake of equal sizes.
enum Cipher {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

// The key schedules wipe themselves; this fails to compile where they would not.
const fn wiped_when_dropped<T: ZeroizeOnDrop>() {}
const _: () = {
    wiped_when_dropped::<Aes128>();
    wiped_when_dropped::<Aes192>();
    wiped_when_dropped::<Aes256>();
};
impl ZeroizeOnDrop for AesKey {}
impl ZeroizeOnDrop for PacketKeys {}

impl AesKey {
    /// Expands a key of 16, 24 or 32 octets.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn new(key: &[u8]) -> Result<Self, KeyError> {
        let cipher = match key.len() {
            16 => Aes128::new_from_slice(key).map(Cipher::Aes128),
            24 => Aes192::new_from_slice(key).map(Cipher::Aes192),
            _ => Aes256::new_from_slice(key).map(Cipher::Aes256),
        };
        cipher.map(Self).map_err(|_| KeyError::Length)
    }

    /// AES-CMAC (RFC 4493) over the parts one after the other. Packets use its leftmost octets.
    #[must_use]
    pub fn cmac(&self, parts: &[&[u8]]) -> [u8; BLOCK] {
        match &self.0 {
            Cipher::Aes128(key) => cmac(key, parts),
            Cipher::Aes192(key) => cmac(key, parts),
            Cipher::Aes256(key) => cmac(key, parts),
        }
    }

    /// Enciphers whole blocks in place; octets after the last whole block stay as they are.
    pub(super) fn encipher(&self, octets: &mut [u8]) {
        match &self.0 {
            Cipher::Aes128(key) => encipher(key, octets),
            Cipher::Aes192(key) => encipher(key, octets),
            Cipher::Aes256(key) => encipher(key, octets),
        }
    }

    /// Deciphers whole blocks in place; octets after the last whole block stay as they are.
    pub(super) fn decipher(&self, octets: &mut [u8]) {
        match &self.0 {
            Cipher::Aes128(key) => decipher(key, octets),
            Cipher::Aes192(key) => decipher(key, octets),
            Cipher::Aes256(key) => decipher(key, octets),
        }
    }
}

fn cmac<C: BlockCipherEncrypt<BlockSize = U16>>(key: &C, parts: &[&[u8]]) -> [u8; BLOCK] {
    let mut mac = Cmac::<&C>::inner_init(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn encipher<C: BlockCipherEncrypt<BlockSize = U16>>(key: &C, octets: &mut [u8]) {
    let (blocks, _) = Array::slice_as_chunks_mut(octets);
    Encryptor::<&C>::inner_iv_init(key, &Array([0; BLOCK])).encrypt_blocks(blocks);
}

fn decipher<C: BlockCipherDecrypt<BlockSize = U16>>(key: &C, octets: &mut [u8]) {
    let (blocks, _) = Array::slice_as_chunks_mut(octets);
    Decryptor::<&C>::inner_iv_init(key, &Array([0; BLOCK])).decrypt_blocks(blocks);
}

/// A key set of a card: KIc to encipher, KID for the checksum, under one key version.
///
/// No `Debug`, no `Clone`; the expanded keys are zeroized when dropped.
pub struct PacketKeys {
    kvn: u8,
    kic: AesKey,
    kid: AesKey,
}

impl PacketKeys {
    /// A key set with version 1 to 15 and keys of 16, 24 or 32 octets each.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(kvn: u8, kic: &[u8], kid: &[u8]) -> Result<Self, KeyError> {
        if !(1..=15).contains(&kvn) {
            return Err(KeyError::Version);
        }
        Ok(Self { kvn, kic: AesKey::new(kic)?, kid: AesKey::new(kid)? })
    }

    /// The key version, 1 to 15.
    #[must_use]
    pub const fn kvn(&self) -> u8 {
        self.kvn
    }

    /// The octet that KIc and KID both have in a packet: this version, AES.
    pub(super) const fn identifier(&self) -> u8 {
        self.kvn << 4 | 0x02
    }

    pub(super) const fn kic(&self) -> &AesKey {
        &self.kic
    }

    pub(super) const fn kid(&self) -> &AesKey {
        &self.kid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_versions() {
        for (kvn, kic, kid) in [(1, 16, 16), (15, 24, 32), (3, 32, 16)] {
            assert!(PacketKeys::new(kvn, &vec![1; kic], &vec![2; kid]).is_ok());
        }
        assert_eq!(PacketKeys::new(0, &[1; 16], &[2; 16]).err(), Some(KeyError::Version));
        assert_eq!(PacketKeys::new(16, &[1; 16], &[2; 16]).err(), Some(KeyError::Version));
        for length in [0, 8, 15, 17, 23, 31, 33] {
            assert_eq!(PacketKeys::new(1, &vec![1; length], &[2; 16]).err(), Some(KeyError::Length));
        }
    }

    #[test]
    fn cbc_is_its_own_way_back() {
        let key = AesKey::new(&[7; 24]).unwrap();
        let mut octets = [9u8; 48];
        key.encipher(&mut octets);
        assert_ne!(octets[..16], octets[16..32], "CBC chains");
        key.decipher(&mut octets);
        assert_eq!(octets, [9; 48]);
    }
}
