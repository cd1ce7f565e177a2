//! The shared PDUs: each decodes to the command it names and encodes to the same octets.

use std::path::{Path, PathBuf};

use serde_json::Value;
use smpp::Pdu;

/// The file, and whether it must be there.
fn file() -> (PathBuf, bool) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the place of the shared vectors is given by the environment"
    )]
    let given = std::env::var("SINETTI_VECTORS");
    let file = Path::new("ota").join("smpp-pdus.json");
    match given {
        Ok(folder) => (PathBuf::from(folder).join(file), true),
        Err(_) => {
            (Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")).join(file), false)
        }
    }
}

fn check(entry: &Value) -> Result<(), String> {
    let text = entry.get("hex").and_then(Value::as_str).ok_or("no hex")?;
    let octets = hex::decode(text).map_err(|error| error.to_string())?;
    let pdu = Pdu::decode(&octets).map_err(|error| error.to_string())?;
    let named = entry.get("command").and_then(Value::as_str);
    let found = pdu.body.command().name();
    if let (Some(named), Some(found)) = (named, found)
        && named != found
    {
        return Err(format!("read as {found}"));
    }
    let mut again = Vec::new();
    pdu.encode(&mut again);
    if again == octets { Ok(()) } else { Err(format!("encoded as {}", hex::encode(again))) }
}

#[test]
fn vector_pdus_survive_octet_for_octet() {
    let (path, required) = file();
    if !path.exists() {
        // A folder that was named may hold other families only, but not nothing.
        let folder = path.parent().and_then(Path::parent).unwrap_or(&path);
        let filled = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        assert!(!required || filled, "SINETTI_VECTORS is set, and {} is missing or empty", folder.display());
        println!("skipped: no shared vectors at {}", path.display());
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let entries = vectors.get("pdus").and_then(Value::as_array).expect("an array of PDUs");
    assert!(!entries.is_empty(), "{} holds no PDU", path.display());
    let failures: Vec<String> = entries
        .iter()
        .filter_map(|entry| check(entry).err().map(|error| format!("{}: {error}", entry["id"])))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
