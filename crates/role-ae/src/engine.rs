//! The engine: every open transaction, who waits for it, and when it wants attention.
mod accept;
mod home;
mod open;
mod poll;
mod resume;
mod send;

use std::collections::HashMap;

use mss_core::{
    Entropy, Timers, Timestamp,
    engine::{Engine, Turn, WaiterId},
};

use crate::{
    AeCommit, AeConfig, AeInput, AeOutput, AeReader, Hasher, HomeRouter, join_index::JoinIndex,
    recent::Recent,
};
use open::Open;
pub use resume::{ResumeError, ResumeState};

/// What an engine is made of.
pub struct AeParts {
    /// Limits and names.
    pub config: AeConfig,
    /// Which home serves whom.
    pub router: Box<dyn HomeRouter>,
    /// Reads finished transactions.
    pub reader: Box<dyn AeReader>,
    /// SHA-256.
    pub hasher: Hasher,
}

/// The Acquiring Entity.
///
/// It accepts a request, commits it, sends it to the home until the home has spoken, commits what the home said and
/// answers whoever waits. Only the home ends a transaction: when it stays silent past the deadline, waiting APs are told
/// to ask again, and the row stays open and is reconciled by status query. An open row is all that a restart needs.
pub struct AeEngine {
    parts: AeParts,
    open: HashMap<u64, Open>,
    waiters: HashMap<WaiterId, u64>,
    joins: JoinIndex,
    recent: Recent,
    timers: Timers<u64>,
    last_row: u64,
    clock: Timestamp,
}

/// What one turn gathers.
/// How much an engine keeps for transactions that have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AeLoad {
    /// Transactions without an outcome.
    pub open: usize,
    /// APs that wait.
    pub waiters: usize,
    /// Entries in the heap of deadlines, out of date or not.
    pub timers: usize,
}

struct Work<'e> {
    now: Timestamp,
    entropy: &'e mut dyn Entropy,
    commit: AeCommit,
    outputs: Vec<AeOutput>,
}

impl AeEngine {
    /// How many transactions are open.
    #[must_use]
    pub fn open_transactions(&self) -> usize {
        self.open.len()
    }

    /// What it keeps for transactions that have not ended; all zero at rest.
    #[must_use]
    pub fn load(&self) -> AeLoad {
        AeLoad { open: self.open.len(), waiters: self.waiters.len(), timers: self.timers.entries() }
    }

    fn step(&mut self, input: AeInput, work: &mut Work<'_>) {
        match input {
            AeInput::SignatureRequested { waiter, ap, request } => {
                self.signature_requested(waiter, &ap, *request, work);
            }
            AeInput::StatusAsked { waiter, ap, query } => self.status_asked(waiter, &ap, *query, work),
            AeInput::HomeAnswered { row, outcome } => self.home_answered(row, outcome, work),
            AeInput::StatusAnswered { row, outcome } => self.status_answered(row, outcome, work),
            AeInput::HomeTrouble { row, attempt, kind } => self.home_trouble(row, attempt, kind, work),
            AeInput::WaiterGone { waiter } => {
                if let Some(row) = self.waiters.remove(&waiter)
                    && let Some(open) = self.open.get_mut(&row)
                {
                    open.waiters.retain(|other| other.id != waiter);
                }
            }
        }
    }
}

impl Engine for AeEngine {
    type Input = AeInput;
    type Output = AeOutput;
    type Commit = AeCommit;

    fn turn(
        &mut self,
        inputs: Vec<AeInput>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Turn<AeCommit, AeOutput> {
        // The clock of the machine may be set back by a little; the engine's never is.
        self.clock = self.clock.max(now);
        self.recent.trim();
        let outputs = Vec::with_capacity(2 * inputs.len());
        let mut work = Work { now: self.clock, entropy, commit: AeCommit::default(), outputs };
        for input in inputs {
            self.step(input, &mut work);
        }
        while let Some((_, row)) = self.timers.take_due(work.now) {
            self.row_due(row, &mut work);
        }
        self.joins.expire(work.now, self.parts.config.max_skew);
        let open = &self.open;
        self.timers.sweep(open.len(), |row| open.contains_key(row));
        Turn { commit: work.commit, outputs: work.outputs }
    }

    fn next_wake(&self) -> Option<Timestamp> {
        self.timers.next()
    }
}
