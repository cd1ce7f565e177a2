//! What comes from the short-message centre, and from the workers that check.
use std::sync::Arc;

use card_ota::{
    osap::{Answer, Message},
    packet::{Counter, Rsc},
    window::CounterWindow,
};

use super::{
    HomeEngine,
    ended::{EndResult, Ended},
    opening::Held,
    stepping::{Late, named},
    work::Work,
};
use crate::{
    AuditEvent, CardId, CheckResult, KeyId, KeyRecord, KeyState, Odd, Opening, ProvenKey, ReadError, RowId,
    Submission, Task,
    transaction::{Event, KeyRefusal, Purpose, Stage},
};

impl HomeEngine {
    pub(super) fn link_changed(&mut self, up: bool, work: &mut Work<'_>) {
        let was = std::mem::replace(&mut self.linked, up);
        if up && !was {
            // Once for each reconnection: what could not leave leaves now.
            let rows: Vec<RowId> = self.open.keys().copied().collect();
            for row in rows {
                self.apply(row, Event::LinkUp, work);
            }
        }
    }

    pub(super) fn submitted(&mut self, send: u64, submission: Submission, work: &mut Work<'_>) {
        let (row, sends) = named(send);
        // What became of an earlier copy is of no interest.
        if self.open.get(&row).is_some_and(|open| open.transaction.sends() == sends) {
            self.apply(row, Event::Submitted(submission), work);
        }
    }

    pub(super) fn receipt(&mut self, send: u64, delivered: bool, work: &mut Work<'_>) {
        let (row, sends) = named(send);
        // That an earlier copy did not arrive is of no interest; that any copy did is.
        let latest = self.open.get(&row).is_some_and(|open| open.transaction.sends() == sends);
        if delivered {
            self.apply(row, Event::Delivered, work);
        } else if latest {
            self.apply(row, Event::Undeliverable, work);
        }
    }

    /// A response packet. It says that a packet came through, never that anything was signed.
    pub(super) fn report(
        &mut self,
        id: CardId,
        counter: u64,
        (rsc, proven): (Rsc, bool),
        work: &mut Work<'_>,
    ) {
        let card = self.cards.get_mut(id);
        let (open, last) = card.as_ref().map_or((None, None), |card| (card.open, card.last_row));
        let open = open.and_then(|row| self.open.get(&row)).map(|open| open.transaction.opening());
        // From memory alone: anybody can send reports, and they shall not make us read.
        let last = || last.and_then(|row| self.ended.get(&row)).map(|ended| &ended.opening);
        let trace = open.or_else(last).map(|opening| opening.trace.clone());
        let sent = card.and_then(|card| Some((card.sent_under(counter)?, card.open, card.last_counter())));
        if !proven {
            return work.notice(trace.as_ref(), Some(id), Odd::UnprovenReport { rsc: rsc.0, counter });
        }
        match sent {
            None => work.notice(trace.as_ref(), Some(id), Odd::ForeignReport { rsc: rsc.0, counter }),
            // What is sent later overtakes what was sent before: the earlier packet is refused, and nothing is wrong.
            Some((_, _, last)) if rsc == Rsc::CNTR_LOW && last != Some(counter) => {
                work.notice(trace.as_ref(), Some(id), Odd::PacketRefused { rsc: rsc.0 });
            }
            Some((sent, open, _)) if sent.purpose == Purpose::Request && open == Some(sent.row) => {
                self.apply(sent.row, Event::Reported(rsc), work);
            }
            Some(_) if matches!(rsc, Rsc::OK | Rsc::MORE_TIME | Rsc::BY_SUBMIT | Rsc::BY_USSD) => {}
            Some((sent, open, _)) if sent.purpose == Purpose::GetResult && open == Some(sent.row) => {
                self.apply(sent.row, Event::QuestionRefused(rsc), work);
            }
            Some(_) => work.notice(trace.as_ref(), Some(id), Odd::PacketRefused { rsc: rsc.0 }),
        }
    }

