//! The shared OTA vectors, every one of them. Those of single DES, ECB and XOR need the feature `legacy`; without it their
//! keys must be refused.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says so when something is wrong"
)]

mod carriage;
mod key_management;
mod security;
mod vector;

use vector::{Vector, entries};

#[test]
fn packet_vectors() {
    let Some(entries) = entries("packets.json", "ota-vectors/1") else { return };
    let (mut skipped, mut failed) = (0, Vec::new());
    for value in &entries {
        let vector = Vector { value };
        if security::is_legacy(&vector) && !cfg!(feature = "legacy") {
            security::legacy_is_refused(&vector);
            skipped += 1;
        } else if std::panic::catch_unwind(|| check(&vector)).is_err() {
            failed.push(value["id"].to_string());
        }
    }
    let checked = entries.len() - skipped;
    println!("{checked} of {} packet vectors checked; {skipped} need the feature legacy", entries.len());
    assert!(failed.is_empty(), "failed: {failed:?}");
}

#[test]
fn key_vectors() {
    let Some(entries) = entries("gp-keys.json", "gp-keys/1") else { return };
    for value in &entries {
        println!("{}", value["id"]);
        key_management::check(&Vector { value });
    }
    println!("{} key vectors checked", entries.len());
}

fn check(vector: &Vector<'_>) {
    match vector.text("kind") {
        "command" => security::command(vector),
        "response" => security::response(vector),
        "command_reject" => security::command_reject(vector),
        "response_reject" => security::response_reject(vector),
        "checksum" => security::checksum(vector),
        "udh" => carriage::udh(vector),
        "tpdu" => carriage::tpdu(vector),
        "segmentation" => carriage::segmentation(vector),
        other => panic!("unknown kind {other}"),
    }
}
