//! Carries out what ME's engine decides.
use mss_core::{Fault, registration::RegistrationResp};
use mss_store::{StoreError, me::MeStore};
use role_me::{MeCommit, MeEngine, MeInput, MeOutput};
use tokio::runtime::Handle;

use super::partners::Partners;
use crate::engine_thread::{Carrier, EngineHandle, Waiters};

/// What a waiting operator receives.
pub(crate) type Answer = Result<Box<RegistrationResp>, Fault>;
/// The way to ME's engine.
pub(crate) type Engine = EngineHandle<MeInput, Answer>;

pub(crate) struct MeCarrier {
    store: MeStore,
    partners: Partners,
    engine: Engine,
    runtime: Handle,
}

impl MeCarrier {
    pub(crate) fn new(store: MeStore, partners: Partners, engine: Engine, runtime: Handle) -> Self {
        Self { store, partners, engine, runtime }
    }
}

impl Carrier<MeEngine> for MeCarrier {
    type Answer = Answer;

    fn commit(&mut self, commit: MeCommit) -> Result<(), StoreError> {
        self.store.commit(&commit)
    }

    fn open(&self, _engine: &MeEngine) -> usize {
        0
    }

    fn carry_out(&mut self, outputs: Vec<MeOutput>, waiters: &mut Waiters<Answer>) {
        for output in outputs {
            match output {
                MeOutput::Answer { waiter, answer } => waiters.answer(waiter, answer),
                MeOutput::OrderAtHome(order) => {
                    let (partners, engine) = (self.partners.clone(), self.engine.clone());
                    self.runtime
                        .spawn(async move { engine.post(vec![partners.order_at_home(*order).await]) });
                }
                MeOutput::OrderCertificate(order) => {
                    let (partners, engine) = (self.partners.clone(), self.engine.clone());
                    self.runtime
                        .spawn(async move { engine.post(vec![partners.order_certificate(*order).await]) });
                }
                MeOutput::Notice(notice) => {
                    let trace = notice.registration.as_ref().map_or("-", |id| id.as_str());
                    tracing::info!(trace, "{}", notice.event);
                }
            }
        }
    }
}
