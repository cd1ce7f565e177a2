use std::path::Path;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    rand,
};
use zeroize::Zeroizing;

use crate::secret_file::{VaultFileError, read_secret, write_secret};

const LENGTH: usize = 32;
const TAG: usize = 16;

/// The key-encryption key: everything else the vault keeps is sealed under it. In a file for now.
pub struct Kek(RandomizedNonceKey);

/// Sealing or opening failed: another key, other associated data, or changed octets. Says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open under this key for this use")]
pub struct SealError;

impl Kek {
    /// Makes a new key in a new file.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, VaultFileError> {
        let mut key = Zeroizing::new([0; LENGTH]);
        rand::fill(key.as_mut()).map_err(|_| VaultFileError::wrong(path, "key: no randomness"))?;
        write_secret(path, key.as_ref())?;
        Self::from_octets(key.as_ref()).map_err(|_| VaultFileError::wrong(path, "key-encryption key"))
    }

    /// Reads the key.
    ///
    /// # Errors
    /// When it is missing, readable by others, or not 32 octets.
    pub fn load(path: &Path) -> Result<Self, VaultFileError> {
        let key = read_secret(path)?;
        Self::from_octets(&key).map_err(|_| VaultFileError::wrong(path, "key-encryption key"))
    }

    pub(crate) fn from_octets(key: &[u8]) -> Result<Self, SealError> {
        RandomizedNonceKey::new(&AES_256_GCM, key).map(Self).map_err(|_| SealError)
    }

    /// Seals with AES-256-GCM: `nonce | ciphertext | tag`. `aad` names the use and opens nothing else.
    ///
    /// # Errors
    /// Only when the provider fails.
    pub fn seal(&self, aad: &[u8], secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(secret.len() + TAG);
        sealed.extend_from_slice(secret);
        let nonce = self.0.seal_in_place_append_tag(Aad::from(aad), &mut sealed).map_err(|_| SealError)?;
        let mut out = Vec::with_capacity(NONCE_LEN + sealed.len());
        out.extend_from_slice(nonce.as_ref());
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`Self::seal`] made with the same `aad`.
    ///
    /// # Errors
    /// [`SealError`] for anything else.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut secret).map_err(|_| SealError)?.len();
        secret.truncate(length);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn opens_only_for_the_same_use_and_unchanged() {
        let kek = Kek::from_octets(&[7; 32]).unwrap();
        let sealed = kek.seal(b"card 1", b"secret").unwrap();
        assert_eq!(kek.open(b"card 1", &sealed).unwrap().as_slice(), b"secret");
        assert!(kek.open(b"card 2", &sealed).is_err());
        assert!(Kek::from_octets(&[8; 32]).unwrap().open(b"card 1", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(kek.open(b"card 1", &changed).is_err(), "octet {at}");
            assert!(kek.open(b"card 1", &sealed[..at]).is_err(), "cut at {at}");
        }
        assert_ne!(kek.seal(b"card 1", b"secret").unwrap(), sealed, "nonces differ");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let path = std::env::temp_dir().join(format!("sinetti-kek-{}", std::process::id()));
        drop(fs::remove_file(&path));
        let sealed = Kek::create(&path).unwrap().seal(b"", b"secret").unwrap();
        assert!(Kek::create(&path).is_err(), "never overwritten");
        assert_eq!(Kek::load(&path).unwrap().open(b"", &sealed).unwrap().as_slice(), b"secret");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Kek::load(&path), Err(VaultFileError::Open(_))));
        fs::remove_file(&path).unwrap();
    }
}
