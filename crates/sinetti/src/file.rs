//! Files that are written whole, with the mode they need.
use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::command_error::CommandError;

/// Writes a file durably, with this mode. An existing one is replaced in one step: whoever reads it, and whoever starts
/// after a power cut, finds the old one or the new one.
pub(crate) fn write(path: &Path, octets: &[u8], mode: u32) -> Result<(), CommandError> {
    replace(path, octets, mode).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

fn replace(path: &Path, octets: &[u8], mode: u32) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    // One that an interrupted write left may have another mode.
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&aside)?;
    file.write_all(octets)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    sync_name(path)
}

/// Makes the name of a file or folder durable; its contents are another matter.
pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_mode() {
        let folder = std::env::temp_dir().join(format!("sinetti-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("word");
        fs::write(folder.join("word.new"), "left over").unwrap();
        for word in ["first", "next"] {
            write(&path, word.as_bytes(), 0o600).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), word);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(write(&folder.join("none").join("word"), b"", 0o600).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
