use crate::packet::{CipherAlgorithm, CipherKey, KeyError};
use thiserror::Error;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// What a key on a card is for, Card Specification table 11-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Type 80: 3DES with two or three keys.
    TripleDes,
    /// Type 88: AES.
    Aes,
}

impl KeyKind {
    /// From the type octet; `None` for a type that is not handled here.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0x80 => Some(Self::TripleDes),
            0x88 => Some(Self::Aes),
            _ => None,
        }
    }

    /// The type octet.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::TripleDes => 0x80,
            Self::Aes => 0x88,
        }
    }

    /// Octets of a cipher block.
    pub(super) const fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes => 16,
        }
    }
}

/// A key of a length that its kind does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a 3DES key has 16 or 24 octets, an AES key 16, 24 or 32")]
pub struct WrongKeyLength;

impl From<KeyError> for WrongKeyLength {
    fn from(_: KeyError) -> Self {
        Self
    }
}

/// A key that is or will be on a card. No `Debug`, no `Clone`; zeroized when dropped.
pub struct KeyMaterial {
    kind: KeyKind,
    octets: Zeroizing<Vec<u8>>,
    cipher: CipherKey,
}

impl ZeroizeOnDrop for KeyMaterial {}

impl KeyMaterial {
    /// Takes 16 or 24 octets for 3DES, 16, 24 or 32 for AES.
    ///
    /// # Errors
    /// [`WrongKeyLength`].
    pub fn new(kind: KeyKind, octets: &[u8]) -> Result<Self, WrongKeyLength> {
        let algorithm = match (kind, octets.len()) {
            (KeyKind::Aes, _) => CipherAlgorithm::Aes,
            (KeyKind::TripleDes, 16) => CipherAlgorithm::TripleDes2,
            (KeyKind::TripleDes, _) => CipherAlgorithm::TripleDes3,
        };
        let cipher = CipherKey::new(algorithm, octets)?;
        Ok(Self { kind, octets: Zeroizing::new(octets.to_vec()), cipher })
    }

    /// What it is for.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.octets
    }

    /// The key check value: the first octets of a block enciphered with it, of zeros under 3DES and of ones under AES.
    /// It shows that both sides have the same key and says next to nothing about it.
    #[must_use]
    pub fn check_value(&self) -> [u8; 3] {
        let mut block = match self.kind {
            KeyKind::TripleDes => [0; 16],
            KeyKind::Aes => [1; 16],
        };
        // One block with a zero IV is that block alone.
        self.cipher.encipher(&mut block);
        let [a, b, c, ..] = block;
        [a, b, c]
    }

    /// Enciphers whole blocks of another key, as a data encryption key: 3DES block by block, AES in CBC with a zero IV.
    pub(super) fn wrap(&self, octets: &mut [u8]) {
        match self.kind {
            KeyKind::TripleDes => octets.chunks_exact_mut(8).for_each(|block| self.cipher.encipher(block)),
            KeyKind::Aes => self.cipher.encipher(octets),
        }
    }

    /// The way back.
    pub(super) fn unwrap_blocks(&self, octets: &mut [u8]) {
        match self.kind {
            KeyKind::TripleDes => octets.chunks_exact_mut(8).for_each(|block| self.cipher.decipher(block)),
            KeyKind::Aes => self.cipher.decipher(octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for length in 0..40 {
            let made = |kind| KeyMaterial::new(kind, &vec![3; length]).is_ok();
            assert_eq!(made(KeyKind::TripleDes), matches!(length, 16 | 24), "{length}");
            assert_eq!(made(KeyKind::Aes), matches!(length, 16 | 24 | 32), "{length}");
        }
    }

    #[test]
    fn kinds() {
        for octet in 0..=0xFF_u8 {
            assert!(KeyKind::from_octet(octet).is_none_or(|kind| kind.octet() == octet));
        }
        assert_eq!(KeyKind::from_octet(0x85), None);
    }
}
