use card_ota::osap::{
    Algorithm, Answer, CardInfo, CardStatus, Header, Message, Mode, OsapError, Request, ScreenText, Slot,
    SlotInfo, SlotState, TxnId, received_body,
};

use super::{
    Applet, Reply,
    dialogue::{Dialogue, Stage, Task},
};
use crate::{
    memory::{BodyHash, StoredKey},
    screen::Notice,
    sight::{About, Seen},
    surroundings::Surroundings,
};

const APPLET_VERSION: u16 = 0x0001;

impl Applet {
    /// Takes one OSAP request, already deciphered and counted. At most one answer goes back at once; the answer to what a
    /// person must decide comes later.
    pub(crate) fn request(&mut self, octets: &[u8], around: &mut Surroundings<'_>) -> Option<Reply> {
        let message = match Message::<Request>::decode(octets) {
            Ok(message) => message,
            Err(error) => return self.not_understood(octets, error),
        };
        let (txn, attempt) = (message.txn, message.attempt);
        if self.observed {
            self.sights.extend(About::of(octets).map(Seen::Asked));
        }
        let answer = match &message.body {
            Request::GetStatus => Some(self.status()),
            Request::SetCert { slot, cert_hash } => Some(self.set_certificate(*slot, *cert_hash)),
            Request::Cancel => return self.withdraw(txn),
            Request::Confirm => {
                self.confirm(txn);
                None
            }
            Request::GetResult => return self.repeat(txn, attempt),
            Request::SignText { .. } | Request::SignDigest { .. } | Request::GenerateKey { .. } => {
                return self.open(message, octets, around);
            }
        };
        answer.and_then(|body| Message { txn, attempt, body }.encode().ok())
    }

    fn not_understood(&self, octets: &[u8], error: OsapError) -> Option<Reply> {
        let header = Header::read(octets).ok()?;
        refuse(header.txn, header.attempt, error.card_status())
    }

    fn status(&self) -> Answer {
        let pin = &self.memory.pin;
        let blocked = pin.pin.is_some() && pin.tries_left == 0;
        let slots = self.memory.keys.iter().map(|key| SlotInfo {
            slot: key.slot,
            algorithm: Algorithm::EcdsaP256,
            mode: key.mode,
            state: match key.certificate {
                _ if blocked => SlotState::Blocked,
                None => SlotState::Uncertified,
                Some(_) => SlotState::Ready,
            },
            tries: pin.tries_left,
        });
        let info = CardInfo {
            applet_version: APPLET_VERSION,
            protocol_min: 1,
            protocol_max: 1,
            capabilities: 0,
            slots: slots.collect(),
        };
        Answer::Status { info, tries: self.tries() }
    }

    /// A key is certified once; the same certificate again is acknowledged again, another one is refused.
    fn set_certificate(&mut self, slot: Slot, hash: [u8; 32]) -> Answer {
        match self.memory.key_mut(slot) {
            Some(key) if key.certificate == Some(hash) => Answer::Ack,
            Some(key @ StoredKey { certificate: None, .. }) => {
                key.certificate = Some(hash);
                self.changed = true;
                Answer::Ack
            }
            _ => Answer::Error { status: CardStatus::SLOT_STATE, detail: 0, tries: None },
        }
    }

    /// CANCEL closes the dialogue. No message goes back (the proof of receipt is enough); a later GET_RESULT learns that
    /// nobody answered.
    fn withdraw(&mut self, txn: TxnId) -> Option<Reply> {
        if let Some(dialogue) = self.dialogue.take_if(|dialogue| dialogue.txn == txn) {
            let _not_sent = self.fail(&dialogue, CardStatus::NO_ANSWER, Notice::Withdrawn);
        }
        None
    }

    fn confirm(&mut self, txn: TxnId) {
        if self.memory.cached(txn).is_some() {
            self.memory.cached = None;
            self.changed = true;
        }
    }

    /// GET_RESULT: the cached answer, or how far the transaction is.
    fn repeat(&mut self, txn: TxnId, attempt: u8) -> Option<Reply> {
        if let Some(dialogue) = self.dialogue.as_mut().filter(|dialogue| dialogue.txn == txn) {
            dialogue.attempt = attempt;
            return Message { txn, attempt, body: Answer::Ack }.encode().ok();
        }
        match self.memory.ended(txn) {
            Some(_) => self.answer_again(txn, attempt),
            None => refuse(txn, attempt, CardStatus::TXN_UNKNOWN),
        }
    }

