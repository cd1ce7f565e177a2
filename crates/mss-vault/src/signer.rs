use std::path::Path;

use mss_core::Entropy;
use mss_pki::{NodeKey, PublicKey, SignError, Signer};

use crate::{Kek, SealError, VaultFileError, read_secret, write_secret};

/// A signing key that lies in a file sealed under the KEK. The file's name is part of what is sealed, so that one CA's
/// key cannot be put in another's place.
pub struct SealedSigner(NodeKey);

/// Why a signing key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The file.
    #[error(transparent)]
    File(#[from] VaultFileError),
    /// Another KEK, another name, or changed.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// What was sealed is no key.
    #[error("the sealed value is no P-256 key")]
    NoKey,
}

impl SealedSigner {
    /// Makes a key in a new file.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(kek: &Kek, path: &Path, entropy: &mut dyn Entropy) -> Result<Self, SignerError> {
        let key = NodeKey::generate(entropy).map_err(|_| SignerError::NoKey)?;
        let pkcs8 = key.to_pkcs8().map_err(|_| SignerError::NoKey)?;
        write_secret(path, &kek.seal(&aad(path), &pkcs8)?)?;
        Ok(Self(key))
    }

    /// Opens the key in a file.
    ///
    /// # Errors
    /// When it does not open under this KEK and this name.
    pub fn load(kek: &Kek, path: &Path) -> Result<Self, SignerError> {
        let pkcs8 = kek.open(&aad(path), &read_secret(path)?)?;
        Ok(Self(NodeKey::from_pkcs8(&pkcs8).map_err(|_| SignerError::NoKey)?))
    }
}

impl Signer for SealedSigner {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(message)
    }
}

fn aad(path: &Path) -> Vec<u8> {
    let mut aad = b"sinetti signing key 1|".to_vec();
    aad.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
    aad
}
