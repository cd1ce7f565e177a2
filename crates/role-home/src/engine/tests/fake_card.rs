use std::collections::BTreeMap;

use aws_lc_rs::{
    digest::{Digest, SHA256},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use card_ota::{
    osap::{Answer, CardStatus, Message, Mode, Request, Slot, TxnId, dtbs_id, pop_input, signed_attributes},
    packet::Rsc,
};
use mss_pki::{PublicKey, sha256};

/// What the person does when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Agrees,
    Cancels,
    Blocked,
    Silent,
}

/// A card as docs/osap.md has it, without packets: requests and their counters in, reports and answers out.
pub(super) struct FakeCard {
    pub(super) iccid: String,
    pub(super) mood: Mood,
    /// How often the person was asked, for each transaction.
    pub(super) asked: BTreeMap<u32, u32>,
    pub(super) shown: Vec<Request>,
    pub(super) keys: BTreeMap<Slot, StoredKey>,
    /// What the next GENERATE_KEY yields, for a card whose chance is broken.
    pub(super) next_pair: Option<EcdsaKeyPair>,
    highest: u64,
    mo_counter: u64,
    /// Open or over, with the body's octets and the answer.
    known: BTreeMap<u32, (Vec<u8>, Option<Answer>)>,
    cached: Option<u32>,
}

pub(super) struct StoredKey {
    pub(super) pair: EcdsaKeyPair,
    mode: Mode,
    certificate: Option<[u8; 32]>,
}

impl FakeCard {
    pub(super) fn new(iccid: &str) -> Self {
        Self {
            iccid: iccid.into(),
            mood: Mood::Agrees,
            asked: BTreeMap::new(),
            shown: Vec::new(),
            keys: BTreeMap::new(),
            next_pair: None,
            highest: 0,
            mo_counter: 0,
            known: BTreeMap::new(),
            cached: None,
        }
    }

    /// Somebody else has used the card's keys.
    pub(super) fn skip_counters(&mut self, to: u64) {
        self.highest = to;
    }

    /// One packet: its report, and an answer under the card's own counter.
    pub(super) fn receive(&mut self, counter: u64, octets: &[u8]) -> (Rsc, Option<(u64, Message<Answer>)>) {
        if counter <= self.highest {
            return (Rsc::CNTR_LOW, None);
        }
        self.highest = counter;
        let message = Message::<Request>::decode(octets).expect("the engine speaks OSAP");
        let (txn, attempt) = (message.txn, message.attempt);
        let answer = self.take(message).map(|body| self.say(txn, attempt, body));
        (Rsc::OK, answer)
    }

    pub(super) fn say(&mut self, txn: TxnId, attempt: u8, body: Answer) -> (u64, Message<Answer>) {
        self.mo_counter += 1;
        (self.mo_counter, Message { txn, attempt, body })
    }

    /// The person decides after all, on what is open.
    pub(super) fn decide(&mut self, mood: Mood) -> Option<(u64, Message<Answer>)> {
        let open = self.known.iter().find(|(_, (_, answer))| answer.is_none());
        let (txn, octets) = open.map(|(txn, (body, _))| (*txn, body.clone()))?;
        let mut whole = octets;
        whole.insert(6, 1);
        let message = Message::<Request>::decode(&whole).unwrap();
        let answer = self.outcome(&message, mood)?;
        self.end(txn, answer.clone());
        Some(self.say(TxnId(txn), 1, answer))
    }

    fn take(&mut self, message: Message<Request>) -> Option<Answer> {
        let txn = message.txn.0;
        let error = |status| Some(Answer::Error { status, detail: 0, tries: None });
        match &message.body {
            Request::Confirm => {
                self.cached = self.cached.filter(|cached| *cached != txn);
                None
            }
            Request::Cancel => {
                if self.known.get(&txn).is_some_and(|(_, answer)| answer.is_none()) {
                    self.end(txn, error(CardStatus::NO_ANSWER)?);
                }
                None
            }
            Request::GetResult if self.known.contains_key(&txn) => Some(self.again(txn)),
            Request::GetResult => error(CardStatus::TXN_UNKNOWN),
            Request::GetStatus => error(CardStatus::UNSUPPORTED),
            Request::SetCert { slot, cert_hash } => match self.keys.get_mut(slot) {
                Some(key) if key.certificate.is_none_or(|known| known == *cert_hash) => {
                    key.certificate = Some(*cert_hash);
                    Some(Answer::Ack)
                }
                _ => error(CardStatus::SLOT_STATE),
            },
            _ => self.open(&message),
        }
    }

