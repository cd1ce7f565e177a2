use std::path::PathBuf;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the file.
    #[error("{0} is in use by another process; stop that one first")]
    InUse(PathBuf),
    /// The file or its folder cannot be used.
    #[error("{path} cannot be used")]
    File {
        /// What was opened.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A row was not in the version that the commit expects: two writers, or a bug. The process must end.
    #[error("a row of {0} was not in the expected version")]
    Conflict(&'static str),
    /// The file was written by a newer release.
    #[error("the database has schema version {found}, this program knows {known}")]
    Newer {
        /// In the file.
        found: usize,
        /// In the program.
        known: usize,
    },
    /// A stored value cannot be read back.
    #[error("a row of {0} holds a value that cannot be read")]
    Corrupt(&'static str),
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
}
