//! `me.toml`.
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Config, Listener, LogConfig, Peer, ProcessConfig, endpoint::node_name, resolve};

/// Configuration of the management entity.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeConfig {
    /// Node name in the ME network.
    pub name: String,
    /// URI in `MSSP_Info` of every answer.
    pub mssp_id: String,
    /// Folder of the store.
    pub data: PathBuf,
    /// Whether certificates of a demonstration's CA are believed. Never in an installation that serves people.
    #[serde(default)]
    pub allow_demo: bool,
    /// Worker threads; absent means one for each core.
    #[serde(default)]
    pub workers: Option<usize>,
    /// Towards operators; the same identity dials the HMSSP and the CA process.
    pub listener: Listener,
    /// Node names of the operators that may order.
    pub operators: Vec<String>,
    /// The HMSSP's ME listener.
    pub home: Peer,
    /// The CA process's ME listener.
    pub ca: Peer,
    /// Root certificates in PEM that users' certificates must lead to.
    pub user_roots: PathBuf,
    /// Who the process is.
    #[serde(default)]
    pub process: ProcessConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

impl Config for MeConfig {
    const RELOADED: &'static [&'static str] = &["operators"];

    fn resolve(&mut self, folder: &Path) {
        resolve(&mut self.data, folder);
        resolve(&mut self.user_roots, folder);
        self.listener.tls.resolve(folder);
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        for (key, name) in [("name", &self.name), ("home.name", &self.home.name), ("ca.name", &self.ca.name)]
        {
            node_name(key, name)?;
        }
        self.operators.iter().try_for_each(|name| node_name("operators", name).map(drop))
    }
}
