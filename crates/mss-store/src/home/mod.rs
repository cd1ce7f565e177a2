//! The HMSSP's store: cards, users, keys, transactions and their outcomes, the audit trail.
//!
//! Start at [`HomeStore`]. What never changes about a transaction is written once; that it is open is a line in a small
//! table of its own, which its outcome takes away. A card's counters are apart from its keys, so that the row which is
//! written for every signature is small.
mod read;
mod write;

use role_home::Commit;

pub use read::HomeStoreReader;

use crate::{Database, Location, StoreError, WriteCounts};

/// The schema, one script for each version.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// The HMSSP's database.
pub struct HomeStore(Database);

impl HomeStore {
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
    /// [`StoreError::Conflict`] when a row is not in the version that the commit found; nothing is written then.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        self.0.write(|tx| write::commit(tx, commit))
    }

    /// After a backup was restored: jumps every card's OTA counter ahead, because counters that the backup does not know of
    /// may have been used. How many cards there are.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn jump_counters(&mut self, by: u32) -> Result<usize, StoreError> {
        self.0.write(|tx| {
            Ok(tx.execute(
                "UPDATE card_state SET next_counter = next_counter + ?1, version = version + 1",
                [by],
            )?)
        })
    }

    /// The reading port: sees what has been committed.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn reader(&self) -> Result<HomeStoreReader, StoreError> {
        Ok(HomeStoreReader::new(self.0.reader()?))
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests;
