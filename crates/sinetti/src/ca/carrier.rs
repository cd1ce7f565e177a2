//! Carries out what the CA's engine decides.
use mss_store::{StoreError, ca::CaStore};
use role_ca::{CaAnswer, CaCommit, CaEngine, CaInput, CaOutput, Notice, Refusal};

use crate::{
    engine_thread::{Carrier, EngineHandle, Waiters},
    metrics::{self, Count},
};

/// What a waiting caller receives.
pub(super) type Answer = Result<CaAnswer, Refusal>;
/// The way to the CA's engine.
pub(super) type Engine = EngineHandle<CaInput, Answer>;

pub(super) struct CaCarrier {
    store: CaStore,
}

impl CaCarrier {
    pub(super) fn new(store: CaStore) -> Self {
        Self { store }
    }
}

impl Carrier<CaEngine> for CaCarrier {
    type Answer = Answer;

    fn commit(&mut self, commit: CaCommit) -> Result<(), StoreError> {
        metrics::count(Count::P256Signs, u64::try_from(commit.certificates.len()).unwrap_or(0));
        self.store.commit(&commit)
    }

    fn open(&self, _engine: &CaEngine) -> usize {
        0
    }

    fn carry_out(&mut self, outputs: Vec<CaOutput>, waiters: &mut Waiters<Answer>) {
        for output in outputs {
            match output {
                CaOutput::Answer { waiter, answer } => waiters.answer(waiter, answer),
                CaOutput::Notice(notice) => log(&notice),
            }
        }
    }
}

fn log(notice: &Notice) {
    let trace = notice.trace();
    match notice {
        Notice::CodeRefused { .. } | Notice::OrderRefused { .. } => tracing::warn!(trace, "{notice}"),
        Notice::Trouble(_) => tracing::error!(trace, "{notice}"),
        _ => tracing::info!(trace, "{notice}"),
    }
}
