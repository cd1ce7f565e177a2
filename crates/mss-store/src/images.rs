//! Numbered images: octets under a number, all of one commit durable at once. The software cards keep their memory here.
use rusqlite::params;

use crate::{Database, Location, StoreError};

const MIGRATIONS: &[&str] = &["CREATE TABLE image (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT"];

/// Images in one database.
pub struct ImageStore(Database);

impl ImageStore {
    /// Opens or creates the store.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        Database::open(location, MIGRATIONS).map(Self)
    }

    /// Writes the images, replacing those with the same numbers; durable when this returns.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn put<'a>(&mut self, images: impl IntoIterator<Item = (u64, &'a [u8])>) -> Result<(), StoreError> {
        self.0.write(|tx| {
            let mut put = tx.prepare_cached(
                "INSERT INTO image (number, octets) VALUES (?1, ?2)
                 ON CONFLICT (number) DO UPDATE SET octets = excluded.octets",
            )?;
            for (number, octets) in images {
                put.execute(params![number.cast_signed(), octets])?;
            }
            Ok(())
        })
    }

    /// Every image, in the order of the numbers.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn all(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let reader = self.0.reader()?;
        let mut all = reader.prepare("SELECT number, octets FROM image ORDER BY number")?;
        let rows = all.query_map([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> crate::WriteCounts {
        self.0.counts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_image_of_a_number_stays() {
        let mut store = ImageStore::open(&Location::Memory).unwrap();
        store.put([(7, b"old".as_slice()), (u64::MAX, b"high")]).unwrap();
        store.put([(7, b"new".as_slice())]).unwrap();
        assert_eq!(store.all().unwrap(), vec![(u64::MAX, b"high".to_vec()), (7, b"new".to_vec())]);
    }
}
