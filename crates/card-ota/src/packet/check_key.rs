use super::algorithm::CheckAlgorithm;
use super::keys::KeyError;
use aes::{Aes128, Aes192, Aes256};
use cipher::{
    BlockCipherEncrypt, KeyInit,
    consts::{U8, U16},
};
use cmac::digest::common::InnerInit;
use cmac::{Cmac, Mac};
use crc::{CRC_16_IBM_SDLC, CRC_32_ISO_HDLC, Crc};
use des::{TdesEde2, TdesEde3};
use zeroize::ZeroizeOnDrop;

static CRC_16: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_SDLC);
static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What a packet is checked with: an algorithm, and where it needs one a key, expanded once. No `Debug`, no `Clone`;
/// zeroized when dropped.
pub struct CheckKey {
    algorithm: CheckAlgorithm,
    check: Check,
}

enum Check {
    Cmac128(Aes128),
    Cmac192(Aes192),
    Cmac256(Aes256),
    Tdes2(TdesEde2),
    Tdes3(TdesEde3),
    #[cfg(feature = "legacy")]
    Des(des::Des),
    Crc16,
    Crc32,
    #[cfg(feature = "legacy")]
    Xor(usize),
}

impl ZeroizeOnDrop for CheckKey {}

/// The checksum of a message: up to 16 octets, of which a packet carries the leftmost.
#[derive(Clone, Copy)]
pub struct Checksum {
    octets: [u8; 16],
    length: usize,
}

impl Checksum {
    fn new(value: &[u8]) -> Self {
        let mut octets = [0; 16];
        for (octet, value) in octets.iter_mut().zip(value) {
            *octet = *value;
        }
        Self { octets, length: value.len().min(16) }
    }

    /// All octets of it.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

impl CheckKey {
    /// Expands a key: 16, 24 or 32 octets for AES, 16 or 24 for 3DES, 8 for DES, none for a redundancy check.
    ///
    /// # Errors
    /// [`KeyError::Length`], and [`KeyError::Legacy`] for a withdrawn algorithm in a build without the feature `legacy`.
    pub fn new(algorithm: CheckAlgorithm, key: &[u8]) -> Result<Self, KeyError> {
        algorithm.takes(key.len())?;
        let check = match algorithm {
            CheckAlgorithm::AesCmac => match key.len() {
                16 => Aes128::new_from_slice(key).map(Check::Cmac128),
                24 => Aes192::new_from_slice(key).map(Check::Cmac192),
                _ => Aes256::new_from_slice(key).map(Check::Cmac256),
            },
            CheckAlgorithm::TripleDesMac2 => TdesEde2::new_from_slice(key).map(Check::Tdes2),
            CheckAlgorithm::TripleDesMac3 => TdesEde3::new_from_slice(key).map(Check::Tdes3),
            CheckAlgorithm::Crc16 => Ok(Check::Crc16),
            CheckAlgorithm::Crc32 => Ok(Check::Crc32),
            #[cfg(feature = "legacy")]
            CheckAlgorithm::DesMac => des::Des::new_from_slice(key).map(Check::Des),
            #[cfg(feature = "legacy")]
            CheckAlgorithm::Xor4 => Ok(Check::Xor(4)),
            #[cfg(feature = "legacy")]
            CheckAlgorithm::Xor8 => Ok(Check::Xor(8)),
            #[cfg(not(feature = "legacy"))]
            CheckAlgorithm::DesMac | CheckAlgorithm::Xor4 | CheckAlgorithm::Xor8 => {
                return Err(KeyError::Legacy);
            }
        };
        check.map(|check| Self { algorithm, check }).map_err(|_| KeyError::Length)
    }

    /// AES-CMAC with a key of 16, 24 or 32 octets.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn aes(key: &[u8]) -> Result<Self, KeyError> {
        Self::new(CheckAlgorithm::AesCmac, key)
    }

    /// What it checks with.
    #[must_use]
    pub const fn algorithm(&self) -> CheckAlgorithm {
        self.algorithm
    }

    /// The checksum over the parts one after the other: 16 octets of AES-CMAC, 8 of a DES MAC, 2 or 4 of a CRC.
    #[must_use]
    pub fn over(&self, parts: &[&[u8]]) -> Checksum {
        match &self.check {
            Check::Cmac128(key) => cmac(key, parts),
            Check::Cmac192(key) => cmac(key, parts),
            Check::Cmac256(key) => cmac(key, parts),
            Check::Tdes2(key) => cbc_mac(key, parts),
            Check::Tdes3(key) => cbc_mac(key, parts),
            #[cfg(feature = "legacy")]
            Check::Des(key) => cbc_mac(key, parts),
            Check::Crc16 => {
                let mut digest = CRC_16.digest();
                parts.iter().for_each(|part| digest.update(part));
                Checksum::new(&digest.finalize().to_be_bytes())
            }
            Check::Crc32 => {
                let mut digest = CRC_32.digest();
                parts.iter().for_each(|part| digest.update(part));
                Checksum::new(&digest.finalize().to_be_bytes())
            }
            #[cfg(feature = "legacy")]
            Check::Xor(width) => xor(*width, parts),
        }
    }
}

