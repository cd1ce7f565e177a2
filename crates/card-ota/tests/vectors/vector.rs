//! One entry of a vectors' file, and where the files are.
use std::path::PathBuf;

use serde_json::Value;

/// An entry, or a part of one.
pub(crate) struct Vector<'a> {
    pub(crate) value: &'a Value,
}

impl Vector<'_> {
    pub(crate) fn part(&self, field: &str) -> Vector<'_> {
        Vector { value: &self.value[field] }
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.value[field].as_str().unwrap_or_else(|| panic!("{} has no text {field}", self.value["id"]))
    }

    pub(crate) fn hex(&self, field: &str) -> Vec<u8> {
        hex::decode(self.text(field)).unwrap()
    }

    pub(crate) fn octets<const N: usize>(&self, field: &str) -> [u8; N] {
        self.hex(field).try_into().unwrap()
    }

    pub(crate) fn number(&self, field: &str) -> u64 {
        self.value[field].as_u64().unwrap_or_else(|| panic!("{} has no number {field}", self.value["id"]))
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        !self.value[field].is_null()
    }

    pub(crate) fn list(&self, field: &str) -> Vec<Vec<u8>> {
        let items = self.value[field].as_array().into_iter().flatten();
        items.map(|item| hex::decode(item.as_str().unwrap()).unwrap()).collect()
    }
}

/// The folder, and whether somebody named it.
#[expect(clippy::disallowed_methods, reason = "the vectors' folder is named by the environment")]
fn folder() -> (PathBuf, bool) {
    match std::env::var("SINETTI_VECTORS") {
        Ok(named) => (PathBuf::from(named), true),
        Err(_) => (PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")), false),
    }
}

/// The entries of a file of the family `ota`; `None`, said aloud, when it is not there.
#[expect(clippy::print_stdout, reason = "says what was left out")]
pub(crate) fn entries(name: &str, format: &str) -> Option<Vec<Value>> {
    let (folder, named) = folder();
    let path = folder.join("ota").join(name);
    if !path.exists() {
        // A folder that was named may hold other families only, but not nothing.
        let filled = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        assert!(!named || filled, "SINETTI_VECTORS is set, and {} is missing or empty", folder.display());
        println!("skipped: no vectors at {}", path.display());
        return None;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["format"], format);
    let entries = file["vectors"].as_array().expect("a list of vectors").clone();
    assert!(!entries.is_empty(), "no vector in {}", path.display());
    Some(entries)
}
