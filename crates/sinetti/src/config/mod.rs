//! One TOML file for each role. Unknown keys are refused, secrets are named by file, paths are relative to the file.
#[cfg(feature = "ae")]
pub(crate) mod ae;
#[cfg(feature = "ca")]
pub(crate) mod ca;
mod endpoint;
#[cfg(feature = "home")]
pub(crate) mod home;
#[cfg(feature = "me")]
pub(crate) mod me;
mod process;
#[cfg(feature = "smsc")]
pub(crate) mod smsc;

use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};

pub(crate) use endpoint::Listener;
#[cfg(any(feature = "ae", feature = "me"))]
pub(crate) use endpoint::Peer;
#[cfg(feature = "ae")]
pub(crate) use endpoint::TlsFiles;
pub(crate) use process::{LogConfig, ProcessConfig};

/// Why a configuration cannot be used; says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that the role does not know.
    #[error("{path} cannot be used")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value that cannot be right.
    #[error("{path}: {key}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What is wrong with it and what would be right.
        problem: String,
    },
}

/// A role's configuration.
pub(crate) trait Config: DeserializeOwned + Serialize {
    /// The keys that a running process takes over when it is told to read the file again. All others need a restart.
    const RELOADED: &'static [&'static str];
    /// Makes paths absolute against the file's folder.
    fn resolve(&mut self, folder: &Path);
    /// Checks the values; the key and the problem of the first wrong one.
    fn check(&self) -> Result<(), (&'static str, String)>;
}

/// Reads and checks a configuration file.
pub(crate) fn load<C: Config>(path: &Path) -> Result<C, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
    read(&text, path)
}

/// Reads and checks the text of the configuration file at `path`.
pub(crate) fn read<C: Config>(text: &str, path: &Path) -> Result<C, ConfigError> {
    let mut config: C = toml::from_str(text)
        .map_err(|source| ConfigError::Wrong { path: path.into(), source: Box::new(source) })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    config.resolve(folder);
    config.check().map_err(|(key, problem)| ConfigError::Value { path: path.into(), key, problem })?;
    Ok(config)
}

/// Joins a relative path to the folder of the configuration file.
fn resolve(path: &mut PathBuf, folder: &Path) {
    if path.is_relative() {
        *path = folder.join(&*path);
    }
}