    /// The cached answer under the new attempt; never a second signature.
    fn answer_again(&self, txn: TxnId, attempt: u8) -> Option<Reply> {
        let Some(cached) = self.memory.cached(txn) else {
            return refuse(txn, attempt, CardStatus::DONE_ERASED);
        };
        let message = Message::<Answer>::decode(&cached.message).ok()?;
        Message { attempt, ..message }.encode().ok()
    }

    /// A request that a person must decide.
    fn open(
        &mut self,
        message: Message<Request>,
        octets: &[u8],
        around: &mut Surroundings<'_>,
    ) -> Option<Reply> {
        let (txn, attempt) = (message.txn, message.attempt);
        let body = body_hash(octets, around)?;
        if let Some(ended) = self.memory.ended(txn) {
            return if ended.body == body {
                self.answer_again(txn, attempt)
            } else {
                refuse(txn, attempt, CardStatus::TXN_REUSED)
            };
        }
        if let Some(open) = &mut self.dialogue {
            if open.txn != txn {
                let left_s = open.deadline_ms.saturating_sub(around.now_ms) / 1000;
                let detail = u8::try_from(left_s / 4).unwrap_or(u8::MAX);
                let busy = Answer::Error { status: CardStatus::BUSY, detail, tries: None };
                return Message { txn, attempt, body: busy }.encode().ok();
            }
            if open.body != body {
                return refuse(txn, attempt, CardStatus::TXN_REUSED);
            }
            open.attempt = attempt;
            return Message { txn, attempt, body: Answer::Ack }.encode().ok();
        }
        let dialogue = dialogue(message, body, around.now_ms)?;
        if let Err(status) = self.may_open(&dialogue) {
            let refused = Answer::Error { status, detail: 0, tries: self.tries() };
            return Message { txn, attempt, body: refused }.encode().ok();
        }
        // The next request confirms the answer before it.
        if self.memory.cached.take().is_some() {
            self.changed = true;
        }
        self.dialogue = Some(Box::new(dialogue));
        self.notice = None;
        self.show(around.now_ms)
    }

    /// Whether the slot and the PIN allow what is asked.
    fn may_open(&self, dialogue: &Dialogue) -> Result<(), CardStatus> {
        let key = self.memory.key(dialogue.slot);
        let fits = match (&dialogue.task, key) {
            (Task::SignText { .. }, Some(key)) => {
                key.mode == Mode::SignedAttributes && key.certificate.is_some()
            }
            (Task::SignDigest { .. }, Some(key)) => key.mode == Mode::Digest && key.certificate.is_some(),
            (Task::GenerateKey { .. }, None) => self.memory.keys.len() < crate::memory::KEYS_MAX,
            (Task::GenerateKey { .. }, Some(key)) => key.certificate.is_none(),
            (_, None) => false,
        };
        if !fits {
            return Err(CardStatus::SLOT_STATE);
        }
        let pin = &self.memory.pin;
        if pin.pin.is_some() && pin.tries_left == 0 { Err(CardStatus::PIN_BLOCKED) } else { Ok(()) }
    }
}

fn refuse(txn: TxnId, attempt: u8, status: CardStatus) -> Option<Reply> {
    Message { txn, attempt, body: Answer::Error { status, detail: 0, tries: None } }.encode().ok()
}

/// Of the octets that came: what was understood could be written in other ones.
fn body_hash(octets: &[u8], around: &Surroundings<'_>) -> Option<BodyHash> {
    around.crypto.sha256(&received_body(octets)?).first_chunk().copied()
}

/// None for requests that need no person; the caller has told them apart already.
fn dialogue(message: Message<Request>, body: BodyHash, now_ms: u64) -> Option<Dialogue> {
    let text_of = |text: Option<ScreenText>| text.map(ScreenText::into_string).unwrap_or_default();
    let (slot, ttl_s, task, title, headline, text) = match message.body {
        Request::SignText { slot, ttl_s, time, title, headline, text } => {
            (slot, ttl_s, Task::SignText { time }, title, headline, Some(text))
        }
        Request::SignDigest { slot, ttl_s, digest, title, label } => {
            (slot, ttl_s, Task::SignDigest { digest }, title, None, Some(label))
        }
        Request::GenerateKey { slot, mode, ttl_s, pin_policy, title, text } => {
            (slot, ttl_s, Task::GenerateKey { mode, policy: pin_policy }, title, None, text)
        }
        _ => return None,
    };
    Some(Dialogue {
        txn: message.txn,
        body,
        attempt: message.attempt,
        slot,
        task,
        title: text_of(title),
        headline: text_of(headline),
        text: text_of(text),
        received_ms: now_ms,
        deadline_ms: now_ms.saturating_add(u64::from(ttl_s) * 1000),
        stage: Stage::Pending,
    })
}
