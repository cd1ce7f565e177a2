//! `smsc.toml`: the software short-message centre and the soft SIMs behind it.
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Config, LogConfig, ProcessConfig, resolve};

/// Configuration of the software SMSC.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmscConfig {
    /// Folder of the cards' memory.
    pub data: PathBuf,
    /// Where ESMEs bind (SMPP 3.4).
    pub listen: SocketAddr,
    /// The ESMEs that may bind.
    pub esme: Vec<Esme>,
    /// What the people do who hold the phones.
    #[serde(default)]
    pub person: Person,
    /// How messages from phones are laid out; what other short-message centres do, for tests.
    #[serde(default)]
    pub mobile_originated: MobileOriginated,
    /// A bad radio, for benches; absent means that every short message arrives once and in order.
    #[serde(default)]
    pub radio: Option<Radio>,
    /// The page where each phone can be seen and used.
    #[serde(default)]
    pub page: Option<Page>,
    /// Worker threads; absent means one for each core.
    #[serde(default)]
    pub workers: Option<usize>,
    /// Who the process is.
    #[serde(default)]
    pub process: ProcessConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

/// One bind that is allowed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Esme {
    /// SMPP system_id.
    pub system_id: String,
    /// File that holds the password; mode 0600.
    pub password_file: PathBuf,
    /// The short numbers whose messages go to this bind.
    pub short_numbers: Vec<String>,
}

/// How a message from a phone is laid out.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MobileOriginated {
    /// deliver_sm, concatenation in the user data header.
    #[default]
    UserDataHeader,
    /// deliver_sm, concatenation in `sar_` parameters.
    SarParameters,
    /// deliver_sm, user data in message_payload.
    MessagePayload,
    /// data_sm.
    DataSm,
}

impl std::fmt::Display for MobileOriginated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("", clap::builder::PossibleValue::get_name))
    }
}

impl From<MobileOriginated> for softsim::short_message_centre::MoStyle {
    fn from(style: MobileOriginated) -> Self {
        match style {
            MobileOriginated::UserDataHeader => Self::UserDataHeader,
            MobileOriginated::SarParameters => Self::SarParameters,
            MobileOriginated::MessagePayload => Self::MessagePayload,
            MobileOriginated::DataSm => Self::DataSm,
        }
    }
}

/// Who holds the phones.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Person {
    /// Whether a script chooses PINs and answers every request; otherwise somebody at the page does.
    pub scripted: bool,
    /// How long the script thinks, in milliseconds.
    pub delay_ms: u64,
}

/// What the radio does to short messages on their way to and from handsets, in per cent of each way's messages. What is
/// lost is lost: no receipt follows.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Radio {
    /// Must be said: this short-message centre is bad on purpose.
    pub allow_faults: bool,
    /// Where chance starts; the same seed and the same messages of a phone give the same faults.
    #[serde(default)]
    pub seed: u64,
    /// Lost.
    #[serde(default)]
    pub loss: f64,
    /// Arrive twice.
    #[serde(default)]
    pub duplicate: f64,
    /// Held up, so that later ones overtake them.
    #[serde(default)]
    pub reorder: f64,
    /// File for what an onlooker sees: faults, prompts, signatures, answers handed over.
    #[serde(default)]
    pub journal: Option<PathBuf>,
}

/// The phone page.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Where; a loopback address.
    pub listen: SocketAddr,
    /// File into which the page's URL with its token is written; mode 0600.
    pub url_file: PathBuf,
    /// Whose phones they are, by number with `+`.
    #[serde(default)]
    pub names: std::collections::BTreeMap<String, String>,
    /// What the page's reader may try next.
    #[serde(default)]
    pub hint: String,
}

impl Config for SmscConfig {
    const RELOADED: &'static [&'static str] = &["esme"];

    fn resolve(&mut self, folder: &Path) {
        resolve(&mut self.data, folder);
        for esme in &mut self.esme {
            resolve(&mut esme.password_file, folder);
        }
        if let Some(journal) = self.radio.as_mut().and_then(|radio| radio.journal.as_mut()) {
            resolve(journal, folder);
        }
        if let Some(page) = &mut self.page {
            resolve(&mut page.url_file, folder);
        }
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.page.as_ref().is_some_and(|page| !page.listen.ip().is_loopback()) {
            return Err(("page.listen", "must be a loopback address: the page can type PINs".into()));
        }
        if self.radio.as_ref().is_some_and(|radio| !radio.allow_faults) {
            return Err(("radio.allow_faults", "must be true: a bad radio is for benches only".into()));
        }
        if self.esme.iter().any(|esme| esme.system_id.is_empty() || esme.system_id.len() > 15) {
            return Err(("esme.system_id", "must have 1 to 15 characters".into()));
        }
        Ok(())
    }
}
