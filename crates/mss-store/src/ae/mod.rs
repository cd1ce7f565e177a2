//! The AE's store: requests, their outcomes, the audit trail.
//!
//! Start at [`AeStore`]. A request is written once and never updated; that it is open is a line in a small table of its
//! own, which its outcome takes away. So both halves of a transaction are appended, and a restart finds what is open
//! without a search.
mod member;
mod read;
mod write;

use std::time::Duration;

use mss_core::Timestamp;
use role_ae::{AeCommit, ResumeState};

pub use read::{AeAuditLine, AeStoreReader};

use crate::{Database, Location, StoreError, WriteCounts};

/// The schema, one script for each version.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// The AE's database.
pub struct AeStore(Database);

impl AeStore {
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
    /// [`StoreError::Conflict`] when a row number is taken or a row is not open; nothing is written then.
    pub fn commit(&mut self, commit: &AeCommit) -> Result<(), StoreError> {
        self.0.write(|tx| write::commit(tx, commit))
    }

    /// What an engine needs to start at `now`, with the engine's `max_skew`.
    ///
    /// # Errors
    /// When the store cannot be read, or holds what no engine wrote.
    pub fn resume_state(&self, now: Timestamp, max_skew: Duration) -> Result<ResumeState, StoreError> {
        read::resume_state(&self.0.reader()?, now, max_skew)
    }

    /// The reading port: sees what has been committed.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn reader(&self) -> Result<AeStoreReader, StoreError> {
        Ok(AeStoreReader::new(self.0.reader()?))
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests;
