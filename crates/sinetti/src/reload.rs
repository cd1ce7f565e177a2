//! Reading the configuration again while the role runs: who may ask changes at once, everything else at a restart.
use std::{error::Error, path::PathBuf};

use crate::{
    command_error::CommandError,
    config::{self, Config},
};

/// What a running role does with its configuration file when it is told to read it again.
pub(crate) struct Reload<C> {
    file: PathBuf,
    /// What the process was started with, as a table: the keys outside of [`Config::RELOADED`] still have these values.
    started: toml::Table,
    /// Takes the new lists over, all or none.
    take_over: Box<dyn FnMut(C) -> Result<(), CommandError> + Send>,
}

impl<C: Config> Reload<C> {
    /// `take_over` gets a configuration that was read and checked. When it fails it must have changed nothing.
    pub(crate) fn new(
        file: PathBuf,
        started: &C,
        take_over: impl FnMut(C) -> Result<(), CommandError> + Send + 'static,
    ) -> Result<Self, CommandError> {
        Ok(Self { file, started: toml::Table::try_from(started)?, take_over: Box::new(take_over) })
    }

    /// Reads the file again. A configuration that cannot be used changes nothing, and the log says why.
    pub(crate) fn now(&mut self) {
        match self.attempt() {
            Ok(waiting) if waiting.is_empty() => tracing::info!("configuration read again"),
            Ok(waiting) => tracing::warn!(
                keys = waiting.join(", "),
                "configuration read again; these keys differ and wait for a restart"
            ),
            Err(error) => {
                let (file, why) = (self.file.display(), chain(&*error));
                tracing::error!(%file, why, "the configuration cannot be used; the one before stays");
            }
        }
    }

    /// The keys that differ and need a restart.
    fn attempt(&mut self) -> Result<Vec<String>, CommandError> {
        let config: C = config::load(&self.file)?;
        let table = toml::Table::try_from(&config)?;
        (self.take_over)(config)?;
        let mut keys: Vec<&String> = self.started.keys().chain(table.keys()).collect();
        keys.sort();
        keys.dedup();
        keys.retain(|key| !C::RELOADED.contains(&key.as_str()) && self.started.get(*key) != table.get(*key));
        Ok(keys.into_iter().cloned().collect())
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