    fn open(&mut self, message: &Message<Request>) -> Option<Answer> {
        let txn = message.txn.0;
        let body = message.body_octets().unwrap();
        if let Some((known, _)) = self.known.get(&txn) {
            assert_eq!(*known, body, "one body for each transaction");
            return Some(self.again(txn));
        }
        if self.known.values().any(|(_, answer)| answer.is_none()) {
            return Some(Answer::Error { status: CardStatus::BUSY, detail: 1, tries: None });
        }
        *self.asked.entry(txn).or_default() += 1;
        self.shown.push(message.body.clone());
        self.known.insert(txn, (body, None));
        let answer = self.outcome(message, self.mood)?;
        self.end(txn, answer.clone());
        Some(answer)
    }

    fn again(&self, txn: u32) -> Answer {
        match &self.known[&txn] {
            (_, None) => Answer::Ack,
            (_, Some(answer)) if self.cached == Some(txn) => answer.clone(),
            _ => Answer::Error { status: CardStatus::DONE_ERASED, detail: 0, tries: None },
        }
    }

    fn end(&mut self, txn: u32, answer: Answer) {
        self.known.get_mut(&txn).unwrap().1 = Some(answer);
        self.cached = Some(txn);
    }

    fn outcome(&mut self, message: &Message<Request>, mood: Mood) -> Option<Answer> {
        let error = |status| Some(Answer::Error { status, detail: 0, tries: None });
        match mood {
            Mood::Silent => None,
            Mood::Cancels => error(CardStatus::USER_CANCELLED),
            Mood::Blocked => error(CardStatus::PIN_BLOCKED),
            Mood::Agrees => Some(self.work(message)),
        }
    }

    fn work(&mut self, message: &Message<Request>) -> Answer {
        match &message.body {
            Request::SignText { slot, time, text, .. } => {
                let key = &self.keys[slot];
                assert_eq!(key.mode, Mode::SignedAttributes);
                let digest = sha256(text.as_str().as_bytes());
                let attributes = signed_attributes(digest, *time, key.certificate.expect("certified"));
                result(sign(&key.pair, &attributes), &digest)
            }
            Request::SignDigest { slot, digest, .. } => {
                let key = &self.keys[slot];
                assert_eq!((key.mode, key.certificate.is_some()), (Mode::Digest, true));
                let imported = Digest::import_less_safe(digest, &SHA256).unwrap();
                result(key.pair.sign_digest(&imported).unwrap().as_ref().try_into().unwrap(), digest)
            }
            Request::GenerateKey { slot, mode, .. } => {
                let new = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                let pair = self.next_pair.take().unwrap_or_else(new);
                let public_key =
                    PublicKey::from_point(pair.public_key().as_ref()).unwrap().compressed_point();
                let pop = sign(&pair, &pop_input(message.txn, *slot, *mode, &public_key, &self.iccid));
                self.keys.insert(*slot, StoredKey { pair, mode: *mode, certificate: None });
                Answer::Key { slot: *slot, mode: *mode, public_key, pop }
            }
            _ => unreachable!("not for a person"),
        }
    }
}

pub(super) fn sign(pair: &EcdsaKeyPair, message: &[u8]) -> [u8; 64] {
    pair.sign(&SystemRandom::new(), message).unwrap().as_ref().try_into().unwrap()
}

fn result(signature: [u8; 64], digest: &[u8; 32]) -> Answer {
    Answer::Result { signature, dtbs_id: dtbs_id(digest), mo_time_s: Some(1) }
}
