//! A card batch on its way to the home. ME keeps none of it: the order is sent on under a number that follows from the
//! operator's, so that a repeat, even after a restart, is one import to the home.
use std::collections::HashMap;

use mss_core::{
    ApTransId, Fault, Msisdn, NodeName, Timestamp,
    engine::WaiterId,
    registration::{MregKind, MregOperation, MregOutput},
};
use mss_pki::{hex_lower, sha256};

use super::{
    MeEngine, Waiter, Work,
    ask::{not_registered, wrong},
    passes, pause,
};
use crate::{
    AuditEvent, AuditRecord, AuthenticatedOperator, MeOutput, Notice, NoticeEvent, OrderAtHome, home_order,
};

/// The imports that run, by row and by order.
#[derive(Default)]
pub(super) struct Imports {
    rows: HashMap<u64, Import>,
    orders: HashMap<(NodeName, ApTransId), u64>,
}

struct Import {
    order: (NodeName, ApTransId),
    target: Option<Msisdn>,
    operation: MregOperation,
    home: NodeName,
    waiters: Vec<Waiter>,
    attempt: u32,
    in_flight: bool,
    failures: u32,
    retry_at: Option<Timestamp>,
    deadline: Timestamp,
}

impl Imports {
    pub(super) fn contains(&self, row: u64) -> bool {
        self.rows.contains_key(&row)
    }

    pub(super) fn forget_waiter(&mut self, row: u64, waiter: WaiterId) {
        if let Some(import) = self.rows.get_mut(&row) {
            import.waiters.retain(|other| other.id != waiter);
        }
    }
}

impl MeEngine {
    pub(super) fn import(
        &mut self,
        waiter: Waiter,
        operator: &AuthenticatedOperator,
        mut operation: MregOperation,
        target: Option<&Msisdn>,
        work: &mut Work<'_>,
    ) -> Result<(), Fault> {
        operation.kind = MregKind::Provisioning;
        let order = (operator.name().clone(), waiter.ap_info.ap_trans_id.clone());
        if let Some(row) = self.imports.orders.get(&order)
            && let Some(import) = self.imports.rows.get_mut(row)
        {
            if import.operation != operation || import.target.as_ref() != target {
                return Err(wrong("the AP_TransID was used before, with other content"));
            }
            self.waiters.insert(waiter.id, *row);
            import.waiters.push(waiter);
            return Ok(());
        }
        let home = match target {
            Some(number) => self.parts.homes.home_of(number)?,
            None => self.parts.config.card_home.clone(),
        };
        self.last_row += 1;
        let row = self.last_row;
        let deadline = work.now.plus(self.parts.config.limit);
        let import = Import {
            order: order.clone(),
            target: target.cloned(),
            operation,
            home,
            attempt: 0,
            in_flight: false,
            failures: 0,
            retry_at: None,
            deadline,
            waiters: Vec::new(),
        };
        import.audit(AuditEvent::ImportStarted, work);
        self.timers.set(deadline, row);
        self.waiters.insert(waiter.id, row);
        self.imports.orders.insert(order, row);
        let import = self.imports.rows.entry(row).or_insert(import);
        import.waiters.push(waiter);
        self.import_send(row, work);
        Ok(())
    }

    pub(super) fn import_answered(
        &mut self,
        row: u64,
        attempt: u32,
        outcome: Result<Vec<MregOutput>, Fault>,
        work: &mut Work<'_>,
    ) {
        let current = self.imports.rows.get(&row).is_some_and(|i| i.in_flight && i.attempt == attempt);
        match outcome {
            Err(fault) if passes(fault.code) => self.import_again(row, attempt, work),
            outcome if current => self.import_end(row, outcome, work),
            _ => {}
        }
    }

    pub(super) fn import_again(&mut self, row: u64, attempt: u32, work: &mut Work<'_>) {
        let Some(import) = self.imports.rows.get_mut(&row) else { return };
        if import.in_flight && import.attempt == attempt {
            import.in_flight = false;
            let at = work.now.plus(pause(&self.parts.config, import.failures, work.entropy));
            import.failures = import.failures.saturating_add(1);
            import.retry_at = Some(at);
            self.timers.set(at, row);
        }
    }

    pub(super) fn import_due(&mut self, row: u64, work: &mut Work<'_>) {
        let Some(import) = self.imports.rows.get(&row) else { return };
        if work.now >= import.deadline {
            let fault = not_registered("the home did not take the card batch in time");
            self.import_end(row, Err(fault), work);
        } else if import.retry_at.is_some_and(|at| at <= work.now) {
            self.import_send(row, work);
        }
    }

    fn import_send(&mut self, row: u64, work: &mut Work<'_>) {
        let Some(import) = self.imports.rows.get_mut(&row) else { return };
        let (operator, number) = &import.order;
        let named = format!("{} {}", operator.as_str(), number.as_str());
        let hash = hex_lower(&sha256(named.as_bytes()));
        let Ok(trans_id) = ApTransId::parse(&format!("I{}", hash.get(..32).unwrap_or(&hash))) else { return };
        import.attempt += 1;
        import.in_flight = true;
        import.retry_at = None;
        let operation = import.operation.clone();
        let request =
            home_order::request(&self.parts.config, trans_id, import.target.as_ref(), operation, work.now);
        let (attempt, home) = (import.attempt, import.home.clone());
        work.outputs.push(MeOutput::OrderAtHome(Box::new(OrderAtHome { row, attempt, home, request })));
    }

    fn import_end(&mut self, row: u64, outcome: Result<Vec<MregOutput>, Fault>, work: &mut Work<'_>) {
        let Some(import) = self.imports.rows.remove(&row) else { return };
        self.imports.orders.remove(&import.order);
        let event = match &outcome {
            Ok(_) => AuditEvent::Imported,
            Err(fault) => AuditEvent::ImportFailed(fault.code),
        };
        import.audit(event, work);
        let event = NoticeEvent::Import(outcome.as_ref().map(|_| ()).map_err(Clone::clone));
        work.outputs.push(MeOutput::Notice(Notice { registration: None, event }));
        for waiter in import.waiters {
            self.waiters.remove(&waiter.id);
            match &outcome {
                Ok(outputs) => {
                    let parameters = outputs.iter().flat_map(|output| output.parameters.clone()).collect();
                    work.succeed(&self.parts.config, waiter, parameters);
                }
                Err(fault) => work.refuse(waiter.id, fault.clone()),
            }
        }
    }
}

impl Import {
    fn audit(&self, event: AuditEvent, work: &mut Work<'_>) {
        let (operator, ap_trans_id) = self.order.clone();
        work.commit.audit.push(AuditRecord {
            at: work.now,
            operator,
            ap_trans_id,
            registration: None,
            event,
        });
    }
}
