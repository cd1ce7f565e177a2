//! TLS configurations. Every one names its crypto provider, resumes nothing and allows no early data.
//!
//! Start at [`server_config`] and [`client_config`].
mod client;
mod client_verifier;
mod identity;
pub(crate) mod presented;
mod roots;
mod server;

use std::{io, path::PathBuf, sync::Arc};

use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use client::{ClientTls, client_config};
pub use identity::Identity;
pub use roots::Roots;
pub use server::{Alpn, ClientAuth, HandshakeCounts, ServerTls, Versions, server_config};

pub(crate) const HTTP_1: &[u8] = b"http/1.1";
pub(crate) const HTTP_2: &[u8] = b"h2";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Why a TLS identity, root or configuration could not be made. Names files, never their content.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others than the owner may read or write the key file.
    #[error("{} is open to group or others; a key file must have mode 0600 or less", path.display())]
    KeyFileTooOpen {
        /// Which file.
        path: PathBuf,
    },
    /// No certificate where one is needed, or it is malformed.
    #[error("no usable certificate in {0}")]
    Certificate(String),
    /// No private key, or more than one.
    #[error("no usable private key in {0}")]
    Key(String),
    /// Certificate and key do not belong together, or the library refuses the configuration for another reason.
    #[error("the TLS configuration is refused: {0}")]
    Refused(String),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Refused(error.to_string())
    }
}
