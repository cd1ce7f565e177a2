use std::{path::Path, sync::Arc};

use rustls::RootCertStore;

use super::{TlsError, identity};

/// The CA certificates that a listener or a dialler trusts. One network's only, by configuration.
#[derive(Debug, Clone)]
pub struct Roots(pub(super) Arc<RootCertStore>);

impl Roots {
    /// Reads one or more CA certificates from a PEM file.
    ///
    /// # Errors
    /// When the file cannot be read, or one of its certificates cannot be a trust anchor.
    pub fn load(path: &Path) -> Result<Self, TlsError> {
        Self::parse(&identity::read(path)?, &path.display().to_string())
    }

    /// Reads one or more CA certificates from PEM in memory.
    ///
    /// # Errors
    /// When one of them cannot be a trust anchor, or there is none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        Self::parse(pem, "the given PEM")
    }

    fn parse(pem: &[u8], name: &str) -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        for certificate in identity::certificates(pem, name)? {
            store.add(certificate).map_err(|_| TlsError::Certificate(name.to_owned()))?;
        }
        Ok(Self(Arc::new(store)))
    }
}
