//! Durable state: one writing port and a few narrow reading ports for each role, on SQLite.
//!
//! Start at [`Database`]. A role's folder holds its schema, its rows and its ports; the shell commits what an engine's
//! turn yields before any output leaves. Nothing here decides anything: rows are the roles' plain data.
#[cfg(feature = "ae")]
pub mod ae;
#[cfg(feature = "ca")]
pub mod ca;
#[cfg(any(feature = "home", feature = "me"))]
mod certificate_path;
mod checkpointer;
mod error;
#[cfg(feature = "home")]
pub mod home;
pub mod images;
#[cfg(feature = "me")]
pub mod me;
mod sqlite;
mod write_counts;

pub use error::StoreError;
pub use sqlite::{Database, Location};
pub use write_counts::WriteCounts;
