//! Carries out what the HMSSP's engine decides.
use mss_store::{StoreError, home::HomeStore};
use role_home::{Commit, HomeEngine, HomeInput, HomeOutput, Notice, Odd};
use tokio::{runtime::Handle, sync::mpsc};

use super::{
    handle::{Answer, Engine},
    link::Order,
};
use crate::{
    engine_thread::{Carrier, Waiters},
    metrics::{Count, count},
};

pub(super) struct HomeCarrier {
    store: HomeStore,
    orders: mpsc::UnboundedSender<Vec<Order>>,
    engine: Engine,
    runtime: Handle,
}

impl HomeCarrier {
    pub(super) fn new(
        store: HomeStore,
        orders: mpsc::UnboundedSender<Vec<Order>>,
        engine: Engine,
        runtime: Handle,
    ) -> Self {
        Self { store, orders, engine, runtime }
    }
}

impl Carrier<HomeEngine> for HomeCarrier {
    type Answer = Answer;

    fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        self.store.commit(&commit)
    }

    fn open(&self, engine: &HomeEngine) -> usize {
        engine.load().open
    }

    fn carry_out(&mut self, outputs: Vec<HomeOutput>, waiters: &mut Waiters<Answer>) {
        let mut orders = Vec::new();
        for output in outputs {
            match output {
                HomeOutput::Answer { waiter, answer } => waiters.answer(waiter, answer),
                HomeOutput::SendToCard(send) => {
                    count_again(&send.message);
                    orders.push(Order::Send(send));
                }
                HomeOutput::Check { row, check } => {
                    count(Count::P256Verifies, 1);
                    let engine = self.engine.clone();
                    // A task of its own: verifying takes as long as dozens of turns.
                    self.runtime.spawn(async move {
                        let result = check.run();
                        engine.post(vec![HomeInput::Checked { row, result }]);
                    });
                }
                HomeOutput::Acknowledge(reply) => orders.push(Order::Acknowledge(reply)),
                HomeOutput::Decline(reply) => orders.push(Order::Decline(reply)),
                HomeOutput::Notice(notice) => log(&notice),
            }
        }
        if !orders.is_empty() {
            // The link's task ends only with the process.
            drop(self.orders.send(orders));
        }
    }
}

/// Counts what had to be said again. The attempt grows with every request and question of a transaction.
fn count_again(message: &[u8]) {
    let Ok(header) = card_ota::osap::Header::read(message) else { return };
    let what = match header.kind {
        CANCEL | CONFIRM => return,
        GET_RESULT => Count::ResultsAsked,
        _ if header.attempt > 1 => Count::RequestsAgain,
        _ => return,
    };
    count(what, 1);
    if header.attempt == 2 {
        count(Count::Retried, 1);
    }
}

const CANCEL: u8 = 0x08;
const CONFIRM: u8 = 0x09;
const GET_RESULT: u8 = 0x0A;

/// One line for each odd event; what an operator must look at stands out.
fn log(notice: &Notice) {
    let trace = notice.trace.as_deref().unwrap_or("-");
    let card = notice.card.map_or(String::new(), |card| format!("card {}: ", card.0));
    let what = &notice.what;
    match &notice.what {
        Odd::CounterResyncFailed { .. } | Odd::Orphan | Odd::Unreadable(_) => {
            tracing::error!(trace, "{card}{what}")
        }
        Odd::ReplayedCounter { .. }
        | Odd::UnprovenReport { .. }
        | Odd::ForeignReport { .. }
        | Odd::ForeignAnswer { .. }
        | Odd::WrongSignature { .. }
        | Odd::WrongPossession
        | Odd::KeyOfAnother
        | Odd::LateResult { .. } => tracing::warn!(trace, "{card}{what}"),
        _ => tracing::info!(trace, "{card}{what}"),
    }
}
