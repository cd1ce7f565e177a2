//! Files that are written whole, with the mode they need.
use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path};

use crate::command_error::CommandError;

/// Writes a file durably, with this mode when it is new; an existing one is replaced.
pub(crate) fn write(path: &Path, octets: &[u8], mode: u32) -> Result<(), CommandError> {
    let open = OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(path);
    open.and_then(|mut file| file.write_all(octets).and_then(|()| file.sync_all()))
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
