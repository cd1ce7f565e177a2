//! A signature request: refused, joined to the transaction it repeats, or made a new transaction.
use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, MsspTransId,
    engine::WaiterId,
    message::{ApInfo, MessagingMode, SignatureReq},
};

use super::{
    AeEngine, Work,
    open::{Open, Waiter, overdue_fault},
};
use crate::{
    AeOutput, AuditEvent, AuditRecord, AuditSubject, AuthenticatedAp, Notice, NoticeEvent, TransactionRow,
    acceptance::{Accepted, check_request, check_sender},
    content::Fingerprints,
    recent::Finished,
};

impl AeEngine {
    pub(super) fn signature_requested(
        &mut self,
        waiter: WaiterId,
        ap: &AuthenticatedAp,
        request: SignatureReq,
        work: &mut Work<'_>,
    ) {
        let config = &self.parts.config;
        if let Err(fault) = check_sender(config, ap, &request, work.now) {
            return refuse(waiter, &request.ap_info, fault, work);
        }
        let prints = Fingerprints::of(&request, self.parts.hasher);
        if let Some(row) = self.joins.find(&prints.join_key, request.ap_info.instant.at) {
            return self.join(row, waiter, request, prints, work);
        }
        match check_request(config, self.parts.router.as_ref(), ap, &request, work.now) {
            Ok(accepted) => self.open_transaction(waiter, ap, request, prints, accepted, work),
            Err(fault) => refuse(waiter, &request.ap_info, fault, work),
        }
    }

    fn open_transaction(
        &mut self,
        waiter: WaiterId,
        ap: &AuthenticatedAp,
        request: SignatureReq,
        prints: Fingerprints,
        accepted: Accepted,
        work: &mut Work<'_>,
    ) {
        self.last_row += 1;
        let row = Arc::new(TransactionRow {
            row: self.last_row,
            trans_id: MsspTransId::mint(self.last_row, work.entropy),
            ap_id: request.ap_info.ap_id.clone(),
            ap_trans_id: request.ap_info.ap_trans_id.clone(),
            instant: request.ap_info.instant.clone(),
            join_key: prints.join_key,
            content: prints.content,
            mobile_user: request.mobile_user.clone(),
            home: accepted.home,
            profile: accepted.profile,
            dtbs: accepted.dtbs,
            dtbd: accepted.dtbd,
            display_name: ap.display_name().to_owned(),
            mode: request.mode,
            accepted_at: work.now,
            deadline: accepted.deadline,
        });
        work.commit.accepted.push(Arc::clone(&row));
        work.audit(&row, AuditEvent::Accepted);
        work.notice(&row, NoticeEvent::Accepted);
        self.joins.insert(row.join_key, row.instant.at, row.row);
        self.open.insert(row.row, Open::new(Arc::clone(&row)));
        let waiter = Waiter { id: waiter, ap_info: request.ap_info, mobile_user: request.mobile_user };
        self.wait(&row, waiter, work);
        self.start(row.row, work);
    }

    /// A repeat: the same content gets the same transaction, other content is refused.
    fn join(
        &mut self,
        number: u64,
        waiter: WaiterId,
        request: SignatureReq,
        prints: Fingerprints,
        work: &mut Work<'_>,
    ) {
        let open = self.open.get(&number).map(|open| (Arc::clone(&open.row), None));
        let found = match open {
            Some(open) => Ok(Some(open)),
            None => self.finished(number).map(|found| found.map(|f| (f.request, Some(f.outcome)))),
        };
        let (row, outcome) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return refuse(waiter, &request.ap_info, internal("a joined row is missing"), work),
            Err(error) => {
                work.outputs.push(read_failed(error.0));
                return refuse(waiter, &request.ap_info, internal("the store cannot be read"), work);
            }
        };
        if row.content != prints.content || row.ap_id != request.ap_info.ap_id {
            let why = "AP_TransID and Instant were used before, with other content";
            return refuse(waiter, &request.ap_info, Fault::new(FaultCode::WRONG_PARAM, why), work);
        }
        work.notice(&row, NoticeEvent::Joined);
        let waiter = Waiter { id: waiter, ap_info: request.ap_info, mobile_user: request.mobile_user };
        match outcome {
            Some(outcome) if row.mode == MessagingMode::Synch => {
                let id = waiter.id;
                let answer = waiter.finished(&self.parts.config, &row, &outcome, work.now);
                work.outputs.push(AeOutput::Answer { waiter: id, answer });
            }
            _ => self.wait(&row, waiter, work),
        }
    }

    /// Answers an asynch request at once; a synch one waits, unless waiting has been given up.
    fn wait(&mut self, row: &TransactionRow, waiter: Waiter, work: &mut Work<'_>) {
        let id = waiter.id;
        let config = &self.parts.config;
        if row.mode != MessagingMode::Synch {
            let answer = Ok(waiter.accepted(config, row, work.now));
            work.outputs.push(AeOutput::Answer { waiter: id, answer });
        } else if let Some(open) = self.open.get_mut(&row.row) {
            if open.overdue {
                let answer = Err(overdue_fault(row));
                work.outputs.push(AeOutput::Answer { waiter: id, answer });
            } else {
                open.waiters.push(waiter);
                self.waiters.insert(id, row.row);
            }
        }
    }

    /// A finished transaction, from memory or from the store.
    pub(super) fn finished(&self, row: u64) -> Result<Option<Finished>, crate::ReadError> {
        if let Some(recent) = self.recent.get(row) {
            return Ok(Some(recent.clone()));
        }
        if row == 0 || row > self.last_row || self.open.contains_key(&row) {
            return Ok(None);
        }
        let stored = self.parts.reader.transaction(row)?;
        Ok(stored
            .and_then(|stored| stored.outcome.map(|outcome| Finished { request: stored.request, outcome })))
    }
}

impl Work<'_> {
    pub(super) fn audit(&mut self, row: &Arc<TransactionRow>, event: AuditEvent) {
        let subject = AuditSubject::Transaction(Arc::clone(row));
        self.commit.audit.push(AuditRecord { at: self.now, subject, event });
    }

    pub(super) fn notice(&mut self, row: &TransactionRow, event: NoticeEvent) {
        self.outputs.push(AeOutput::Notice(Notice { trans_id: Some(row.trans_id.clone()), event }));
    }
}

pub(super) fn internal(why: &str) -> Fault {
    Fault::new(FaultCode::INTERNAL_ERROR, why)
}

pub(super) fn read_failed(text: String) -> AeOutput {
    AeOutput::Notice(Notice { trans_id: None, event: NoticeEvent::ReadFailed(text) })
}

fn refuse(waiter: WaiterId, ap_info: &ApInfo, fault: Fault, work: &mut Work<'_>) {
    let subject = AuditSubject::Request {
        ap_id: ap_info.ap_id.clone(),
        ap_trans_id: ap_info.ap_trans_id.clone(),
        asked: None,
    };
    let event = AuditEvent::Refused(fault.code, fault.sub);
    work.commit.audit.push(AuditRecord { at: work.now, subject, event });
    let notice = Notice { trans_id: None, event: NoticeEvent::Refused(fault.clone()) };
    work.outputs.push(AeOutput::Notice(notice));
    work.outputs.push(AeOutput::Answer { waiter, answer: Err(fault) });
}
