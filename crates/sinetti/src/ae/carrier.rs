//! Carries out what the AE's engine decides.
use mss_core::Fault;
use mss_store::{StoreError, ae::AeStore};
use role_ae::{AeAnswer, AeCommit, AeEngine, AeInput, AeOutput, Notice, NoticeEvent};
use tokio::runtime::Handle;

use super::homes::Homes;
use crate::engine_thread::{Carrier, EngineHandle, Waiters};

/// What a waiting AP receives.
pub(crate) type Answer = Result<AeAnswer, Fault>;
/// The way to the AE's engine.
pub(crate) type Engine = EngineHandle<AeInput, Answer>;

pub(crate) struct AeCarrier {
    store: AeStore,
    homes: Homes,
    engine: Engine,
    runtime: Handle,
}

impl AeCarrier {
    pub(crate) fn new(store: AeStore, homes: Homes, engine: Engine, runtime: Handle) -> Self {
        Self { store, homes, engine, runtime }
    }
}

impl Carrier<AeEngine> for AeCarrier {
    type Answer = Answer;

    fn commit(&mut self, commit: AeCommit) -> Result<(), StoreError> {
        self.store.commit(&commit)
    }

    fn open(&self, engine: &AeEngine) -> usize {
        engine.open_transactions()
    }

    fn carry_out(&mut self, outputs: Vec<AeOutput>, waiters: &mut Waiters<Answer>) {
        for output in outputs {
            match output {
                AeOutput::Answer { waiter, answer } => waiters.answer(waiter, answer),
                AeOutput::Forward(forward) => {
                    let (homes, engine) = (self.homes.clone(), self.engine.clone());
                    self.runtime.spawn(async move { engine.post(vec![homes.forward(*forward).await]) });
                }
                AeOutput::AskStatus(ask) => {
                    let (homes, engine) = (self.homes.clone(), self.engine.clone());
                    self.runtime.spawn(async move { engine.post(vec![homes.ask_status(*ask).await]) });
                }
                AeOutput::Notice(notice) => log(&notice),
            }
        }
    }
}

fn log(notice: &Notice) {
    let trace = notice.trans_id.as_ref().map_or("-", |id| id.as_str());
    match &notice.event {
        NoticeEvent::Accepted | NoticeEvent::Signed(_) | NoticeEvent::Joined => {
            tracing::debug!(trace, "{}", notice.event);
        }
        NoticeEvent::HomeTrouble(_) | NoticeEvent::Overdue | NoticeEvent::ReadFailed(_) => {
            tracing::warn!(trace, "{}", notice.event);
        }
        _ => tracing::info!(trace, "{}", notice.event),
    }
}
