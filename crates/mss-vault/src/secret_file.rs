use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// Longest secret file that is read.
const MAX: u64 = 64 * 1024;

/// Why a file with a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultFileError {
    /// It cannot be read or written.
    #[error("{path} cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner can read it.
    #[error("{0} can be read by others: chmod 600 it, and think about whether the secret is still one")]
    Open(PathBuf),
    /// It is not what it should be.
    #[error("{path} is no {what}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
    },
}

impl VaultFileError {
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }

    pub(crate) fn wrong(path: &Path, what: &'static str) -> Self {
        Self::Wrong { path: path.into(), what }
    }
}

/// Reads a file that only its owner may read.
///
/// # Errors
/// When it is missing, too long, or readable by group or world.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, VaultFileError> {
    let fail = VaultFileError::io(path);
    let file = fs::File::open(path).map_err(&fail)?;
    let metadata = file.metadata().map_err(&fail)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(VaultFileError::Open(path.into()));
    }
    // Room for the whole secret at once: a buffer that grows leaves copies behind.
    let mut secret =
        Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len().min(MAX)).unwrap_or(0) + 1));
    file.take(MAX).read_to_end(&mut secret).map_err(&fail)?;
    Ok(secret)
}

/// Writes a new file with mode 0600, durably. An existing one is never overwritten.
///
/// # Errors
/// When it exists or cannot be written.
pub fn write_secret(path: &Path, secret: &[u8]) -> Result<(), VaultFileError> {
    let fail = VaultFileError::io(path);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(&fail)?;
    file.write_all(secret).and_then(|()| file.sync_all()).map_err(&fail)?;
    // The name, too: what is sealed under a key may be stored elsewhere the next moment.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(&fail)
}
