//! `ae.toml`.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use mss_core::SignatureProfile;
use serde::{Deserialize, Serialize};

use super::{Config, Listener, LogConfig, Peer, ProcessConfig, TlsFiles, endpoint::node_name, resolve};

/// Configuration of an Acquiring Entity.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AeConfig {
    /// Node name in the mesh; must be the name in the mesh certificate.
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
    /// Towards Application Providers.
    pub ap_listener: Listener,
    /// The address that the WSDL names, such as `https://mssp.example:443`.
    pub public_url: String,
    /// Identity towards HMSSPs.
    pub mesh: TlsFiles,
    /// The HMSSPs, by node name.
    pub home: Vec<HomeRoute>,
    /// Application Providers, by AP_ID.
    pub ap: BTreeMap<String, ApEntry>,
    /// Timers.
    #[serde(default)]
    pub limits: AeLimits,
    /// Who the process is.
    #[serde(default)]
    pub process: ProcessConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

/// One HMSSP and the numbers it serves.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HomeRoute {
    /// Whom to dial.
    pub peer: Peer,
    /// Number prefixes without `+`; the longest match wins.
    pub msisdn_prefixes: Vec<String>,
    /// HTTP/2 connections towards it, 1 to 16.
    #[serde(default = "four")]
    pub connections: usize,
}

fn four() -> usize {
    4
}

/// One Application Provider.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApEntry {
    /// Who asks, as the phone shows it.
    pub display_name: String,
    /// SHA-256 of each client certificate that may speak for this AP_ID, in hex.
    pub certificates: Vec<String>,
    /// Profiles it may ask for; absent means all.
    #[serde(default)]
    pub profiles: Option<Vec<String>>,
}

/// Timers of an AE, in seconds.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AeLimits {
    /// How far an AP's clock may be from ours.
    pub clock_skew_s: u32,
    /// Transaction limit when the request names none.
    pub default_timeout_s: u32,
    /// Longest transaction limit that is accepted.
    pub max_timeout_s: u32,
}

impl Default for AeLimits {
    fn default() -> Self {
        Self { clock_skew_s: 600, default_timeout_s: 300, max_timeout_s: 900 }
    }
}

impl Config for AeConfig {
    const RELOADED: &'static [&'static str] = &["ap"];

    fn resolve(&mut self, folder: &Path) {
        resolve(&mut self.data, folder);
        self.ap_listener.tls.resolve(folder);
        self.mesh.resolve(folder);
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        node_name("name", &self.name)?;
        for home in &self.home {
            node_name("home.peer.name", &home.peer.name)?;
            if !(1..=16).contains(&home.connections) {
                return Err(("home.connections", "must be between 1 and 16".into()));
            }
            if home.msisdn_prefixes.iter().any(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit())) {
                return Err(("home.msisdn_prefixes", "must be digits without +, such as 358".into()));
            }
        }
        for ap in self.ap.values() {
            for certificate in &ap.certificates {
                if hex::decode(certificate).map(|octets| octets.len()) != Ok(32) {
                    return Err(("ap.certificates", "must be SHA-256 fingerprints of 64 hex digits".into()));
                }
            }
            if let Some(unknown) =
                ap.profiles.iter().flatten().find(|uri| SignatureProfile::from_uri(uri).is_none())
            {
                return Err(("ap.profiles", format!("`{unknown}` is no profile of this platform")));
            }
        }
        Ok(())
    }
}
