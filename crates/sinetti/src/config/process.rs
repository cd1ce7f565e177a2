//! What every role's configuration says of its process: its log and its user.
use serde::{Deserialize, Serialize};

/// `[log]` of a role's configuration.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,mss_net=debug`.
    pub level: String,
    /// One JSON object on each line, for machines.
    pub json: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".into(), json: false }
    }
}

/// `[process]` of a role's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProcessConfig {
    /// The user to become when started as root; absent means to stay who one is, which root may not.
    pub user: Option<String>,
    /// The group to become; absent means the user's own.
    pub group: Option<String>,
    /// Whether root may stay root. For demonstrations in a container, never in an installation that serves people.
    pub allow_root: bool,
}
