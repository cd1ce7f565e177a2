//! What an operator orders: refused, joined to what runs or has ended, or begun.
use mss_core::{
    Fault, FaultCode, Msisdn, MsspTransId,
    engine::WaiterId,
    message::ApInfo,
    registration::{self, MregOperation, RegistrationReq, operation},
};

use super::{MeEngine, Waiter, Work, run::Run};
use crate::{
    AuditEvent, AuditRecord, AuthenticatedOperator, MeOutput, Notice, NoticeEvent, Person, RegistrationRow,
    RegistrationState, Step, home_order::parameter, person::number,
};

impl MeEngine {
    pub(super) fn asked(
        &mut self,
        waiter: WaiterId,
        operator: &AuthenticatedOperator,
        request: RegistrationReq,
        work: &mut Work<'_>,
    ) {
        let RegistrationReq { ap_info, target, operations, .. } = request;
        let ap_trans_id = ap_info.ap_trans_id.clone();
        let done = the_operation(operations).and_then(|operation| {
            let waiter = Waiter { id: waiter, ap_info, operation: operation.name.clone() };
            let target = target.msisdn.as_ref();
            match operation.name.as_str() {
                operation::REGISTER_USER => self.register(waiter, operator, &operation, target, work),
                operation::QUERY_USER => self.query(waiter, operator, &operation, target, work),
                operation::IMPORT_CARDS => self.import(waiter, operator, operation, target, work),
                _ => Err(wrong("the operation is not one of ME's")),
            }
        });
        if let Err(fault) = done {
            let event = AuditEvent::Refused(fault.code);
            let operator = operator.name().clone();
            let record = AuditRecord { at: work.now, operator, ap_trans_id, registration: None, event };
            work.commit.audit.push(record);
            let event = NoticeEvent::Refused(fault.clone());
            work.outputs.push(MeOutput::Notice(Notice { registration: None, event }));
            work.refuse(waiter, fault);
        }
    }

    fn register(
        &mut self,
        waiter: Waiter,
        operator: &AuthenticatedOperator,
        operation: &MregOperation,
        target: Option<&Msisdn>,
        work: &mut Work<'_>,
    ) -> Result<(), Fault> {
        let person = Person::from_operation(operation, target)?;
        let Some(latest) = self.latest(&person.msisdn, work)? else {
            return self.begin(waiter, operator, person, work);
        };
        let same_person = latest.person == person;
        let same_order =
            latest.operator == *operator.name() && latest.ap_trans_id == waiter.ap_info.ap_trans_id;
        match latest.state {
            _ if same_order && !same_person => {
                Err(wrong("the AP_TransID was used before, with other content"))
            }
            RegistrationState::Running(_) if same_person => {
                work.notice(&latest, NoticeEvent::Joined);
                self.wait(latest.row, waiter);
                Ok(())
            }
            RegistrationState::Active if same_person => {
                work.notice(&latest, NoticeEvent::Joined);
                work.succeed(&self.parts.config, waiter, state_parameters(&latest));
                Ok(())
            }
            RegistrationState::Running(_) => Err(not_registered("another registration of the number runs")),
            RegistrationState::Active => Err(not_registered("the number is registered with other data")),
            RegistrationState::Failed(fault) if same_order => {
                work.refuse(waiter.id, fault);
                Ok(())
            }
            RegistrationState::Failed(_) => self.begin(waiter, operator, person, work),
        }
    }

    fn begin(
        &mut self,
        waiter: Waiter,
        operator: &AuthenticatedOperator,
        person: Person,
        work: &mut Work<'_>,
    ) -> Result<(), Fault> {
        let home = self.parts.homes.home_of(&person.msisdn)?;
        self.last_row += 1;
        let row = RegistrationRow {
            row: self.last_row,
            version: 1,
            id: MsspTransId::mint(self.last_row, work.entropy),
            operator: operator.name().clone(),
            ap_trans_id: waiter.ap_info.ap_trans_id.clone(),
            person,
            home,
            started_at: work.now,
            deadline: work.now.plus(self.parts.config.limit),
            state: RegistrationState::Running(Step::FIRST),
            keys: Vec::new(),
        };
        work.commit.rows.push(row.clone());
        work.audit(&row, AuditEvent::Started);
        work.notice(&row, NoticeEvent::Started);
        let number = row.row;
        self.take_in(Run::new(row), work);
        self.wait(number, waiter);
        Ok(())
    }

    fn wait(&mut self, row: u64, waiter: Waiter) {
        if let Some(run) = self.running.get_mut(&row) {
            self.waiters.insert(waiter.id, row);
            run.waiters.push(waiter);
        }
    }

    fn query(
        &mut self,
        waiter: Waiter,
        operator: &AuthenticatedOperator,
        operation: &MregOperation,
        target: Option<&Msisdn>,
        work: &mut Work<'_>,
    ) -> Result<(), Fault> {
        let number = number(operation, target)?;
        let Some(row) = self.latest(&number, work)? else {
            return Err(Fault::new(FaultCode::UNKNOWN_CLIENT, "the number was never registered"));
        };
        let ApInfo { ap_trans_id, .. } = &waiter.ap_info;
        work.commit.audit.push(AuditRecord {
            at: work.now,
            operator: operator.name().clone(),
            ap_trans_id: ap_trans_id.clone(),
            registration: Some(row.id.clone()),
            event: AuditEvent::Queried,
        });
        work.succeed(&self.parts.config, waiter, state_parameters(&row));
        Ok(())
    }

    /// The latest registration of a number: running, recently finished, or from the store.
    fn latest(&self, number: &Msisdn, work: &mut Work<'_>) -> Result<Option<RegistrationRow>, Fault> {
        if let Some(run) = self.by_number.get(number).and_then(|row| self.running.get(row)) {
            return Ok(Some(run.row.clone()));
        }
        if let Some(row) = self.recent.get(number) {
            return Ok(Some(row.clone()));
        }
        self.parts.reader.latest(number).map_err(|error| {
            let event = NoticeEvent::ReadFailed(error.0);
            work.outputs.push(MeOutput::Notice(Notice { registration: None, event }));
            Fault::new(FaultCode::INTERNAL_ERROR, "the store cannot be read")
        })
    }
}

/// `State` and, while it runs, `Step`.
pub(super) fn state_parameters(row: &RegistrationRow) -> Vec<registration::MregParameter> {
    let registration = parameter("Registration", row.id.as_str());
    match &row.state {
        RegistrationState::Running(step) => {
            vec![parameter("State", "RUNNING"), parameter("Step", step.word()), registration]
        }
        RegistrationState::Active => vec![parameter("State", "ACTIVE"), registration],
        RegistrationState::Failed(fault) => {
            vec![parameter("State", "FAILED"), parameter("Fault", fault.code.0.to_string()), registration]
        }
    }
}

fn the_operation(mut operations: Vec<MregOperation>) -> Result<MregOperation, Fault> {
    let operation = operations
        .pop()
        .ok_or_else(|| Fault::new(FaultCode::MISSING_PARAM, "RegistrationInput has no MregRequest"))?;
    if !operations.is_empty() {
        return Err(wrong("one operation at a time"));
    }
    match operation.namespace.as_deref() {
        None | Some(registration::NAMESPACE) => Ok(operation),
        Some(_) => Err(wrong("the operation's NameSpace is not ME's")),
    }
}

pub(super) fn wrong(why: &str) -> Fault {
    Fault::new(FaultCode::WRONG_PARAM, why)
}

pub(super) fn not_registered(why: &str) -> Fault {
    Fault::new(FaultCode::REGISTRATION_NOK, why)
}
