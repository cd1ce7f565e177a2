//! The whole engine, with a store in memory and without sockets.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "a test program of several modules")]
mod acceptance;
mod events;
mod isolation;
mod joins;
mod profile_queries;
mod restart;
mod world;
