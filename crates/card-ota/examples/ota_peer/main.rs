//! Packets for and from a codec that was not written here (`tests/ota-peer`), as lines of JSON.
//!
//! `ota_peer make SEED COUNT` prints random packets with their keys and every field, as this crate encodes them;
//! `ota_peer read` takes packets with their keys from standard input and prints what this crate decodes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program says what it finds"
)]

mod make;
mod names;
mod random;
mod read;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", seed, count] => make::run(seed.parse().expect("a seed"), count.parse().expect("a count")),
        ["read"] => read::run(),
        _ => panic!("usage: ota_peer make SEED COUNT | ota_peer read"),
    }
}
