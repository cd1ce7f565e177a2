use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use crate::{StoreError, WriteCounts, checkpointer::Checkpointer};

/// Where a database lives.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file; its folder must exist. Created with mode 0600.
    File(PathBuf),
    /// Memory, gone with the process: for tests.
    Memory,
}

/// One role's database: SQLite with a write-ahead log and `synchronous=FULL`, one writer, one process.
///
/// The caller is the one writer and decides what goes into one commit; the log is copied back by a thread of its own.
pub struct Database {
    connection: Connection,
    location: Opened,
    counts: WriteCounts,
    // Dropped before the lock is released.
    _checkpointer: Option<Checkpointer>,
    _lock: Option<File>,
}

enum Opened {
    File(PathBuf),
    SharedMemory(String),
}

impl Database {
    /// Opens or creates the database and brings its schema up to date. `migrations` are SQL scripts; the n-th leads from
    /// schema version n to n + 1, and none may ever be edited after a release.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has the file, [`StoreError::Newer`] when a newer release wrote it.
    pub fn open(location: &Location, migrations: &[&str]) -> Result<Self, StoreError> {
        let counts = WriteCounts::default();
        let (mut connection, location, lock) = match location {
            Location::File(path) => {
                let lock = lock(path)?;
                settle(path)?;
                (Connection::open(path)?, Opened::File(path.clone()), Some(lock))
            }
            Location::Memory => {
                static NEXT: AtomicU64 = AtomicU64::new(0);
                let name =
                    format!("file:sinetti{}?mode=memory&cache=shared", NEXT.fetch_add(1, Ordering::Relaxed));
                (Connection::open(&name)?, Opened::SharedMemory(name), None)
            }
        };
        prepare(&connection)?;
        empty_log(&connection)?;
        migrate(&mut connection, migrations)?;
        let counting = counts.clone();
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            counting.committed(u64::try_from(pages).unwrap_or(0));
            Ok(())
        }))?;
        let checkpointer = match &location {
            Opened::File(path) => Some(Checkpointer::start(path, counts.clone())?),
            Opened::SharedMemory(_) => None,
        };
        Ok(Self { connection, location, counts, _checkpointer: checkpointer, _lock: lock })
    }

    /// Runs `work` in one transaction and makes it durable: when this returns `Ok`, it survives a power cut.
    ///
    /// # Errors
    /// What `work` returns, after rolling back; or SQLite's refusal. After an error at commit it is not known what is on
    /// disk: the process must end without releasing any output.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// A read-only connection of its own, which sees what has been committed.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn reader(&self) -> Result<Connection, StoreError> {
        let connection = match &self.location {
            Opened::File(path) => Connection::open_with_flags(
                path,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
            Opened::SharedMemory(name) => Connection::open(name)?,
        };
        configure(&connection)?;
        Ok(connection)
    }

    /// What has been written so far.
    #[must_use]
    pub fn counts(&self) -> WriteCounts {
        self.counts.clone()
    }
}

/// Takes the lock file beside the database, which says that this process owns it.
fn lock(path: &Path) -> Result<File, StoreError> {
    let fail = |source| StoreError::File { path: path.into(), source };
    // SQLite gives its log files the mode of the database file, so that is made first and made private.
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(fail)?;
    let lock_path = path.with_extension("lock");
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&lock_path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.into())),
        Err(TryLockError::Error(source)) => Err(fail(source)),
    }
}

/// Makes durable what an earlier process left. One that was killed may have written a commit that it never synced: SQLite
/// finds it in the log all the same, and what we answer on the strength of it must survive a power cut, though we may
/// answer without another commit. Names count, too: SQLite syncs the folder when it makes its log, but not when it finds
/// one.
fn settle(path: &Path) -> Result<(), StoreError> {
    let fail = |source| StoreError::File { path: path.into(), source };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    for file in [path, Path::new(&log)] {
        match File::open(file).and_then(|file| file.sync_all()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(fail)
}

/// Begins with an empty log. After an fsync that failed, a kernel may take the log's pages for clean though they never
/// reached the disk, and a later fsync says nothing of it; so what was recovered is written anew, into the database.
/// Somebody who reads in the file at this moment prevents it, which is no reason not to start.
fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// What writer and readers have in common.
fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Without this guarantee SQLite prepares a statement anew whenever a bound value changes that its planner might look
    // at: most of what a look-up costs. Every statement of ours has one plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    configure(connection)?;
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if synchronous == 2 { Ok(()) } else { Err(StoreError::Corrupt("PRAGMA synchronous")) }
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = found as usize;
    if found > migrations.len() {
        return Err(StoreError::Newer { found, known: migrations.len() });
    }
    for (script, version) in migrations.iter().zip(1_u32..).skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Removes a database and the files beside it.
#[cfg(test)]
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    use std::fs;
    for extension in ["db", "db-wal", "db-shm", "lock"] {
        let path = path.with_extension(extension);
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SCHEMA: &[&str] = &["CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"];

    fn count(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM word", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_file_has_one_owner_and_remembers() {
        let folder = std::env::temp_dir().join(format!("sinetti-store-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("one.db");
        remove(&path).unwrap();
        let location = Location::File(path.clone());
        let mut database = Database::open(&location, SCHEMA).unwrap();
        assert!(matches!(Database::open(&location, SCHEMA), Err(StoreError::InUse(_))));
        database.write(|tx| Ok(tx.execute("INSERT INTO word (text) VALUES ('one')", [])?)).unwrap();
        assert_eq!(count(&database.reader().unwrap()), 1);
        assert_eq!(database.counts().commits(), 1);
        assert!(database.counts().wal_octets() > 4096);
        drop(database);
        assert!(matches!(Database::open(&location, &[]), Err(StoreError::Newer { found: 1, known: 0 })));
        let database = Database::open(&location, SCHEMA).unwrap();
        assert_eq!(count(&database.reader().unwrap()), 1);
        drop(database);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_a_killed_process_left_in_the_log_is_in_the_file_before_anything_else() {
        let folder = std::env::temp_dir().join(format!("sinetti-store-log-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, left) = (folder.join("one.db"), folder.join("two.db"));
        remove(&path).unwrap();
        remove(&left).unwrap();
        let mut database = Database::open(&Location::File(path.clone()), SCHEMA).unwrap();
        database.write(|tx| Ok(tx.execute("INSERT INTO word (text) VALUES ('one')", [])?)).unwrap();
        // As a killed process leaves them: the commit is in the log alone.
        fs::copy(&path, &left).unwrap();
        fs::copy(path.with_extension("db-wal"), left.with_extension("db-wal")).unwrap();
        drop(database);
        let database = Database::open(&Location::File(left.clone()), SCHEMA).unwrap();
        assert_eq!(fs::metadata(left.with_extension("db-wal")).unwrap().len(), 0);
        assert_eq!(count(&database.reader().unwrap()), 1);
        drop(database);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn work_that_fails_leaves_nothing() {
        let mut database = Database::open(&Location::Memory, SCHEMA).unwrap();
        let failed: Result<(), _> = database.write(|tx| {
            tx.execute("INSERT INTO word (text) VALUES ('one')", [])?;
            Err(StoreError::Conflict("word"))
        });
        assert!(matches!(failed, Err(StoreError::Conflict("word"))));
        assert_eq!(count(&database.reader().unwrap()), 0);
    }
}