    /// A packet of the applet, opened with the card's keys.
    pub(super) fn answer(
        &mut self,
        id: CardId,
        counter: u64,
        message: Message<Answer>,
        reply: u64,
        work: &mut Work<'_>,
    ) {
        let card = match self.cards.by_id(id, &*self.reader) {
            Ok(Some(card)) => card,
            Ok(None) => {
                work.notice(None, Some(id), Odd::Orphan);
                return work.acknowledge([reply]);
            }
            Err(error) => {
                work.notice(None, Some(id), Odd::Unreadable(error));
                return work.decline(reply);
            }
        };
        let (open_row, last_row) = (card.open, card.last_row);
        let held = Held { reply, counter };
        let mut window = card.window;
        let fresh = Counter::new(counter).is_some_and(|counter| window.accept(counter).is_ok());
        if !fresh {
            return self.replayed(id, held, (open_row, last_row), work);
        }
        let open = open_row.and_then(|row| self.open.get_mut(&row));
        if let Some(open) = open
            && open.transaction.opening().txn == message.txn.0
        {
            let row = open.transaction.opening().row;
            open.replies.push(held);
            let latest = message.attempt == open.transaction.attempt_octet(open.attempt);
            self.saw(id, window);
            self.apply(row, Event::Answered { answer: message.body, latest }, work);
            return self.acknowledge_unless_checking(row, work);
        }
        let last = match last_row.filter(|row| Some(*row) != open_row) {
            None => None,
            Some(row) => match self.ended_in(row) {
                Ok(last) => last,
                Err(error) => {
                    // Its counter stays unseen, or it would be a replay when it comes again.
                    work.notice(None, Some(id), Odd::Unreadable(error));
                    return work.decline(reply);
                }
            },
        };
        self.saw(id, window);
        match last {
            Some(ended) if ended.opening.txn == message.txn.0 => {
                self.after_end(&ended, message.body, held, work)
            }
            last => {
                let open = open_row.and_then(|row| self.open.get(&row));
                let trace = open.map(|open| open.transaction.opening().trace.clone());
                let trace = trace.or_else(|| last.map(|ended| ended.opening.trace.clone()));
                work.notice(trace.as_ref(), Some(id), Odd::ForeignAnswer { txn: message.txn.0 });
                self.release(Some(id), vec![held], work);
            }
        }
    }

    /// The same packet again. Where the first one is still being checked, neither is acknowledged before the outcome.
    fn replayed(
        &mut self,
        id: CardId,
        held: Held,
        (open, last): (Option<RowId>, Option<RowId>),
        work: &mut Work<'_>,
    ) {
        let Held { reply, counter } = held;
        // Nothing open: it is most likely a packet of the transaction before. That is asked for the notice alone, so a
        // store that cannot be read only costs the name.
        let last_row = last;
        let last = last.filter(|_| open.is_none());
        let ended = last.and_then(|row| self.ended_in(row).ok().flatten());
        let open = open.and_then(|row| self.open.get_mut(&row));
        let trace = open.as_ref().map(|open| open.transaction.opening().trace.clone());
        let trace = trace.or_else(|| ended.map(|ended| ended.opening.trace.clone()));
        work.notice(trace.as_ref(), Some(id), Odd::ReplayedCounter { counter });
        // Which of the two it repeats is not known, so it waits for whichever is being checked.
        match (open, last_row.and_then(|row| self.late.get_mut(&row))) {
            (Some(open), _) if *open.transaction.stage() == Stage::Checking => open.replies.push(held),
            (_, Some(late)) => late.replies.push(held),
            _ => work.acknowledge([reply]),
        }
    }

    /// What did not end the transaction, and is not being checked, is in memory only and needed no more.
    fn acknowledge_unless_checking(&mut self, row: RowId, work: &mut Work<'_>) {
        if let Some(open) = self.open.get_mut(&row)
            && *open.transaction.stage() != Stage::Checking
        {
            let (card, held) = (open.transaction.opening().card, std::mem::take(&mut open.replies));
            self.release(card, held, work);
        }
    }

    /// What these deliveries brought is durable with this turn, or needed no more.
    pub(super) fn release(&mut self, card: Option<CardId>, held: Vec<Held>, work: &mut Work<'_>) {
        if let Some(card) = card.and_then(|card| self.cards.get_mut(card)) {
            held.iter().for_each(|held| card.settle(held.counter));
        }
        work.acknowledge(held.into_iter().map(|held| held.reply));
    }

    /// What the card has sent so far.
    fn saw(&mut self, id: CardId, window: CounterWindow) {
        if let Some(card) = self.cards.get_mut(id) {
            card.window = window;
        }
    }

