use std::{collections::HashMap, sync::Arc};

pub use mss_core::engine::ResumeError;
use mss_core::{Entropy, Timers, Timestamp, engine::Turn};

use super::{AeEngine, AeParts, Work, open::Open};
use crate::{
    AeCommit, AeOutput, JoinRow, NoticeEvent, TransactionRow, join_index::JoinIndex, recent::Recent,
};

/// What the store knows at start. The default is an empty store.
#[derive(Debug, Default)]
pub struct ResumeState {
    /// Every row without an outcome.
    pub open: Vec<TransactionRow>,
    /// Rows whose `Instant` is not yet older than `max_skew`, open or finished.
    pub joins: Vec<JoinRow>,
    /// Highest row number in use, 0 when none.
    pub last_row: u64,
    /// Time of the last commit.
    pub last_commit: Option<Timestamp>,
}

impl AeEngine {
    /// Takes up what the store knows: every open transaction is sent to its home again, or asked about. Nobody waits any
    /// more; an AP that repeats its request joins.
    ///
    /// # Errors
    /// When the clock is behind the last commit.
    pub fn resume(
        parts: AeParts,
        state: ResumeState,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, Turn<AeCommit, AeOutput>), ResumeError> {
        if let Some(last) = state.last_commit.filter(|last| *last > now) {
            return Err(ResumeError::ClockBehind { now, last });
        }
        let recent = Recent::new(parts.config.recent_finals);
        let mut engine = Self {
            parts,
            open: HashMap::with_capacity(state.open.len()),
            waiters: HashMap::new(),
            joins: JoinIndex::default(),
            recent,
            timers: Timers::default(),
            last_row: state.last_row,
            clock: now,
        };
        for join in state.joins {
            engine.joins.insert(join.join_key, join.instant, join.row);
        }
        let mut work = Work { now, entropy, commit: AeCommit::default(), outputs: Vec::new() };
        for row in state.open {
            engine.last_row = engine.last_row.max(row.row);
            engine.take_up(row, &mut work);
        }
        Ok((engine, Turn { commit: work.commit, outputs: work.outputs }))
    }

    fn take_up(&mut self, row: TransactionRow, work: &mut Work<'_>) {
        let row = Arc::new(row);
        let number = row.row;
        work.notice(&row, NoticeEvent::Resumed);
        self.joins.insert(row.join_key, row.instant.at, number);
        let mut open = Open::new(row);
        // Whoever waited has gone with the last run, so being overdue is no event any more.
        open.overdue = work.now >= open.overdue_at(&self.parts.config);
        self.open.insert(number, open);
        self.start(number, work);
    }
}
