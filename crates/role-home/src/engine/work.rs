use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mss_core::{Entropy, Fault, FaultCode, Timestamp, engine::WaiterId};

use crate::{
    AuditEvent, AuditRecord, CardId, Commit, HomeAnswer, HomeOutput, Iccid, Notice, Odd, Opening, ReadError,
    UserId,
};

/// What one turn gathers.
pub(super) struct Work<'a> {
    pub(super) now: Timestamp,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) commit: Commit,
    pub(super) outputs: Vec<HomeOutput>,
    /// Cards whose counters changed, each written once at the end of the turn.
    pub(super) changed_cards: BTreeSet<CardId>,
    /// What this turn has made and the store does not know yet.
    pub(super) new_iccids: BTreeMap<Iccid, CardId>,
    pub(super) new_keys: BTreeMap<Vec<u8>, UserId>,
}

impl<'a> Work<'a> {
    pub(super) fn new(now: Timestamp, entropy: &'a mut dyn Entropy) -> Self {
        Self {
            now,
            entropy,
            commit: Commit::default(),
            outputs: Vec::new(),
            changed_cards: BTreeSet::new(),
            new_iccids: BTreeMap::new(),
            new_keys: BTreeMap::new(),
        }
    }

    pub(super) fn answer(&mut self, waiter: WaiterId, answer: Result<HomeAnswer, Fault>) {
        self.outputs.push(HomeOutput::Answer { waiter, answer });
    }

    pub(super) fn acknowledge(&mut self, replies: impl IntoIterator<Item = u64>) {
        self.outputs.extend(replies.into_iter().map(HomeOutput::Acknowledge));
    }

    /// Could not be looked at now.
    pub(super) fn decline(&mut self, reply: u64) {
        self.outputs.push(HomeOutput::Decline(reply));
    }

    pub(super) fn notice(&mut self, trace: Option<&Arc<str>>, card: Option<CardId>, what: Odd) {
        self.outputs.push(HomeOutput::Notice(Notice { trace: trace.cloned(), card, what }));
    }

    /// A line about a transaction.
    pub(super) fn audit(&mut self, opening: &Opening, event: AuditEvent) {
        self.commit.audit.push(AuditRecord {
            at: self.now,
            trace: opening.trace.clone(),
            event,
            ap_id: opening.ap_id.clone(),
            row: Some(opening.row),
            card: opening.card,
        });
    }

    /// A line about a request that opened no transaction.
    pub(super) fn audit_request(&mut self, trace: &Arc<str>, ap_id: &Arc<str>, event: AuditEvent) {
        let (trace, ap_id) = (trace.clone(), ap_id.clone());
        self.commit.audit.push(AuditRecord { at: self.now, trace, event, ap_id, row: None, card: None });
    }

    /// A caller is refused, and that is on record before the caller learns it.
    pub(super) fn refuse(&mut self, waiter: WaiterId, trace: &Arc<str>, ap_id: &Arc<str>, fault: Fault) {
        self.audit_request(trace, ap_id, AuditEvent::Refused(fault.code));
        self.notice(Some(trace), None, Odd::Refused { code: fault.code.0 });
        self.answer(waiter, Err(fault));
    }

    /// A failure to read is an alarm in the log and 900 for the caller.
    pub(super) fn read<T>(&mut self, result: Result<T, ReadError>) -> Result<T, Fault> {
        result.map_err(|error| {
            self.notice(None, None, Odd::Unreadable(error));
            Fault::new(FaultCode::INTERNAL_ERROR, "the store cannot be read")
        })
    }
}