    fn ended_in(&mut self, row: RowId) -> Result<Option<Arc<Ended>>, ReadError> {
        if let Some(ended) = self.ended.get(&row) {
            return Ok(Some(ended.clone()));
        }
        match self.reader.transaction(row)? {
            Some(stored) => self.ended_from(stored),
            None => Ok(None),
        }
    }

    /// The card speaks to its last transaction, which is over.
    fn after_end(&mut self, ended: &Ended, answer: Answer, held: Held, work: &mut Work<'_>) {
        let opening = &ended.opening;
        if let Some(late) = self.late.get_mut(&opening.row) {
            return late.replies.push(held);
        }
        let checking = match (answer, &ended.result, &opening.task) {
            (Answer::Result { signature, .. }, EndResult::Refused(_), Task::Sign(_)) => {
                self.check_signature(opening, signature, work)
            }
            (Answer::Key { public_key, pop, .. }, EndResult::Refused(_), Task::GenerateKey { .. }) => {
                self.check_key(opening, public_key, pop, work)
            }
            (Answer::Result { .. } | Answer::Key { .. }, _, _) => {
                work.notice(Some(&opening.trace), opening.card, Odd::RepeatedResult);
                self.send(opening, Purpose::Confirm, 1, None, work);
                false
            }
            _ => {
                work.notice(Some(&opening.trace), opening.card, Odd::AnswerAfterEnd);
                false
            }
        };
        if checking {
            self.late.insert(opening.row, Late { opening: opening.clone(), replies: vec![held] });
        } else {
            self.release(opening.card, vec![held], work);
        }
    }

    /// A worker has checked a signature or a key.
    pub(super) fn checked(&mut self, row: RowId, result: CheckResult, work: &mut Work<'_>) {
        if let Some(late) = self.late.remove(&row) {
            let proven = match result {
                CheckResult::Signature(result) => result.is_ok(),
                CheckResult::Possession(key) => key.is_some(),
            };
            return self.late_checked(late, proven, work);
        }
        let Some(open) = self.open.get(&row) else { return };
        if *open.transaction.stage() != Stage::Checking {
            return;
        }
        let opening = open.transaction.opening().clone();
        let event = match result {
            CheckResult::Signature(result) => Event::SignatureChecked(result),
            CheckResult::Possession(key) => Event::KeyChecked(self.new_key(&opening, key, work)),
        };
        self.apply(row, event, work);
    }

    /// LATE: on record, confirmed to the card, never handed out.
    fn late_checked(&mut self, late: Late, proven: bool, work: &mut Work<'_>) {
        let opening = &late.opening;
        work.audit(opening, AuditEvent::Late { proven });
        work.notice(Some(&opening.trace), opening.card, Odd::LateResult { proven });
        let card = opening.card.and_then(|card| self.cards.by_id(card, &*self.reader).ok().flatten());
        if let Some(card) = card {
            work.changed_cards.insert(card.address.id);
        }
        self.send(opening, Purpose::Confirm, 1, None, work);
        self.release(opening.card, late.replies, work);
    }

    /// A key whose possession is proven and which nobody has becomes the user's, without certificate.
    fn new_key(
        &mut self,
        opening: &Opening,
        key: Option<ProvenKey>,
        work: &mut Work<'_>,
    ) -> Result<KeyId, KeyRefusal> {
        let public_key = key.ok_or(KeyRefusal::NotProven)?.public_key().spki_der().to_vec();
        let Task::GenerateKey { operation } = opening.task else { return Err(KeyRefusal::NotProven) };
        let owner = match work.new_keys.get(&public_key) {
            Some(user) => Some(*user),
            None => {
                let owner = self.reader.owner_of_public_key(&public_key);
                work.read(owner).map_err(|_| KeyRefusal::Unreadable)?
            }
        };
        let card = opening.card.and_then(|card| self.cards.get_mut(card)).ok_or(KeyRefusal::Unreadable)?;
        let user = card.user.as_ref().map(|user| user.id).ok_or(KeyRefusal::Unreadable)?;
        if owner.is_some() {
            return Err(KeyRefusal::OfAnother);
        }
        let id = self.last_rows.key.next();
        self.last_rows.key = id;
        let record = KeyRecord {
            id,
            version: 1,
            card: card.address.id,
            user,
            operation,
            public_key: public_key.clone(),
            state: KeyState::Uncertified,
            path: Vec::new(),
        };
        work.new_keys.insert(public_key, user);
        work.commit.new_keys.push(record.clone());
        card.put_key(record);
        Ok(id)
    }
}
