//! `ca.toml`, written by `sinetti ca init`.
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Config, Listener, LogConfig, ProcessConfig, endpoint::node_name, resolve};

/// Configuration of the process that holds the CA keys.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaConfig {
    /// Node name in the ME network.
    pub name: String,
    /// Folder of the store, the sealed keys and the certificates.
    pub data: PathBuf,
    /// Where roles enrol with a code; shows the CA's own certificate and asks for none.
    pub enrol_listener: Listener,
    /// Where ME orders users' certificates.
    pub me_listener: Listener,
    /// Node names of the MEs that may order.
    pub me: Vec<String>,
    /// Who the process is.
    #[serde(default)]
    pub process: ProcessConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

impl Config for CaConfig {
    const RELOADED: &'static [&'static str] = &["me"];

    fn resolve(&mut self, folder: &Path) {
        resolve(&mut self.data, folder);
        self.enrol_listener.tls.resolve(folder);
        self.me_listener.tls.resolve(folder);
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        node_name("name", &self.name)?;
        self.me.iter().try_for_each(|name| node_name("me", name).map(drop))
    }
}
