//! The whole engine, with a store in memory, a home and a CA that answer as told.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "a test program of several modules")]
mod asks;
mod imports;
mod saga;
mod world;
