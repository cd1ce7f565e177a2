use std::collections::BTreeMap;

use mss_core::{Entropy, Timers, Timestamp, engine::Turn};

use super::{HomeEngine, cards::Cards, opening::Open, refused::Refused, work::Work};
use crate::{
    AuditEvent, Commit, EngineConfig, HomeOutput, HomeReader, ReadError, RowId, TransactionRow,
    TransactionUpdate,
    transaction::{Event, Transaction},
};

/// Why the engine does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The clock is wrong, or the store was written by somebody with a wrong clock.
    #[error("the clock says {now}, but the last commit was made at {last}")]
    ClockBehind {
        /// The time now.
        now: Timestamp,
        /// The time of the last commit.
        last: Timestamp,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// An open transaction has no card.
    #[error("the open transaction {} has no card", .0.0)]
    Orphan(RowId),
}

impl HomeEngine {
    /// An engine that goes on where the last one stopped, in an orderly way or not, and the turn that it begins with.
    ///
    /// Every open transaction gets new counters, and is sent again under them as soon as the link is up; those whose time
    /// is over end. A new store has none.
    ///
    /// # Errors
    /// [`ResumeError`].
    pub fn resume(
        config: EngineConfig,
        reader: Box<dyn HomeReader>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, Turn<Commit, HomeOutput>), ResumeError> {
        if let Some(last) = reader.last_commit()?
            && now < last
        {
            return Err(ResumeError::ClockBehind { now, last });
        }
        let last_rows = reader.last_rows()?;
        let rows = reader.open_transactions()?;
        let mut engine = Self {
            config,
            reader,
            last_rows,
            cards: Cards::default(),
            open: BTreeMap::new(),
            ended: BTreeMap::new(),
            joins: BTreeMap::new(),
            refused: Refused::default(),
            waiters: BTreeMap::new(),
            late: BTreeMap::new(),
            timers: Timers::default(),
            linked: false,
            latest: now,
        };
        let mut work = Work::new(now, entropy);
        for row in rows {
            engine.take_up(row, &mut work)?;
        }
        let turn = engine.settle(work);
        Ok((engine, turn))
    }

    fn take_up(&mut self, stored: TransactionRow, work: &mut Work<'_>) -> Result<(), ResumeError> {
        let TransactionRow { opening, version, attempt, .. } = stored;
        let (row, attempt) = (opening.row, attempt.saturating_add(1));
        let card = match opening.card {
            Some(card) => self.cards.by_id(card, &*self.reader)?,
            None => None,
        };
        let card = card.ok_or(ResumeError::Orphan(row))?;
        card.open = Some(row);
        let reserved = card.reserve(0);
        work.changed_cards.insert(card.address.id);
        if !reserved {
            work.notice(Some(&opening.trace), opening.card, crate::Odd::CountersUsedUp);
        }
        let over = work.now >= opening.deadline;
        if !over {
            work.audit(&opening, AuditEvent::Resumed);
            work.commit.transactions.push(TransactionUpdate {
                row,
                found_version: version,
                attempt,
                outcome: None,
            });
        }
        let version = if over { version } else { version + 1 };
        self.joins.entry(opening.asker.clone()).or_default().insert(opening.trace.clone(), row);
        self.open.insert(row, Open::new(Transaction::taken_up(opening), version, attempt));
        self.apply(row, if over { Event::Time } else { Event::Start }, work);
        Ok(())
    }
}
