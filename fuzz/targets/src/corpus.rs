//! Inputs kept in the repository: `fuzz/corpus/NAME` reaches code, `fuzz/regressions/NAME` once broke something.
use std::{fs, path::PathBuf};

use crate::Target;

/// The folder of the fuzzing package.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every kept input of a target by file name, in order.
#[must_use]
pub fn kept(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    for kind in ["corpus", "regressions"] {
        let Ok(entries) = fs::read_dir(folder().join(kind).join(target.name)) else { continue };
        for entry in entries.flatten() {
            let shown = format!("{kind}/{}/{}", target.name, entry.file_name().to_string_lossy());
            inputs.push((shown, fs::read(entry.path()).expect("a kept input can be read")));
        }
    }
    inputs.sort();
    inputs
}
