//! `home.toml`.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use role_home::Limits;
use serde::{Deserialize, Serialize};

use super::{Config, Listener, LogConfig, ProcessConfig, endpoint::node_name, resolve};

/// Configuration of a Home MSSP.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HomeConfig {
    /// Node name in the mesh and in the ME network.
    pub name: String,
    /// URI in `MSSP_Info` of every answer.
    pub mssp_id: String,
    /// Folder of the store.
    pub data: PathBuf,
    /// Folder of the vault: its key-encryption key and its transport key.
    pub vault: PathBuf,
    /// Whether certificates of a demonstration's CA are believed. Never in an installation that serves people.
    #[serde(default)]
    pub allow_demo: bool,
    /// Worker threads; absent means one for each core.
    #[serde(default)]
    pub workers: Option<usize>,
    /// Towards AEs.
    pub mesh_listener: Listener,
    /// Towards ME.
    pub me_listener: Listener,
    /// AEs that may ask, by node name, with the AP_IDs each may speak for.
    pub ae: BTreeMap<String, AeEntry>,
    /// Node names of the MEs that may order.
    pub me: Vec<String>,
    /// The short-message centre.
    pub smsc: SmscLink,
    /// Root certificates in PEM that users' certificates must lead to.
    pub user_roots: PathBuf,
    /// Delivery of packets to cards.
    #[serde(default)]
    pub delivery: Delivery,
    /// Who the process is.
    #[serde(default)]
    pub process: ProcessConfig,
    /// When silence is broken.
    #[serde(default)]
    pub timers: Timers,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

/// What one AE may do.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AeEntry {
    /// AP_IDs it may speak for; `*` at the end matches any rest, and `*` alone every AP_ID.
    pub ap_ids: Vec<String>,
}

/// How to bind to the SMSC.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmscLink {
    /// Where.
    pub address: SocketAddr,
    /// SMPP system_id, at most 15 characters.
    pub system_id: String,
    /// File that holds the SMPP password; mode 0600.
    pub password_file: PathBuf,
    /// The short number that cards answer to.
    pub short_number: String,
    /// Unanswered submits at most.
    #[serde(default = "window")]
    pub window: usize,
    /// Country code, where the SMSC writes cards' numbers in their national form.
    #[serde(default)]
    pub country_code: Option<String>,
    /// How it writes message names when it accepts a message.
    #[serde(default)]
    pub submitted_ids: MessageIds,
    /// How it writes them in receipts.
    #[serde(default)]
    pub receipt_ids: MessageIds,
}

/// How an SMSC writes the names of messages.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MessageIds {
    /// The same everywhere, compared as text.
    #[default]
    Text,
    /// Decimal numbers.
    Decimal,
    /// Hexadecimal numbers.
    Hexadecimal,
}

impl From<MessageIds> for smpp::receipt::IdForm {
    fn from(ids: MessageIds) -> Self {
        match ids {
            MessageIds::Text => Self::Text,
            MessageIds::Decimal => Self::Decimal,
            MessageIds::Hexadecimal => Self::Hexadecimal,
        }
    }
}

fn window() -> usize {
    100
}

/// Seconds after which a card's silence is broken. Shorter ones recover faster from lost messages, and cost messages
/// with every person who reads slowly.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Timers {
    /// Without a sign of life of the card the request is sent again.
    pub sign_of_life_s: u64,
    /// Without an answer from a card that has the request, it is asked for its result.
    pub first_question_s: u64,
    /// Without an answer to that, it is asked again.
    pub question_again_s: u64,
}

impl Default for Timers {
    fn default() -> Self {
        let Limits { sign_of_life, ask_result_first, ask_again, .. } = Limits::default();
        Self {
            sign_of_life_s: sign_of_life.as_secs(),
            first_question_s: ask_result_first.as_secs(),
            question_again_s: ask_again.as_secs(),
        }
    }
}

/// How packets are sent to cards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Delivery {
    /// SPI 1639: the card proves the receipt of every packet.
    #[default]
    ProofAlways,
    /// SPI 163A: the card speaks up only on error, which saves a message for each packet.
    ProofOnError,
}

impl Config for HomeConfig {
    const RELOADED: &'static [&'static str] = &["ae", "me"];

    fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.data, &mut self.vault, &mut self.smsc.password_file, &mut self.user_roots] {
            resolve(path, folder);
        }
        self.mesh_listener.tls.resolve(folder);
        self.me_listener.tls.resolve(folder);
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        node_name("name", &self.name)?;
        for name in self.ae.keys() {
            node_name("ae", name)?;
        }
        for name in &self.me {
            node_name("me", name)?;
        }
        if self.smsc.system_id.len() > 15 || self.smsc.system_id.is_empty() {
            return Err(("smsc.system_id", "must have 1 to 15 characters".into()));
        }
        if !(3..=15).contains(&self.smsc.short_number.len())
            || !self.smsc.short_number.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(("smsc.short_number", "must have 3 to 15 digits".into()));
        }
        let country_code = |code: &str| {
            (1..=3).contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_digit())
                && !code.starts_with('0')
        };
        if !self.smsc.country_code.as_deref().is_none_or(country_code) {
            return Err(("smsc.country_code", "must have 1 to 3 digits, the first not 0".into()));
        }
        if !(1..=1000).contains(&self.smsc.window) {
            return Err(("smsc.window", "must be between 1 and 1000".into()));
        }
        let Timers { sign_of_life_s, first_question_s, question_again_s } = self.timers;
        if [sign_of_life_s, first_question_s, question_again_s].iter().any(|s| !(1..=600).contains(s)) {
            return Err(("timers", "each must be between 1 and 600".into()));
        }
        Ok(())
    }
}
