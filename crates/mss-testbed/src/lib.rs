//! The whole chain under virtual time: several AEs and home MSSPs with their real engines and stores, the real link, soft
//! cards behind a short-message centre, Application Providers and people; and everything that can go wrong, from a seed.
//!
//! Start at [`Plan`]: one seed is one run, the same seed is the same run to the last line of its trace. In `world` is the
//! clock and the queue of what will happen, in `judge` what must never happen, in `run` what must have happened at the end.
//!
//! What counts as failure: a rule of `judge` broken at any moment; a transaction that never ends, or anything kept for one
//! that has, after the faults stop. What does not: refusals, signatures that nobody received in time (LATE), people who were
//! asked in vain. Not here: sockets, TLS, SOAP octets, the vault's own sealing, SQLite's behaviour at a power cut (a crash
//! drops the process; what it committed stays).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests only: whatever is not as it must be here shall stop the run"
)]
#![allow(clippy::cast_possible_truncation, reason = "small numbers drawn here")]
mod ae_node;
mod ap;
mod chance;
mod chip;
mod crash;
mod faults;
mod flaky_reader;
mod home_node;
mod judge;
mod mesh;
mod op;
mod population;
mod run;
mod sms;
mod trace;
mod vault;
mod world;

pub use crash::CrashPoint;
pub use op::{Mood, NodeId, Op, Size, ops_of};
pub use population::Population;
pub use run::{CARDS, OPS, Plan, Report};
pub use world::{Counts, Sabotage};
