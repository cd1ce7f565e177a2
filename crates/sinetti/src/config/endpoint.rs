//! The parts that several roles' configurations share: where to listen, whom to dial, which files prove who one is.
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use mss_core::NodeName;
use serde::{Deserialize, Serialize};

/// Files of one TLS identity.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsFiles {
    /// Certificate path in PEM: own certificate first.
    pub certificate: PathBuf,
    /// PKCS#8 private key in PEM; mode 0600.
    pub key: PathBuf,
    /// Root certificates in PEM of the network that peers must come from.
    pub roots: PathBuf,
}

impl TlsFiles {
    pub(crate) fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.certificate, &mut self.key, &mut self.roots] {
            super::resolve(path, folder);
        }
    }
}

/// A socket that listens, with the identity it shows and the roots it trusts.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// Where.
    pub address: SocketAddr,
    /// Who the listener is, and whose certificates it believes.
    pub tls: TlsFiles,
}

/// Another node: where it is and what it must be called.
#[cfg(any(feature = "ae", feature = "me"))]
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    /// The name its certificate must carry.
    pub name: String,
    /// Where.
    pub address: SocketAddr,
}

#[cfg(any(feature = "ae", feature = "me"))]
impl Peer {
    pub(crate) fn node_name(&self) -> Option<NodeName> {
        NodeName::parse(&self.name)
    }
}

/// Reads a node name or says what is wrong with it.
pub(crate) fn node_name(key: &'static str, text: &str) -> Result<NodeName, (&'static str, String)> {
    NodeName::parse(text)
        .ok_or_else(|| (key, format!("`{text}` is no DNS name in lower case, such as ae.example")))
}