fn cmac<C: BlockCipherEncrypt<BlockSize = U16>>(key: &C, parts: &[&[u8]]) -> Checksum {
    let mut mac = Cmac::<&C>::inner_init(key);
    for part in parts {
        mac.update(part);
    }
    Checksum::new(&mac.finalize().into_bytes())
}

/// The last block of CBC with a zero IV, zeros appended up to a whole block. Unlike CMAC it says nothing about the length of
/// what it covers; in a packet the length fields do.
fn cbc_mac<C: BlockCipherEncrypt<BlockSize = U8>>(key: &C, parts: &[&[u8]]) -> Checksum {
    let mut state = cipher::Block::<C>::default();
    let mut filled = 0;
    for octet in parts.iter().copied().flatten() {
        if let Some(place) = state.get_mut(filled) {
            *place ^= *octet;
        }
        filled += 1;
        if filled == 8 {
            key.encrypt_block(&mut state);
            filled = 0;
        }
    }
    if filled > 0 {
        key.encrypt_block(&mut state);
    }
    Checksum::new(&state)
}

#[cfg(feature = "legacy")]
fn xor(width: usize, parts: &[&[u8]]) -> Checksum {
    let mut sum = [0; 8];
    for (n, octet) in parts.iter().copied().flatten().enumerate() {
        if let Some(place) = sum.get_mut(n % width) {
            *place ^= *octet;
        }
    }
    Checksum::new(sum.get(..width).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (algorithm, lengths) in [
            (CheckAlgorithm::AesCmac, &[16, 24, 32][..]),
            (CheckAlgorithm::TripleDesMac2, &[16]),
            (CheckAlgorithm::TripleDesMac3, &[24]),
            (CheckAlgorithm::DesMac, &[8]),
            (CheckAlgorithm::Crc16, &[0]),
            (CheckAlgorithm::Crc32, &[0]),
            (CheckAlgorithm::Xor4, &[0]),
            (CheckAlgorithm::Xor8, &[0]),
        ] {
            for length in 0..40 {
                let made = CheckKey::new(algorithm, &vec![7; length]).map(|key| key.algorithm());
                let expected = match lengths.contains(&length) {
                    false => Err(KeyError::Length),
                    true if algorithm.is_legacy() && !cfg!(feature = "legacy") => Err(KeyError::Legacy),
                    true => Ok(algorithm),
                };
                assert_eq!(made, expected, "{algorithm:?} {length}");
            }
        }
    }

    #[test]
    fn known_values() {
        let over = |algorithm, key: &[u8], parts: &[&[u8]]| {
            hex::encode(CheckKey::new(algorithm, key).unwrap().over(parts).as_slice())
        };
        // The check values that catalogues of CRCs print for the nine digits.
        assert_eq!(over(CheckAlgorithm::Crc16, &[], &[b"1234", b"56789"]), "906e");
        assert_eq!(over(CheckAlgorithm::Crc32, &[], &[b"123456789"]), "cbf43926");
        // One DES three times is one DES: FIPS 46 known answers for a single block.
        let once = [0x10, 0x31, 0x6E, 0x02, 0x8C, 0x8F, 0x3B, 0x4A];
        assert_eq!(over(CheckAlgorithm::TripleDesMac2, &once.repeat(2), &[&[0; 8]]), "82dcbafbdeab6602");
        assert_eq!(over(CheckAlgorithm::TripleDesMac3, &once.repeat(3), &[&[0; 8]]), "82dcbafbdeab6602");
    }

    #[test]
    fn parts_are_one_message_and_zeros_fill_it() {
        for (algorithm, length) in [
            (CheckAlgorithm::AesCmac, 16),
            (CheckAlgorithm::TripleDesMac2, 16),
            (CheckAlgorithm::TripleDesMac3, 24),
            (CheckAlgorithm::Crc16, 0),
            (CheckAlgorithm::Crc32, 0),
        ] {
            let octets: Vec<u8> = (1..=length).collect();
            let key = CheckKey::new(algorithm, &octets).unwrap();
            let message: Vec<u8> = (0..45).collect();
            let whole = key.over(&[&message]);
            for cut in 0..message.len() {
                let (a, b) = message.split_at(cut);
                assert_eq!(key.over(&[a, &[], b]).as_slice(), whole.as_slice(), "{algorithm:?} {cut}");
            }
            let padded = [&message[..], &[0; 3]].concat();
            let same = key.over(&[&padded]).as_slice() == whole.as_slice();
            let zero_padded =
                matches!(algorithm, CheckAlgorithm::TripleDesMac2 | CheckAlgorithm::TripleDesMac3);
            assert_eq!(same, zero_padded, "{algorithm:?}");
        }
    }
}
