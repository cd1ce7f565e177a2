//! The engine: every open transaction, card and waiter in memory; turns of inputs into one commit and its outputs.
mod arrivals;
mod cards;
mod ended;
mod joining;
mod opening;
mod orders;
mod queries;
mod refused;
mod resuming;
mod sending;
mod signature_request;
mod stepping;
mod work;

use std::{collections::BTreeMap, sync::Arc};

use mss_core::{
    Entropy, MeshMember, Timers, Timestamp,
    engine::{Engine, Turn, WaiterId},
    message::MsspInfo,
};

#[cfg(test)]
mod tests;

pub use self::resuming::ResumeError;
use self::{cards::Cards, ended::Ended, opening::Open, refused::Refused, stepping::Late, work::Work};
use crate::{Asker, Commit, EngineConfig, HomeInput, HomeOutput, HomeReader, LastRows, LinkInput, RowId};

/// The home MSSP's engine.
pub struct HomeEngine {
    config: EngineConfig,
    reader: Box<dyn HomeReader>,
    last_rows: LastRows,
    cards: Cards,
    /// Every transaction without an outcome. That a card is busy is derived from it, never a flag.
    open: BTreeMap<RowId, Open>,
    /// Ended ones whose answer is still in memory.
    ended: BTreeMap<RowId, Arc<Ended>>,
    /// Both of the above, by what the asker calls them.
    joins: BTreeMap<Asker, BTreeMap<Arc<str>, RowId>>,
    /// What opened no transaction and shall not open one by a late copy.
    refused: Refused,
    waiters: BTreeMap<WaiterId, RowId>,
    /// Results that came after the end and are being checked.
    late: BTreeMap<RowId, Late>,
    timers: Timers<RowId>,
    linked: bool,
    /// The latest time seen; time never runs backwards here.
    latest: Timestamp,
}

/// How much an engine keeps for transactions that have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HomeLoad {
    /// Transactions without an outcome.
    pub open: usize,
    /// Cards that have one.
    pub busy_cards: usize,
    /// Askers that wait.
    pub waiters: usize,
    /// Results that came after the end and are being checked.
    pub late: usize,
    /// Entries in the heap of deadlines, out of date or not.
    pub timers: usize,
}

impl Engine for HomeEngine {
    type Input = HomeInput;
    type Output = HomeOutput;
    type Commit = Commit;

    fn turn(
        &mut self,
        inputs: Vec<HomeInput>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Turn<Commit, HomeOutput> {
        self.latest = self.latest.max(now);
        // What earlier turns changed is durable by now, so it may be forgotten and read again.
        self.cards.forget_some(self.config.limits.cached_cards);
        self.forget_ended();
        let mut work = Work::new(self.latest, entropy);
        // Deadlines first: what comes with or after the end is late.
        self.time(&mut work);
        for input in inputs {
            self.take(input, &mut work);
        }
        self.settle(work)
    }

    fn next_wake(&self) -> Option<Timestamp> {
        self.timers.next()
    }
}

impl HomeEngine {
    /// What it keeps for transactions that have not ended; all zero at rest.
    #[must_use]
    pub fn load(&self) -> HomeLoad {
        HomeLoad {
            open: self.open.len(),
            busy_cards: self.cards.busy(),
            waiters: self.waiters.len(),
            late: self.late.len(),
            timers: self.timers.entries(),
        }
    }

    fn take(&mut self, input: HomeInput, work: &mut Work<'_>) {
        match input {
            HomeInput::SignatureRequested { waiter, ae, request } => {
                self.signature_requested(waiter, ae, request, work);
            }
            HomeInput::StatusAsked { waiter, ae, query } => self.status_asked(waiter, ae, *query, work),
            HomeInput::ProfileAsked { waiter, ae, query } => self.profile_asked(waiter, ae, *query, work),
            HomeInput::RegistrationOrdered { waiter, me, request, imported } => {
                self.registration_ordered(waiter, me, *request, imported, work);
            }
            HomeInput::WaiterGone { waiter } => self.waiter_gone(waiter),
            HomeInput::Checked { row, result } => self.checked(row, result, work),
            HomeInput::GrantsReplaced { grants } => self.config.grants = grants,
            HomeInput::Link(link) => self.take_from_link(link, work),
        }
    }

    fn take_from_link(&mut self, input: LinkInput, work: &mut Work<'_>) {
        match input {
            LinkInput::Bound(up) => self.link_changed(up, work),
            LinkInput::Submitted { send, submission } => self.submitted(send, submission, work),
            LinkInput::Receipt { send, delivered } => self.receipt(send, delivered, work),
            LinkInput::Report { card, counter, rsc, proven, reply } => {
                self.report(card, counter, (rsc, proven), work);
                // A report changes memory only, or ends the transaction in this very commit.
                work.acknowledge([reply]);
            }
            LinkInput::Answer { card, counter, message, reply } => {
                self.answer(card, counter, message, reply, work)
            }
        }
    }

    /// Every deadline that has passed.
    fn time(&mut self, work: &mut Work<'_>) {
        while let Some((at, row)) = self.timers.take_due(work.now) {
            let meant = self
                .open
                .get_mut(&row)
                .is_some_and(|open| open.timer.take_if(|timer| *timer == at).is_some());
            if meant {
                self.apply(row, crate::transaction::Event::Time, work);
            }
        }
    }

    /// The turn's changes to cards become one update each.
    fn settle(&mut self, work: Work<'_>) -> Turn<Commit, HomeOutput> {
        let Work { now, mut commit, outputs, changed_cards, .. } = work;
        for id in changed_cards {
            commit.cards.extend(self.cards.get_mut(id).map(cards::Card::update));
        }
        if !mss_core::engine::Commit::is_empty(&commit) {
            commit.at = Some(now);
        }
        Turn { commit, outputs }
    }

    /// Who answers.
    fn mssp_info(&self, now: Timestamp) -> MsspInfo {
        MsspInfo { mssp_id: MeshMember::from_uri(&*self.config.node_uri), instant: Some(now) }
    }
}
