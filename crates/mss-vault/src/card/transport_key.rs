use std::path::Path;

use aws_lc_rs::{
    agreement::{ECDH_P256, EphemeralPrivateKey, PrivateKey, UnparsedPublicKey, agree, agree_ephemeral},
    encoding::{AsBigEndian, EcPrivateKeyBin},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand::SystemRandom,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Kek, SealError, SignerError, VaultFileError, read_secret, write_secret};

const AAD: &[u8] = b"sinetti transport key 1";

/// The vault's half of the key that card batches are wrapped for (ECDH on P-256).
pub struct TransportKey {
    private: PrivateKey,
    public: TransportPublicKey,
}

/// The card maker's half: public, and named by its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportPublicKey(Vec<u8>);

impl TransportKey {
    /// Makes a key in a new file, sealed under the KEK.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create(kek: &Kek, path: &Path) -> Result<Self, SignerError> {
        let private = PrivateKey::generate(&ECDH_P256).map_err(|_| SignerError::NoKey)?;
        let octets: EcPrivateKeyBin<'_> = private.as_be_bytes().map_err(|_| SignerError::NoKey)?;
        write_secret(path, &kek.seal(AAD, octets.as_ref())?)?;
        Self::from_private(private)
    }

    /// Opens the key in a file.
    ///
    /// # Errors
    /// When it does not open under this KEK.
    pub fn load(kek: &Kek, path: &Path) -> Result<Self, SignerError> {
        let octets = kek.open(AAD, &read_secret(path)?)?;
        Self::from_private(PrivateKey::from_private_key(&ECDH_P256, &octets).map_err(|_| SignerError::NoKey)?)
    }

    fn from_private(private: PrivateKey) -> Result<Self, SignerError> {
        let point = private.compute_public_key().map_err(|_| SignerError::NoKey)?;
        Ok(Self { private, public: TransportPublicKey(point.as_ref().to_vec()) })
    }

    /// The half to hand to card makers.
    #[must_use]
    pub fn public(&self) -> &TransportPublicKey {
        &self.public
    }

    /// The key of a batch whose maker used this ephemeral point.
    pub(super) fn batch_key(&self, ephemeral: &[u8]) -> Result<Kek, SealError> {
        let peer = UnparsedPublicKey::new(&ECDH_P256, ephemeral);
        agree(&self.private, peer, SealError, |shared| derive(shared, ephemeral, &self.public))
    }
}

impl TransportPublicKey {
    /// The fingerprint that a batch names its vault by: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(mss_pki::sha256(&self.0).get(..8).unwrap_or_default())
    }

    /// The text of the file that is handed to card makers.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("sinetti-transport-key/1 {}\n", STANDARD.encode(&self.0))
    }

    /// Reads that file.
    ///
    /// # Errors
    /// When it is not one.
    pub fn load(path: &Path) -> Result<Self, VaultFileError> {
        let text = std::fs::read_to_string(path).map_err(VaultFileError::io(path))?;
        Self::from_text(&text).ok_or_else(|| VaultFileError::wrong(path, "transport key"))
    }

    fn from_text(text: &str) -> Option<Self> {
        let point = STANDARD.decode(text.trim().strip_prefix("sinetti-transport-key/1 ")?).ok()?;
        (point.len() == 65).then_some(Self(point))
    }

    /// A fresh ephemeral point and the batch key that the vault will derive from it.
    pub(super) fn new_batch_key(&self) -> Result<(Vec<u8>, Kek), SealError> {
        let private =
            EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| SealError)?;
        let ephemeral = private.compute_public_key().map_err(|_| SealError)?.as_ref().to_vec();
        let peer = UnparsedPublicKey::new(&ECDH_P256, &self.0);
        let key = agree_ephemeral(private, peer, SealError, |shared| derive(shared, &ephemeral, self))?;
        Ok((ephemeral, key))
    }
}

/// HKDF-SHA256 over the shared secret; both public points are bound in.
fn derive(shared: &[u8], ephemeral: &[u8], vault: &TransportPublicKey) -> Result<Kek, SealError> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let extracted = Salt::new(HKDF_SHA256, b"sinetti-card-batch/1").extract(shared);
    let info = [ephemeral, &vault.0];
    let expanded = extracted.expand(&info, Length).map_err(|_| SealError)?;
    let mut key = Zeroizing::new([0; 32]);
    expanded.fill(key.as_mut()).map_err(|_| SealError)?;
    Kek::from_octets(key.as_ref())
}
