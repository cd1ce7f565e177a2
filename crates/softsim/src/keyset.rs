use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Two AES keys of one version: KIc enciphers, KID makes the check. Wiped when dropped; never shown.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keyset {
    version: u8,
    length: u8,
    kic: [u8; 32],
    kid: [u8; 32],
}

impl Keyset {
    /// Takes the octets of both keys.
    ///
    /// # Errors
    /// When the version is not 1 to 15 or the keys are not both 16, 24 or 32 octets.
    pub fn new(version: u8, kic: &[u8], kid: &[u8]) -> Result<Self, BadKeyset> {
        let sane = (1..=15).contains(&version) && kic.len() == kid.len() && matches!(kic.len(), 16 | 24 | 32);
        let mut keyset =
            Self { version, length: u8::try_from(kic.len()).unwrap_or(0), kic: [0; 32], kid: [0; 32] };
        match (keyset.kic.get_mut(..kic.len()), keyset.kid.get_mut(..kid.len())) {
            (Some(first), Some(second)) if sane => {
                first.copy_from_slice(kic);
                second.copy_from_slice(kid);
                Ok(keyset)
            }
            _ => Err(BadKeyset),
        }
    }

    /// The key version number, 1 to 15.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The ciphering key.
    #[must_use]
    pub fn kic(&self) -> &[u8] {
        self.kic.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The key of the cryptographic checksum.
    #[must_use]
    pub fn kid(&self) -> &[u8] {
        self.kid.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// Not a keyset that a card holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a keyset is a version 1 to 15 and two AES keys of the same length")]
pub struct BadKeyset;
