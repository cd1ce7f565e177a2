//! The CA's store: enrolment codes, certificates, the audit trail. No key is ever in it.
//!
//! Start at [`CaStore`].
mod read;
mod write;

use role_ca::{CaCommit, ResumeState};

pub use read::{CaAuditLine, CaStoreReader};

use crate::{Database, Location, StoreError, WriteCounts};

/// The schema, one script for each version.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// The CA's database.
pub struct CaStore(Database);

impl CaStore {
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
    /// [`StoreError::Conflict`] when a code exists already or cannot be used up, when a certificate's row is taken, or its
    /// order or its person's key has one; nothing is written then.
    pub fn commit(&mut self, commit: &CaCommit) -> Result<(), StoreError> {
        self.0.write(|tx| write::commit(tx, commit))
    }

    /// What an engine needs to start.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn resume_state(&self) -> Result<ResumeState, StoreError> {
        read::resume_state(&self.0.reader()?)
    }

    /// The reading port: sees what has been committed.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn reader(&self) -> Result<CaStoreReader, StoreError> {
        Ok(CaStoreReader::new(self.0.reader()?))
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests;
