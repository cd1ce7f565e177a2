//! The shape of every role's engine: all inputs that wait become one commit, and outputs leave after it is durable.
use crate::{Entropy, Timestamp};

/// A role's engine. Pure: time and chance are arguments, durability and sockets belong to the shell.
pub trait Engine {
    /// What can happen to the role, already decoded, opened and verified.
    type Input;
    /// What leaves after the commit is durable.
    type Output;
    /// What must be durable first.
    type Commit: Commit;

    /// Takes every waiting input, steps each in order, and yields one commit and the outputs that may follow it.
    fn turn(
        &mut self,
        inputs: Vec<Self::Input>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Turn<Self::Commit, Self::Output>;

    /// When the engine wants a turn even if no input comes.
    fn next_wake(&self) -> Option<Timestamp>;
}

/// What one turn yields.
#[derive(Debug)]
pub struct Turn<C, O> {
    /// To be made durable before any output leaves; empty when nothing durable changed.
    pub commit: C,
    /// To be carried out once the commit is durable, in order.
    pub outputs: Vec<O>,
}

/// Why an engine does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The clock is behind the last commit; starting would let time run twice, and what has expired could be used again.
    #[error("the clock says {now}, but the last commit was at {last}: set the clock")]
    ClockBehind {
        /// The clock.
        now: Timestamp,
        /// The last commit.
        last: Timestamp,
    },
}

/// What a store makes durable at once.
pub trait Commit {
    /// Nothing to write: the shell skips the store, and the outputs leave at once.
    fn is_empty(&self) -> bool;
}

/// Names the caller that waits for an answer. Minted by the shell, unique within one run of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaiterId(pub u64);
