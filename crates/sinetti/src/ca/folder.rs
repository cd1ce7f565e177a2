//! Where everything of a CA lives: one folder that only its owner can enter.
//!
//! `kek`, the key-encryption key; `keys/`, the authorities' keys sealed under it; `public/`, the authorities' certificates;
//! `tls/`, the process's own identity in the ME network; `ca.db`, the store; `ca.toml`, the configuration.
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use mss_core::Network;
use mss_pki::{Certificate, Signer, issuance::Authority, pem};
use mss_vault::{Kek, SealedSigner};
use role_ca::{Authorities, Issuing, authority_word};

use crate::{command_error::CommandError, file::write, runtime, system::SystemEntropy};

/// The folder and the paths in it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        // `data = "."` beside the file's folder makes `/var/ca/.`; people shall read `/var/ca`.
        Self(root.components().collect())
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    pub(super) fn kek(&self) -> PathBuf {
        self.0.join("kek")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("ca.db")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.0.join("ca.toml")
    }

    /// A file of the process's own identity.
    pub(super) fn tls(&self, file: &str) -> PathBuf {
        self.0.join("tls").join(file)
    }

    /// An authority's certificate.
    pub(super) fn certificate(&self, authority: Authority) -> PathBuf {
        self.0.join("public").join(format!("{}.pem", authority_word(authority)))
    }

    /// An authority's sealed key.
    fn key(&self, authority: Authority) -> PathBuf {
        self.0.join("keys").join(format!("{}.key", authority_word(authority)))
    }

    /// Makes the folders, unless a CA, or the beginning of one, is there.
    pub(super) fn make(&self) -> Result<(), CommandError> {
        for path in [self.kek(), self.config(), self.database(), self.0.join("keys")] {
            // A link that leads nowhere counts, too.
            if path.symlink_metadata().is_ok() {
                let root = self.0.display();
                return Err(
                    format!("{root} has a CA already ({}); choose another folder", path.display()).into()
                );
            }
        }
        runtime::private_folder(&self.0)?;
        // One that was there already is left as it is, and not used if others can look into it.
        if std::fs::metadata(&self.0)?.permissions().mode() & 0o077 != 0 {
            return Err(
                format!("others can enter {}: chmod 700 it, or name a new folder", self.0.display()).into()
            );
        }
        ["keys", "public", "tls"].iter().try_for_each(|folder| runtime::private_folder(&self.0.join(folder)))
    }

    /// Makes an authority's key.
    pub(super) fn create_key(
        &self,
        kek: &Kek,
        authority: Authority,
    ) -> Result<Arc<dyn Signer>, CommandError> {
        Ok(Arc::new(SealedSigner::create(kek, &self.key(authority), &mut SystemEntropy)?))
    }

    /// Writes an authority's certificate.
    pub(super) fn write_certificate(
        &self,
        authority: Authority,
        certificate: &Certificate,
    ) -> Result<(), CommandError> {
        let text = pem::encode(pem::CERTIFICATE, certificate.der());
        write(&self.certificate(authority), text.as_bytes(), 0o644)
    }

    /// Opens every authority that issues. The users' root is not needed: its key may be taken away.
    pub(super) fn authorities(&self) -> Result<Authorities, CommandError> {
        let kek = Kek::load(&self.kek()).map_err(|error| {
            format!("{error}; a CA is made by `sinetti ca init --data {}`", self.0.display())
        })?;
        let open = |authority| self.open(&kek, authority);
        Ok(Authorities {
            ap: open(Authority::Network(Network::Ap))?,
            mesh: open(Authority::Network(Network::Mesh))?,
            me: open(Authority::Network(Network::Me))?,
            users: open(Authority::UsersIssuing)?,
        })
    }

    fn open(&self, kek: &Kek, authority: Authority) -> Result<Issuing, CommandError> {
        let path = self.certificate(authority);
        let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        let ders = pem::decode_all(pem::CERTIFICATE, &text).map_err(|error| wrong(&error))?;
        let [der] = ders.as_slice() else {
            return Err(wrong(&"there must be exactly one certificate").into());
        };
        let certificate = Certificate::parse(der).map_err(|error| wrong(&error))?;
        let key = self.key(authority);
        let signer = SealedSigner::load(kek, &key).map_err(|error| format!("{}: {error}", key.display()))?;
        Ok(Issuing::new(certificate, Arc::new(signer)).map_err(|error| wrong(&error))?)
    }
}
