//! The engine: every registration that runs, who waits for it, and when it wants attention.
mod ask;
mod import;
mod recent;
mod resume;
mod run;
mod saga;

use std::{collections::HashMap, time::Duration};

use mss_core::{
    Entropy, Fault, FaultCode, Msisdn, StatusCode, Timers, Timestamp,
    engine::{Engine, Turn, WaiterId},
    message::{ApInfo, MsspInfo},
    registration::{MregOutput, MregParameter, RegistrationResp},
};

use crate::{
    AuditEvent, AuditRecord, CertificateCheck, HomeOf, MeCommit, MeConfig, MeInput, MeOutput, MeReader,
    Notice, NoticeEvent, RegistrationRow,
};
use import::Imports;
use recent::Recent;
pub use resume::{ResumeError, ResumeState};
use run::Run;

/// What an engine is made of.
pub struct MeParts {
    /// Limits and names.
    pub config: MeConfig,
    /// Which home serves which number.
    pub homes: Box<dyn HomeOf>,
    /// Reads finished registrations.
    pub reader: Box<dyn MeReader>,
    /// Looks at certificates.
    pub certificates: Box<dyn CertificateCheck>,
}

/// The Management Entity.
///
/// A registration is a row with the step that has to be done. Each step is ordered under a number of its own until it is
/// answered, so that a repeat after a broken connection or a restart asks nobody twice; what it yields is committed before
/// the next step is ordered.
pub struct MeEngine {
    parts: MeParts,
    running: HashMap<u64, Run>,
    by_number: HashMap<Msisdn, u64>,
    imports: Imports,
    waiters: HashMap<WaiterId, u64>,
    recent: Recent,
    timers: Timers<u64>,
    last_row: u64,
    clock: Timestamp,
}

/// An operator who waits for an answer.
struct Waiter {
    id: WaiterId,
    ap_info: ApInfo,
    /// The operation's name, which the answer repeats.
    operation: String,
}

/// What one turn gathers.
struct Work<'e> {
    now: Timestamp,
    entropy: &'e mut dyn Entropy,
    commit: MeCommit,
    outputs: Vec<MeOutput>,
}

impl MeEngine {
    /// How many registrations run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    fn step(&mut self, input: MeInput, work: &mut Work<'_>) {
        match input {
            MeInput::RegistrationAsked { waiter, operator, request } => {
                self.asked(waiter, &operator, *request, work);
            }
            MeInput::HomeAnswered { row, attempt, outcome } => {
                if self.imports.contains(row) {
                    self.import_answered(row, attempt, outcome, work);
                } else {
                    self.home_answered(row, attempt, outcome, work);
                }
            }
            MeInput::HomeTrouble { row, attempt, kind } => {
                self.again(row, attempt, NoticeEvent::HomeTrouble(kind), work);
            }
            MeInput::CertificateIssued { row, attempt, path } => self.certified(row, attempt, path, work),
            MeInput::CaTrouble { row, attempt, kind } => self.ca_trouble(row, attempt, kind, work),
            MeInput::WaiterGone { waiter } => {
                if let Some(row) = self.waiters.remove(&waiter) {
                    if let Some(run) = self.running.get_mut(&row) {
                        run.waiters.retain(|other| other.id != waiter);
                    }
                    self.imports.forget_waiter(row, waiter);
                }
            }
        }
    }
}

impl Engine for MeEngine {
    type Input = MeInput;
    type Output = MeOutput;
    type Commit = MeCommit;

    fn turn(
        &mut self,
        inputs: Vec<MeInput>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Turn<MeCommit, MeOutput> {
        self.clock = self.clock.max(now);
        self.recent.trim();
        let mut work = Work { now: self.clock, entropy, commit: MeCommit::default(), outputs: Vec::new() };
        for input in inputs {
            self.step(input, &mut work);
        }
        while let Some((_, row)) = self.timers.take_due(work.now) {
            self.row_due(row, &mut work);
        }
        Turn { commit: work.commit, outputs: work.outputs }
    }

    fn next_wake(&self) -> Option<Timestamp> {
        self.timers.next()
    }
}

impl Work<'_> {
    fn audit(&mut self, row: &RegistrationRow, event: AuditEvent) {
        self.commit.audit.push(AuditRecord {
            at: self.now,
            operator: row.operator.clone(),
            ap_trans_id: row.ap_trans_id.clone(),
            registration: Some(row.id.clone()),
            event,
        });
    }

    fn notice(&mut self, row: &RegistrationRow, event: NoticeEvent) {
        self.outputs.push(MeOutput::Notice(Notice { registration: Some(row.id.clone()), event }));
    }

    fn refuse(&mut self, waiter: WaiterId, fault: Fault) {
        self.outputs.push(MeOutput::Answer { waiter, answer: Err(fault) });
    }

    /// Answers that everything was done.
    fn succeed(&mut self, config: &MeConfig, waiter: Waiter, parameters: Vec<MregParameter>) {
        let response = RegistrationResp {
            ap_info: waiter.ap_info,
            mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: Some(self.now) },
            status: StatusCode::REGISTRATION_OK,
            outputs: vec![MregOutput { name: waiter.operation, parameters }],
        };
        self.outputs.push(MeOutput::Answer { waiter: waiter.id, answer: Ok(Box::new(response)) });
    }
}

/// The pause before attempt number `failures` is repeated: doubled each time, and shortened by up to a quarter so that
/// what failed together does not come back together.
fn pause(config: &MeConfig, failures: u32, entropy: &mut dyn Entropy) -> Duration {
    let full = config.first_retry.saturating_mul(1 << failures.min(16)).min(config.max_retry);
    let quarter = u64::try_from(full.as_millis() / 4).unwrap_or(0);
    full.saturating_sub(Duration::from_millis(u64::from(entropy.next_u32()) % (quarter + 1)))
}

/// Whether a home that answers this may carry the order out later: it is busy or not well.
fn passes(code: FaultCode) -> bool {
    matches!(
        code,
        FaultCode::PB_SIGNATURE_PROCESS | FaultCode::INTERNAL_ERROR | FaultCode(750 | 760 | 770 | 780)
    )
}
