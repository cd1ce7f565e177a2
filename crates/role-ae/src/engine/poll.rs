//! A status query of an AP: its own transaction only, and nothing that tells another's from none.
use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, StatusCode,
    engine::WaiterId,
    message::{StatusQuery, StatusResp},
};

use super::{
    AeEngine, Work,
    accept::{internal, read_failed},
    open::mssp_info,
};
use crate::{
    AeAnswer, AeOutput, AuditEvent, AuditRecord, AuditSubject, AuthenticatedAp, HomeSignature, Notice,
    NoticeEvent, Outcome, TransactionRow,
};

/// The AP's own transaction, and how it ended, if it has.
type Found = (Arc<TransactionRow>, Option<Arc<Outcome>>);

impl AeEngine {
    pub(super) fn status_asked(
        &self,
        waiter: WaiterId,
        ap: &AuthenticatedAp,
        query: StatusQuery,
        work: &mut Work<'_>,
    ) {
        let answer = match self.find_own(ap, &query, work) {
            Ok((row, None)) => Ok(self.status(query, &row, None, work)),
            Ok((row, Some(outcome))) => match outcome.as_ref() {
                Outcome::Signed(made) => Ok(self.status(query, &row, Some(made), work)),
                Outcome::Failed(fault) => Err(fault.clone()),
            },
            Err(fault) => {
                record_refusal(query, &fault, work);
                Err(fault)
            }
        };
        work.outputs.push(AeOutput::Answer { waiter, answer });
    }

    /// An unknown id, a malformed one and another AP's transaction are one and the same answer.
    fn find_own(
        &self,
        ap: &AuthenticatedAp,
        query: &StatusQuery,
        work: &mut Work<'_>,
    ) -> Result<Found, Fault> {
        let number = query.mssp_trans_id.row().unwrap_or(0);
        let found = match self.open.get(&number) {
            Some(open) => Some((Arc::clone(&open.row), None)),
            None => match self.finished(number) {
                Ok(found) => found.map(|finished| (finished.request, Some(finished.outcome))),
                Err(error) => {
                    work.outputs.push(read_failed(error.0));
                    return Err(internal("the store cannot be read"));
                }
            },
        };
        found
            .filter(|(row, _)| {
                row.trans_id == query.mssp_trans_id
                    && row.ap_id == *ap.ap_id()
                    && row.ap_id == query.ap_info.ap_id
            })
            .ok_or_else(|| Fault::new(FaultCode::WRONG_PARAM, "MSSP_TransID names no transaction of this AP"))
    }

    fn status(
        &self,
        query: StatusQuery,
        row: &TransactionRow,
        made: Option<&HomeSignature>,
        work: &Work<'_>,
    ) -> AeAnswer {
        AeAnswer::Status(Box::new(StatusResp {
            ap_info: query.ap_info,
            mssp_info: mssp_info(&self.parts.config, work.now),
            mobile_user: row.mobile_user.clone(),
            signature: made.map(|made| made.cms.clone()),
            status: made.map_or(StatusCode::OUTSTANDING_TRANSACTION, |made| made.status),
        }))
    }
}

fn record_refusal(query: StatusQuery, fault: &Fault, work: &mut Work<'_>) {
    let subject = AuditSubject::Request {
        ap_id: query.ap_info.ap_id,
        ap_trans_id: query.ap_info.ap_trans_id,
        asked: Some(query.mssp_trans_id),
    };
    let event = AuditEvent::StatusRefused(fault.code);
    work.commit.audit.push(AuditRecord { at: work.now, subject, event });
    let notice = Notice { trans_id: None, event: NoticeEvent::Refused(fault.clone()) };
    work.outputs.push(AeOutput::Notice(notice));
}
