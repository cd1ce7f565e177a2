use std::{sync::Arc, time::Duration};

use card_ota::osap::{TxnId, pop_input};
use mss_core::MsspTransId;
use mss_pki::Expected;

use super::{HomeEngine, ended::Ended, opening::Held, work::Work};
use crate::{
    AuditEvent, Check, HomeOutput, KeyState, KeyUpdate, Odd, Opening, Outcome, RowId, Task,
    TransactionUpdate,
    card_message::{mode, slot},
    transaction::{Effect, Event, Moment, Purpose, Stage},
};

/// A result that came after the end, while it is being checked.
pub(super) struct Late {
    pub(super) opening: Arc<Opening>,
    pub(super) replies: Vec<Held>,
}

/// How far the counters jump when the card has seen higher ones than we know of.
const JUMP: u64 = 4096;

impl HomeEngine {
    pub(super) fn moment(&self, work: &Work<'_>) -> Moment<'_> {
        Moment { now: work.now, limits: &self.config.limits, linked: self.linked }
    }

    /// One event for one open transaction, and all that follows from it.
    pub(super) fn apply(&mut self, row: RowId, event: Event, work: &mut Work<'_>) {
        let moment = self.moment(work);
        let Some(open) = self.open.get(&row) else { return };
        let by_time = matches!(event, Event::Time | Event::LinkUp);
        let unchecked = by_time && *open.transaction.stage() == Stage::Checking;
        let step = open.transaction.clone().step(event, moment);
        let wake = step.next.wake_at(moment);
        let Some(open) = self.open.get_mut(&row) else { return };
        open.transaction = step.next;
        let ended = open.transaction.outcome().is_some();
        // An entry that comes too early is cheaper than two: it is set anew when it is due. And never at once, because
        // whoever takes due entries must come to an end.
        let wake = wake.map(|at| at.max(work.now.plus(Duration::from_millis(1))));
        if let Some(at) = wake
            && open.timer.is_none_or(|timer| at < timer)
        {
            open.timer = Some(at);
            self.timers.set(at, row);
        }
        for effect in step.effects {
            self.carry_out(row, effect, work);
        }
        if ended {
            self.finish(row, unchecked, work);
        }
    }

    fn carry_out(&mut self, row: RowId, effect: Effect, work: &mut Work<'_>) {
        let Some(open) = self.open.get(&row) else { return };
        let opening = open.transaction.opening().clone();
        match effect {
            Effect::Send(purpose) => {
                let attempt = open.transaction.attempt_octet(open.attempt);
                let send = (purpose == Purpose::Request).then(|| name_of(row, open.transaction.sends()));
                self.send(&opening, purpose, attempt, send, work);
            }
            Effect::Resync { jump } => {
                let card = opening.card.and_then(|card| self.cards.get_mut(card));
                if let Some(card) = card {
                    work.changed_cards.insert(card.address.id);
                    if !card.reserve(if jump { JUMP } else { 0 }) {
                        work.notice(Some(&opening.trace), opening.card, Odd::CountersUsedUp);
                    }
                }
            }
            Effect::CheckSignature(raw) => {
                if !self.check_signature(&opening, raw, work) {
                    self.apply(row, Event::Uncheckable, work);
                }
            }
            Effect::CheckKey { point, proof } => {
                if !self.check_key(&opening, point, proof, work) {
                    self.apply(row, Event::Uncheckable, work);
                }
            }
            Effect::Notice(what) => work.notice(Some(&opening.trace), opening.card, what),
        }
    }

    /// Has a signature checked against the stored data and the user's certificate. False when it cannot be, because one
    /// of them cannot be read: then no result will come.
    pub(super) fn check_signature(&mut self, opening: &Opening, raw: [u8; 64], work: &mut Work<'_>) -> bool {
        let certificate = self.certificate_of(opening);
        let certificate = work.read(certificate).ok().flatten();
        let (Task::Sign(task), Some(certificate), Some(transaction)) =
            (&opening.task, certificate, MsspTransId::parse(&opening.trace))
        else {
            work.notice(Some(&opening.trace), opening.card, Odd::Orphan);
            return false;
        };
        let expected = Box::new(Expected {
            transaction,
            content: task.content.clone(),
            signing_time: task.signing_time,
            certificate,
            now: work.now,
        });
        work.outputs.push(HomeOutput::Check { row: opening.row, check: Check::Signature(expected, raw) });
        true
    }

    /// Has possession of a new key checked, for the slot and the card that were asked. False as above.
    pub(super) fn check_key(
        &mut self,
        opening: &Opening,
        point: [u8; 33],
        proof: [u8; 64],
        work: &mut Work<'_>,
    ) -> bool {
        let card = opening.card.and_then(|card| self.cards.get_mut(card));
        let (Task::GenerateKey { operation }, Some(card)) = (&opening.task, card) else {
            work.notice(Some(&opening.trace), opening.card, Odd::Orphan);
            return false;
        };
        let (slot, mode) = (slot(*operation), mode(*operation));
        let message = pop_input(TxnId(opening.txn), slot, mode, &point, card.address.iccid.as_str());
        let check = Check::Possession { point, message, proof };
        work.outputs.push(HomeOutput::Check { row: opening.row, check });
        true
    }

    /// The one end of a transaction: outcome, audit record and the card's counters in one commit, then the answers.
    fn finish(&mut self, row: RowId, unchecked: bool, work: &mut Work<'_>) {
        let Some(open) = self.open.remove(&row) else { return };
        let opening = open.transaction.opening().clone();
        let Some(outcome) = open.transaction.outcome().cloned() else { return };
        if let Some(card) = opening.card.and_then(|card| self.cards.get_mut(card)) {
            card.open = None;
            work.changed_cards.insert(card.address.id);
        }
        if outcome == Outcome::CertificateSet {
            self.activate_key(&opening, work);
        }
        let result = self.end_result(&opening, &outcome);
        let result = work.read(result).unwrap_or_else(super::ended::EndResult::Refused);
        work.audit(&opening, event_of(&outcome));
        work.commit.transactions.push(TransactionUpdate {
            row,
            found_version: open.version,
            attempt: open.attempt,
            outcome: Some(outcome),
        });
        let ended = Arc::new(Ended { opening: opening.clone(), result });
        self.ended.insert(row, ended.clone());
        for waiting in open.waiting {
            self.waiters.remove(&waiting.waiter);
            self.tell(waiting, &ended, work);
        }
        if unchecked {
            self.late.insert(row, Late { opening, replies: open.replies });
        } else {
            self.release(opening.card, open.replies, work);
        }
    }

    /// The card holds the certificate's hash: the key may sign.
    fn activate_key(&mut self, opening: &Opening, work: &mut Work<'_>) {
        let card = opening.card.and_then(|card| self.cards.get_mut(card));
        let Some(key) = card.zip(opening.key).and_then(|(card, key)| card.key(key)) else {
            return work.notice(Some(&opening.trace), opening.card, Odd::Orphan);
        };
        let found_version = key.version;
        key.version += 1;
        key.state = KeyState::Active;
        work.commit.keys.push(KeyUpdate { id: key.id, found_version, state: KeyState::Active, path: None });
    }
}

/// The name of a message: its row, and which of the row's requests it was.
fn name_of(row: RowId, sends: u8) -> u64 {
    row.0 << 8 | u64::from(sends)
}

/// The row and the count in a message's name.
pub(super) fn named(send: u64) -> (RowId, u8) {
    (RowId(send >> 8), (send & 0xFF) as u8)
}

pub(super) fn event_of(outcome: &Outcome) -> AuditEvent {
    match outcome {
        Outcome::Signed(_) => AuditEvent::Signed,
        Outcome::KeyMade(_) => AuditEvent::KeyMade,
        Outcome::CertificateSet => AuditEvent::CertificateSet,
        Outcome::Recorded => AuditEvent::Recorded,
        Outcome::Refused(fault) => AuditEvent::Refused(fault.code),
    }
}
