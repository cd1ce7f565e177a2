//! The CA's engine against a store in memory that keeps the commit's conditions.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod enrolments;
mod orders;
mod subjects;
mod world;
