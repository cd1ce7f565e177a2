//! Published vectors: where they lie, and one file for each family.
mod cms;
mod wycheproof;

use std::path::PathBuf;

use serde_json::Value;

/// A file below the vectors' folder. `None`, after saying so, when nobody named a folder and there is none at the default place.
#[expect(clippy::disallowed_methods, reason = "the folder of published vectors is named by the environment")]
fn file(name: &str) -> Option<PathBuf> {
    let named = std::env::var("SINETTI_VECTORS").ok();
    let folder = named
        .clone()
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors").into());
    let path = PathBuf::from(&folder).join(name);
    if path.exists() {
        return Some(path);
    }
    // A folder that was named may hold some families only, but not nothing.
    let filled = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    assert!(named.is_none() || filled, "SINETTI_VECTORS is set, and {folder} is missing or empty");
    println!("skipped: no vectors at {}", path.display());
    None
}

/// A JSON file below the vectors' folder.
fn json(name: &str) -> Option<Value> {
    let path = file(name)?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}
