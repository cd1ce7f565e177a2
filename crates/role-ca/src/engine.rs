//! The engine: codes become nodes' certificates, orders become people's.
mod order;
mod redeem;
mod resume;

use std::collections::{HashMap, HashSet};

use mss_core::{
    Entropy, NodeName, Timestamp,
    engine::{Engine, Turn, WaiterId},
};

use crate::{
    AuditEvent, AuditRecord, Authorities, CaAnswer, CaCommit, CaConfig, CaInput, CaOutput, CaReader,
    CertificateRow, CodeHash, Notice, OrderId, Purpose, Refusal,
};
pub use resume::{ResumeError, ResumeState};

/// What an engine is made of.
pub struct CaParts {
    /// Lifetimes.
    pub config: CaConfig,
    /// Who signs.
    pub authorities: Authorities,
    /// Reads codes and earlier orders.
    pub reader: Box<dyn CaReader>,
}

/// The CA.
///
/// It keeps nothing in memory between turns: a code is used up and an order has its certificate as soon as the commit is
/// durable, and the answer leaves after that. A caller that loses its answer asks again: an order gets the same certificate,
/// a code is gone and a new one must be made.
pub struct CaEngine {
    parts: CaParts,
    last_row: u64,
    clock: Timestamp,
}

/// What one turn gathers. What it has issued already is not in the store yet, so it remembers.
struct Work<'e> {
    now: Timestamp,
    entropy: &'e mut dyn Entropy,
    commit: CaCommit,
    outputs: Vec<CaOutput>,
    used: HashSet<CodeHash>,
    ordered: HashMap<(NodeName, OrderId), usize>,
}

impl Work<'_> {
    fn answer(&mut self, waiter: WaiterId, answer: Result<CaAnswer, Refusal>) {
        self.outputs.push(CaOutput::Answer { waiter, answer });
    }

    fn notice(&mut self, notice: Notice) {
        self.outputs.push(CaOutput::Notice(notice));
    }

    fn audit(&mut self, event: AuditEvent) {
        self.commit.audit.push(AuditRecord { at: self.now, event });
    }
}

impl CaEngine {
    fn step(&mut self, input: CaInput, work: &mut Work<'_>) {
        match input {
            CaInput::Redeem { waiter, code, request } => {
                let answer = self.redeem(code, &request, work);
                work.answer(waiter, answer);
            }
            CaInput::Order { waiter, me, order } => {
                let answer = self.order(me, order, work);
                work.answer(waiter, answer);
            }
            CaInput::WaiterGone { .. } => {}
        }
    }

    /// The row of a certificate that has just been issued.
    fn row(&mut self, issued: crate::Issued, purpose: Purpose, now: Timestamp) -> CertificateRow {
        self.last_row += 1;
        let crate::Issued { serial, der, key } = issued;
        CertificateRow { row: self.last_row, serial, der, key: Some(key), purpose, issued_at: now }
    }
}

impl Engine for CaEngine {
    type Input = CaInput;
    type Output = CaOutput;
    type Commit = CaCommit;

    fn turn(
        &mut self,
        inputs: Vec<CaInput>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Turn<CaCommit, CaOutput> {
        // The clock of the machine may be set back by a little; the engine's never is.
        self.clock = self.clock.max(now);
        let mut work = Work {
            now: self.clock,
            entropy,
            commit: CaCommit::default(),
            outputs: Vec::with_capacity(2 * inputs.len()),
            used: HashSet::new(),
            ordered: HashMap::new(),
        };
        for input in inputs {
            self.step(input, &mut work);
        }
        Turn { commit: work.commit, outputs: work.outputs }
    }

    /// Nothing happens here by itself.
    fn next_wake(&self) -> Option<Timestamp> {
        None
    }
}
