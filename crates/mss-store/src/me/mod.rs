//! The ME's store: registrations with the people they are about, their keys, the audit trail.
//!
//! Start at [`MeStore`].
mod read;
mod write;

use role_me::{MeCommit, ResumeState};

pub use read::{MeAuditLine, MeStoreReader};

use crate::{Database, Location, StoreError, WriteCounts};

/// The schema, one script for each version.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// The ME's database.
pub struct MeStore(Database);

impl MeStore {
    /// Opens or creates the store.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        Database::open(location, MIGRATIONS).map(Self)
    }

    /// The writing port: makes one turn durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a row is not at the version before the one to be written; nothing is written then.
    pub fn commit(&mut self, commit: &MeCommit) -> Result<(), StoreError> {
        self.0.write(|tx| write::commit(tx, commit))
    }

    /// What an engine needs to start.
    ///
    /// # Errors
    /// When the store cannot be read, or holds what no engine wrote.
    pub fn resume_state(&self) -> Result<ResumeState, StoreError> {
        read::resume_state(&self.0.reader()?)
    }

    /// The reading port: sees what has been committed.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn reader(&self) -> Result<MeStoreReader, StoreError> {
        Ok(MeStoreReader::new(self.0.reader()?))
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests;
