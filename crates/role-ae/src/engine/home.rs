//! From the home: its word ends a transaction, its silence does not.
use std::sync::Arc;

use mss_core::{Fault, FaultCode, StatusCode};

use super::{
    AeEngine, Work,
    open::{Leg, Open},
};
use crate::{
    AeOutput, AuditEvent, FinalUpdate, HomeSignature, Notice, NoticeEvent, Outcome, TroubleKind,
    recent::Finished,
};

/// How often a home has to answer 900 to a request before that is the end.
const BELIEVED: u32 = 3;

impl AeEngine {
    pub(super) fn home_answered(
        &mut self,
        row: u64,
        outcome: Result<HomeSignature, Fault>,
        work: &mut Work<'_>,
    ) {
        match outcome {
            Ok(made) if !is_signature(&made) => self.nonsense(row, Leg::Forward, work),
            Ok(made) => self.finish(row, Outcome::Signed(made), work),
            Err(fault) if fault.code == FaultCode::INTERNAL_ERROR && self.may_recover(row) => {
                self.unclear(row, Leg::Forward, fault.code, work);
            }
            Err(fault) => self.finish_with_home_fault(row, fault, work),
        }
    }

    /// A home that answers 900 may be going down with the transaction safe in its store, so it is asked again, and
    /// believed when it says so for the third time.
    fn may_recover(&mut self, row: u64) -> bool {
        self.open.get_mut(&row).is_some_and(|open| {
            open.internal_errors += 1;
            open.internal_errors < BELIEVED
        })
    }

    pub(super) fn status_answered(
        &mut self,
        row: u64,
        outcome: Result<Option<HomeSignature>, Fault>,
        work: &mut Work<'_>,
    ) {
        match outcome {
            Ok(Some(made)) if is_signature(&made) => self.finish(row, Outcome::Signed(made), work),
            Ok(Some(_)) => self.nonsense(row, Leg::Ask, work),
            Ok(None) => {
                self.unclear(row, Leg::Ask, FaultCode(StatusCode::OUTSTANDING_TRANSACTION.0), work);
            }
            Err(fault) if fault.code == FaultCode::WRONG_PARAM => self.home_knows_nothing(row, work),
            Err(fault) if self.ends_transaction(row, fault.code, work) => {
                self.finish_with_home_fault(row, fault, work);
            }
            Err(fault) => self.unclear(row, Leg::Ask, fault.code, work),
        }
    }

    pub(super) fn home_trouble(&mut self, row: u64, attempt: u32, kind: TroubleKind, work: &mut Work<'_>) {
        self.no_answer(row, kind, work, |open| open.attempt == attempt);
    }

    /// The home answered with something that is no answer.
    fn nonsense(&mut self, row: u64, leg: Leg, work: &mut Work<'_>) {
        self.no_answer(row, TroubleKind::Broken, work, |open| open.leg == leg);
    }

    /// What was sent led nowhere. A report about something older changes nothing.
    fn no_answer(
        &mut self,
        row: u64,
        kind: TroubleKind,
        work: &mut Work<'_>,
        current: impl Fn(&Open) -> bool,
    ) {
        let Some(open) = self.open.get_mut(&row) else { return };
        if open.in_flight && current(open) {
            work.notice(&open.row, NoticeEvent::HomeTrouble(kind));
            open.send_later(&self.parts.config, &mut self.timers, work);
        }
    }

    /// The home answered with something that ends nothing.
    fn unclear(&mut self, row: u64, leg: Leg, code: FaultCode, work: &mut Work<'_>) {
        let Some(open) = self.open.get_mut(&row) else { return };
        if open.in_flight && open.leg == leg {
            work.notice(&open.row, NoticeEvent::HomeUnclear(code));
            open.send_later(&self.parts.config, &mut self.timers, work);
        }
    }

    /// The home does not know the transaction. A question is only sent when too little time is left for the home to take
    /// the request, so it never will: nobody was asked, and that is the end. Not 208, which is the home's word alone.
    fn home_knows_nothing(&mut self, row: u64, work: &mut Work<'_>) {
        let asking = self.open.get(&row).is_some_and(|open| open.leg == Leg::Ask);
        if asking {
            let why = "The request did not reach the home MSSP in time; the user was not asked.";
            let fault = Fault::new(FaultCode::UNABLE_TO_PROVIDE_SERVICES, why);
            self.finish(row, Outcome::Failed(fault), work);
        }
    }

    /// Whether a fault in answer to a status query is the transaction's end, and not about the query itself. 900 may be
    /// either: it counts as the home's passing trouble until patience ends.
    fn ends_transaction(&self, row: u64, code: FaultCode, work: &Work<'_>) -> bool {
        let patience = self.parts.config.patience;
        let patient = self.open.get(&row).is_some_and(|open| work.now < open.row.deadline.plus(patience));
        match code {
            FaultCode::INTERNAL_ERROR => !patient,
            FaultCode(103 | 105 | 107 | 109 | 200..=499) => true,
            _ => false,
        }
    }

    /// Marks the fault as another node's, so that only its code leaves.
    fn finish_with_home_fault(&mut self, row: u64, mut fault: Fault, work: &mut Work<'_>) {
        if let Some(open) = self.open.get(&row) {
            fault.node.get_or_insert_with(|| open.row.home.as_str().to_owned());
        }
        self.finish(row, Outcome::Failed(fault), work);
    }

    /// The one place where a transaction ends.
    fn finish(&mut self, number: u64, mut outcome: Outcome, work: &mut Work<'_>) {
        let Some(open) = self.open.remove(&number) else {
            let trans_id = self.recent.get(number).map(|finished| finished.request.trans_id.clone());
            work.outputs.push(AeOutput::Notice(Notice { trans_id, event: NoticeEvent::Late }));
            return;
        };
        let row = open.row;
        if let Outcome::Signed(made) = &mut outcome
            && made.profile_uri.is_empty()
        {
            made.profile_uri = row.profile.uri().to_owned();
        }
        let outcome = Arc::new(outcome);
        let (audit, notice) = match outcome.as_ref() {
            Outcome::Signed(made) => (AuditEvent::Signed(made.status), NoticeEvent::Signed(made.status)),
            Outcome::Failed(fault) => {
                (AuditEvent::Failed(fault.code, fault.sub), NoticeEvent::Failed(fault.clone()))
            }
        };
        work.commit.finished.push(FinalUpdate { row: number, at: work.now, outcome: Arc::clone(&outcome) });
        work.audit(&row, audit);
        work.notice(&row, notice);
        for waiter in open.waiters {
            self.waiters.remove(&waiter.id);
            let id = waiter.id;
            let answer = waiter.finished(&self.parts.config, &row, &outcome, work.now);
            work.outputs.push(AeOutput::Answer { waiter: id, answer });
        }
        self.recent.push(Finished { request: row, outcome });
    }
}

/// Whether a home's answer is one: a status that goes with a signature, and the signature.
fn is_signature(made: &HomeSignature) -> bool {
    let with_signature = [
        StatusCode::SIGNATURE,
        StatusCode::REVOKED_CERTIFICATE,
        StatusCode::VALID_SIGNATURE,
        StatusCode::INVALID_SIGNATURE,
        StatusCode::CONSTRAINT_MISMATCH,
    ];
    with_signature.contains(&made.status) && !made.cms.is_empty()
}
