use std::collections::HashMap;

pub use mss_core::engine::ResumeError;
use mss_core::{Entropy, Timers, Timestamp, engine::Turn};

use super::{MeEngine, MeParts, Work, import::Imports, recent::Recent, run::Run};
use crate::{MeCommit, MeOutput, NoticeEvent, RegistrationRow};

/// What the store knows at start. The default is an empty store.
#[derive(Debug, Default)]
pub struct ResumeState {
    /// Every row in state `Running`.
    pub running: Vec<RegistrationRow>,
    /// Highest row number in use, 0 when none.
    pub last_row: u64,
    /// Time of the last commit.
    pub last_commit: Option<Timestamp>,
}

impl MeEngine {
    /// Takes up what the store knows: every running registration orders its step again, under the same number.
    ///
    /// # Errors
    /// When the clock is behind the last commit.
    pub fn resume(
        parts: MeParts,
        state: ResumeState,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, Turn<MeCommit, MeOutput>), ResumeError> {
        if let Some(last) = state.last_commit.filter(|last| *last > now) {
            return Err(ResumeError::ClockBehind { now, last });
        }
        let recent = Recent::new(parts.config.recent);
        let mut engine = Self {
            parts,
            running: HashMap::new(),
            by_number: HashMap::new(),
            imports: Imports::default(),
            waiters: HashMap::new(),
            recent,
            timers: Timers::default(),
            last_row: state.last_row,
            clock: now,
        };
        let mut work = Work { now, entropy, commit: MeCommit::default(), outputs: Vec::new() };
        for row in state.running {
            let Some(step) = row.step() else { continue };
            engine.last_row = engine.last_row.max(row.row);
            work.notice(&row, NoticeEvent::Resumed(step));
            engine.take_in(Run::new(row), &mut work);
        }
        Ok((engine, Turn { commit: work.commit, outputs: work.outputs }))
    }
}
