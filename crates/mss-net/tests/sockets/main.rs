//! Everything on real sockets on loopback, with certificate authorities made for the test.
#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests fail by panicking")]
mod clients;
mod connections;
mod handshakes;
mod limits;
mod nodes;
mod pki;
mod scene;
mod shutdown;
