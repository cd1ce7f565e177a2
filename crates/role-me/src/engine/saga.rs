//! A registration on its way: order the step, take what it yields, commit, order the next.
use mss_core::{Fault, registration::MregOutput};

use super::{
    MeEngine, Work,
    ask::{not_registered, state_parameters},
    passes, pause,
    run::Run,
};
use crate::{
    AuditEvent, CaTrouble, CertificateOrder, ExpectedCertificate, KeyRecord, MeConfig, MeOutput, NoticeEvent,
    OrderAtHome, RegistrationState, Step, home_order,
};

impl MeEngine {
    /// A new or resumed registration: sets its limit and orders its step.
    pub(super) fn take_in(&mut self, mut run: Run, work: &mut Work<'_>) {
        let row = run.row.row;
        self.timers.set(run.row.deadline, row);
        // Past its limit it is ended by the timer, and nobody is asked for nothing.
        if work.now < run.row.deadline {
            run.send(&self.parts.config, work);
        }
        self.by_number.insert(run.row.person.msisdn.clone(), row);
        self.running.insert(row, run);
    }

    pub(super) fn home_answered(
        &mut self,
        row: u64,
        attempt: u32,
        outcome: Result<Vec<MregOutput>, Fault>,
        work: &mut Work<'_>,
    ) {
        let Some(run) = self.running.get_mut(&row).filter(|run| run.expects(attempt)) else { return };
        match (outcome, run.row.step()) {
            (Err(fault), _) if passes(fault.code) => {
                self.again(row, attempt, NoticeEvent::HomeBusy(fault.code), work);
            }
            (Err(fault), _) => self.fail(row, fault, work),
            (Ok(_), Some(Step::Bind | Step::Install(_))) => self.done(row, work),
            (Ok(outputs), Some(Step::GenerateKey(operation))) => match home_order::public_key(&outputs) {
                Some(public_key) => {
                    run.row.keys.push(KeyRecord { operation, public_key, path: Vec::new() });
                    self.done(row, work);
                }
                None => self.fail(row, not_registered("the home's answer has no usable PublicKey"), work),
            },
            (Ok(_), Some(Step::Certify(_)) | None) => {}
        }
    }

    pub(super) fn certified(&mut self, row: u64, attempt: u32, path: Vec<Vec<u8>>, work: &mut Work<'_>) {
        let Some(run) = self.running.get_mut(&row).filter(|run| run.expects(attempt)) else { return };
        let Some(Step::Certify(operation)) = run.row.step() else { return };
        let person = &run.row.person;
        let Some(key) = run.row.keys.iter_mut().find(|key| key.operation == operation) else { return };
        let expected = ExpectedCertificate { public_key: &key.public_key, operation, person };
        match self.parts.certificates.check(&path, &expected, work.now) {
            Ok(()) => {
                key.path = path;
                self.done(row, work);
            }
            Err(why) => self.fail(row, not_registered(&format!("the CA's answer is refused: {why}")), work),
        }
    }

    pub(super) fn ca_trouble(&mut self, row: u64, attempt: u32, kind: CaTrouble, work: &mut Work<'_>) {
        match kind {
            CaTrouble::Unreachable => self.again(row, attempt, NoticeEvent::CaTrouble(kind), work),
            CaTrouble::Refused(why) => {
                if self.running.get(&row).is_some_and(|run| run.expects(attempt)) {
                    self.fail(row, not_registered(&format!("the CA refuses: {why}")), work);
                }
            }
        }
    }

    /// What was ordered led nowhere for now: orders it again after a pause.
    pub(super) fn again(&mut self, row: u64, attempt: u32, event: NoticeEvent, work: &mut Work<'_>) {
        let config = &self.parts.config;
        if let Some(run) = self.running.get_mut(&row) {
            if run.expects(attempt) {
                work.notice(&run.row, event);
                run.in_flight = false;
                let at = work.now.plus(pause(config, run.failures, work.entropy));
                run.failures = run.failures.saturating_add(1);
                run.retry_at = Some(at);
                self.timers.set(at, row);
            }
        } else {
            self.import_again(row, attempt, work);
        }
    }

    /// A timer of this row has come; it may be stale.
    pub(super) fn row_due(&mut self, row: u64, work: &mut Work<'_>) {
        let Some(run) = self.running.get_mut(&row) else { return self.import_due(row, work) };
        if work.now >= run.row.deadline {
            let step = run.row.step().map_or_else(String::new, Step::word);
            self.fail(row, not_registered(&format!("the time limit passed at step {step}")), work);
        } else if run.retry_at.is_some_and(|at| at <= work.now) {
            run.send(&self.parts.config, work);
        }
    }

    /// The step is done: the next one is ordered, or the person is active.
    fn done(&mut self, row: u64, work: &mut Work<'_>) {
        let Some(run) = self.running.get_mut(&row) else { return };
        let Some(step) = run.row.step() else { return };
        work.audit(&run.row, AuditEvent::Done(step));
        work.notice(&run.row, NoticeEvent::Done(step));
        match step.next() {
            Some(next) => {
                run.row.state = RegistrationState::Running(next);
                run.row.version += 1;
                work.commit.rows.push(run.row.clone());
                run.failures = 0;
                run.send(&self.parts.config, work);
            }
            None => self.end(row, RegistrationState::Active, work),
        }
    }

    fn fail(&mut self, row: u64, fault: Fault, work: &mut Work<'_>) {
        self.end(row, RegistrationState::Failed(fault), work);
    }

    /// The one place where a registration ends.
    fn end(&mut self, number: u64, state: RegistrationState, work: &mut Work<'_>) {
        let Some(run) = self.running.remove(&number) else { return };
        let mut row = run.row;
        self.by_number.remove(&row.person.msisdn);
        row.version += 1;
        row.state = state;
        let (audit, notice) = match &row.state {
            RegistrationState::Failed(fault) => {
                (AuditEvent::Failed(fault.code), NoticeEvent::Failed(fault.clone()))
            }
            _ => (AuditEvent::Active, NoticeEvent::Active),
        };
        work.commit.rows.push(row.clone());
        work.audit(&row, audit);
        work.notice(&row, notice);
        for waiter in run.waiters {
            self.waiters.remove(&waiter.id);
            match &row.state {
                RegistrationState::Failed(fault) => work.refuse(waiter.id, fault.clone()),
                _ => work.succeed(&self.parts.config, waiter, state_parameters(&row)),
            }
        }
        self.recent.push(row);
    }
}

impl Run {
    /// Orders the step that has to be done.
    fn send(&mut self, config: &MeConfig, work: &mut Work<'_>) {
        let Some(step) = self.row.step() else { return };
        self.attempt += 1;
        self.in_flight = true;
        self.retry_at = None;
        let (row, attempt, home) = (self.row.row, self.attempt, self.row.home.clone());
        if let Some(Ok(request)) = home_order::of_step(config, &self.row, step, work.now) {
            work.outputs.push(MeOutput::OrderAtHome(Box::new(OrderAtHome { row, attempt, home, request })));
        } else if let Step::Certify(operation) = step
            && let Some(key) = self.row.key(operation)
        {
            let person = &self.row.person;
            work.outputs.push(MeOutput::OrderCertificate(Box::new(CertificateOrder {
                row,
                attempt,
                order_id: format!("{}-{}", self.row.id, step.word()),
                public_key: key.public_key.clone(),
                operation,
                given_name: person.given_name.clone(),
                surname: person.surname.clone(),
                serial_number: person.serial_number.clone(),
                common_name: person.common_name(),
            })));
        }
    }
}
