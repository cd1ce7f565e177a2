use std::{
    fs::File,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use zeroize::Zeroizing;

use super::{TlsError, provider};

/// Largest certificate or key file that is read, in octets.
const MAX_FILE: u64 = 1 << 20;

/// A certificate chain and its private key: what this process proves itself with. Neither printable nor copyable.
pub struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
}

impl Identity {
    /// Reads the chain (this process first, no root needed) and the key from PEM files.
    ///
    /// # Errors
    /// When a file cannot be read or used, when the two do not belong together, or when group or others may touch the key.
    pub fn load(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain_pem = read(chain)?;
        let key_pem = read_key(key)?;
        Self::parse(&chain_pem, &key_pem, &chain.display().to_string(), &key.display().to_string())
    }

    /// Reads chain and key from PEM in memory.
    ///
    /// # Errors
    /// When they cannot be used or do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::parse(chain, key, "the given PEM", "the given PEM")
    }

    fn parse(chain: &[u8], key: &[u8], chain_name: &str, key_name: &str) -> Result<Self, TlsError> {
        let chain = certificates(chain, chain_name)?;
        let mut keys = PrivateKeyDer::pem_slice_iter(key);
        let (Some(Ok(key)), None) = (keys.next(), keys.next()) else {
            return Err(TlsError::Key(key_name.to_owned()));
        };
        Ok(Self { certified: Arc::new(CertifiedKey::from_der(chain, key, &provider())?) })
    }

    /// This process's own certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certified.cert.first().map_or(&[], |certificate| certificate.as_ref())
    }
}

pub(super) fn certificates(pem: &[u8], name: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| TlsError::Certificate(name.to_owned()))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |error| TlsError::Unreadable { path: path.to_owned(), error };
    let mut content = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut content)).map_err(unreadable)?;
    Ok(content)
}

/// Looks at the open file, not at its name, so that nobody can exchange it between look and read.
fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let unreadable = |error| TlsError::Unreadable { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(TlsError::KeyFileTooOpen { path: path.to_owned() });
    }
    // Reserved at once: a buffer that grows would leave copies of the key behind.
    let size = usize::try_from(metadata.size().min(MAX_FILE)).unwrap_or(0);
    let mut content = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(MAX_FILE).read_to_end(&mut content).map_err(unreadable)?;
    Ok(content)
}
