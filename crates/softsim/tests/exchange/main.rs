//! Full exchanges: the server's side of `card-ota` against cards behind the short-message centre.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod chip;
mod enrolment;
mod invariants;
mod network;
mod persons;
mod security;
mod signing;
mod world;

/// The shell moves a centre to its own thread.
#[test]
fn a_centre_can_move_between_threads() {
    fn moves<T: Send>() {}
    moves::<softsim::Smsc>();
}
