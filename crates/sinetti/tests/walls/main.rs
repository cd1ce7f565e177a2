//! The walls between the roles: who gets in where, whom a role dials, and how fast a list that changes is heard.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod decoy;
#[path = "../demo/mod.rs"]
mod demo;
mod diallers;
mod doors;
mod identities;
mod lists;
mod matrix;
mod production;
