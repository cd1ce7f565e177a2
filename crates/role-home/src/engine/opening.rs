use std::sync::Arc;

use mss_core::{Fault, FaultCode, Timestamp};

use super::{HomeEngine, ended::Waiting, work::Work};
use crate::{
    Asker, AuditEvent, CardId, KeyId, Opening, Outcome, RowId, Task, TransactionRow,
    deadlines::Deadlines,
    transaction::{Event, Transaction},
};

/// An open transaction and what the engine keeps beside it.
pub(super) struct Open {
    pub(super) transaction: Transaction,
    pub(super) version: u32,
    pub(super) attempt: u8,
    /// The entry in the heap that is meant; others are out of date.
    pub(super) timer: Option<Timestamp>,
    pub(super) waiting: Vec<Waiting>,
    /// Deliveries that are acknowledged once the outcome is durable.
    pub(super) replies: Vec<Held>,
}

/// A delivery that waits for its acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// Its number.
    pub(super) reply: u64,
    /// The card's counter of the packet in it.
    pub(super) counter: u64,
}

impl Open {
    pub(super) fn new(transaction: Transaction, version: u32, attempt: u8) -> Self {
        Self { transaction, version, attempt, timer: None, waiting: Vec::new(), replies: Vec::new() }
    }
}

/// Who asks for a transaction, and under which number.
pub(super) struct Request {
    pub(super) asker: Asker,
    pub(super) trace: Arc<str>,
    pub(super) ap_id: Arc<str>,
    pub(super) content_hash: [u8; 32],
}

/// What the card shall do for it.
pub(super) struct CardTask {
    pub(super) card: CardId,
    pub(super) key: Option<KeyId>,
    pub(super) task: Task,
    pub(super) deadlines: Deadlines,
}

impl HomeEngine {
    /// Opens a transaction on a card that has none: state, audit record and counters in one commit.
    ///
    /// # Errors
    /// 406 when the card is busy, 209 when its counters are used up.
    pub(super) fn open(
        &mut self,
        request: Request,
        asked: CardTask,
        work: &mut Work<'_>,
    ) -> Result<RowId, Fault> {
        let CardTask { card: id, key, task, deadlines } = asked;
        let row = self.last_rows.transaction.next();
        let card = self.cards.get_mut(id).ok_or_else(crate::acceptance::unknown_user)?;
        if card.open.is_some() {
            return Err(Fault::new(
                FaultCode::PB_SIGNATURE_PROCESS,
                "another transaction is open on the card",
            ));
        }
        if !card.reserve(0) {
            return Err(Fault::new(FaultCode::OTA_ERROR, "the card's counters are used up"));
        }
        card.open = Some(row);
        card.last_row = Some(row);
        work.changed_cards.insert(id);
        let opening = self.new_opening(request, row, (Some(id), key), task, deadlines, work);
        work.commit.new_transactions.push(TransactionRow {
            opening: opening.clone(),
            version: 1,
            attempt: 1,
            outcome: None,
        });
        work.audit(&opening, AuditEvent::Opened);
        self.open.insert(row, Open::new(Transaction::new(opening), 1, 1));
        self.apply(row, Event::Start, work);
        Ok(row)
    }

    /// Records an order that needs no card, or whose card has done it already: it is over as it is opened.
    pub(super) fn record(
        &mut self,
        request: Request,
        (card, key): (Option<CardId>, Option<KeyId>),
        task: Task,
        outcome: Outcome,
        work: &mut Work<'_>,
    ) -> Result<super::joining::Joined, Fault> {
        let row = self.last_rows.transaction.next();
        let deadlines = Deadlines { card: work.now, end: work.now };
        let opening = self.new_opening(request, row, (card, key), task, deadlines, work);
        let result = self.end_result(&opening, &outcome);
        let result = work.read(result)?;
        let event = super::stepping::event_of(&outcome);
        work.commit.new_transactions.push(TransactionRow {
            opening: opening.clone(),
            version: 1,
            attempt: 1,
            outcome: Some(outcome),
        });
        work.audit(&opening, event);
        let ended = Arc::new(super::ended::Ended { opening, result });
        self.ended.insert(row, ended.clone());
        Ok(super::joining::Joined::Ended(ended))
    }

    fn new_opening(
        &mut self,
        request: Request,
        row: RowId,
        (card, key): (Option<CardId>, Option<KeyId>),
        task: Task,
        deadlines: Deadlines,
        work: &mut Work<'_>,
    ) -> Arc<Opening> {
        self.last_rows.transaction = row;
        let Request { asker, trace, ap_id, content_hash } = request;
        self.joins.entry(asker.clone()).or_default().insert(trace.clone(), row);
        Arc::new(Opening {
            row,
            asker,
            trace,
            content_hash,
            ap_id,
            card,
            key,
            task,
            txn: work.entropy.next_u32(),
            opened_at: work.now,
            card_deadline: deadlines.card,
            deadline: deadlines.end,
        })
    }
}
