//! A card as docs/osap.md has it, without packets: requests and their counters in, reports and answers out.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Agrees,
    Cancels,
    Blocked,
    Silent,
}

pub(super) const MOODS: [Mood; 4] = [Mood::Agrees, Mood::Cancels, Mood::Blocked, Mood::Silent];

/// A key on a card.
#[derive(Clone)]
pub(super) struct StoredKey {
    pub(super) pair: Arc<EcdsaKeyPair>,
    pub(super) mode: Mode,
    pub(super) certificate: Option<[u8; 32]>,
}

#[derive(Clone)]
pub(super) struct Card {
    pub(super) iccid: String,
    pub(super) mood: Mood,
    /// What the person was shown, in order.
    pub(super) shown: Vec<Request>,
    pub(super) keys: BTreeMap<Slot, StoredKey>,
    /// Keys that it will make.
    pub(super) next_pairs: Vec<Arc<EcdsaKeyPair>>,
    /// Every signature it made.
    pub(super) made: BTreeSet<[u8; 64]>,
    highest: u64,
    mo_counter: u64,
    /// Open or over, with the body's octets and the answer.
    known: BTreeMap<u32, (Vec<u8>, Option<Answer>)>,
    cached: Option<u32>,
}

/// A key pair from fixed chance.
pub(super) fn pair(number: u64) -> Arc<EcdsaKeyPair> {
    let mut der = [0_u8; 39];
    der[..7].copy_from_slice(&[0x30, 37, 2, 1, 1, 4, 32]);
    der[7..].copy_from_slice(&sha256(&number.to_be_bytes()));
    let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
    Arc::new(pair.expect("below the order of the group"))
}

pub(super) fn public_key(pair: &EcdsaKeyPair) -> PublicKey {
    PublicKey::from_point(pair.public_key().as_ref()).expect("a point of the curve")
}

impl Card {
    pub(super) fn new(
        iccid: String,
        keys: BTreeMap<Slot, StoredKey>,
        next_pairs: Vec<Arc<EcdsaKeyPair>>,
    ) -> Self {
        Self {
            iccid,
            mood: Mood::Agrees,
            shown: Vec::new(),
            keys,
            next_pairs,
            made: BTreeSet::new(),
            highest: 0,
            mo_counter: 0,
            known: BTreeMap::new(),
            cached: None,
        }
    }

    /// Transactions that the card has heard of.
    pub(super) fn transactions(&self) -> impl Iterator<Item = u32> + '_ {
        self.known.keys().copied()
    }

    /// Somebody else has used the card's keys.
    pub(super) fn skip_counters(&mut self, by: u64) {
        self.highest += by;
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
        let (txn, mut octets) = open.map(|(txn, (body, _))| (*txn, body.clone()))?;
        octets.insert(6, 1);
        let message = Message::<Request>::decode(&octets).expect("it was read before");
        let answer = self.outcome(&message, mood)?;
        self.end(txn, answer.clone());
        Some(self.say(TxnId(txn), 1, answer))
    }

    fn take(&mut self, message: Message<Request>) -> Option<Answer> {
        let txn = message.txn.0;
        match &message.body {
            Request::Confirm => {
                self.cached = self.cached.filter(|cached| *cached != txn);
                None
            }
            Request::Cancel => {
                if self.known.get(&txn).is_some_and(|(_, answer)| answer.is_none()) {
                    self.end(txn, error(CardStatus::NO_ANSWER));
                }
                None
            }
            Request::GetResult if self.known.contains_key(&txn) => Some(self.again(txn)),
            Request::GetResult => Some(error(CardStatus::TXN_UNKNOWN)),
            Request::GetStatus => Some(error(CardStatus::UNSUPPORTED)),
            Request::SetCert { slot, cert_hash } => match self.keys.get_mut(slot) {
                Some(key) if key.certificate.is_none_or(|known| known == *cert_hash) => {
                    key.certificate = Some(*cert_hash);
                    Some(Answer::Ack)
                }
                _ => Some(error(CardStatus::SLOT_STATE)),
            },
            _ => self.open(&message),
        }
    }

    fn open(&mut self, message: &Message<Request>) -> Option<Answer> {
        let txn = message.txn.0;
        let body = message.body_octets().expect("it was read");
        if let Some((known, _)) = self.known.get(&txn) {
            assert_eq!(*known, body, "one body for each transaction");
            return Some(self.again(txn));
        }
        if self.known.values().any(|(_, answer)| answer.is_none()) {
            return Some(Answer::Error { status: CardStatus::BUSY, detail: 1, tries: None });
        }
        self.shown.push(message.body.clone());
        self.known.insert(txn, (body, None));
        let answer = self.outcome(message, self.mood)?;
        self.end(txn, answer.clone());
        Some(answer)
    }

    fn again(&self, txn: u32) -> Answer {
        match self.known.get(&txn) {
            Some((_, None)) => Answer::Ack,
            Some((_, Some(answer))) if self.cached == Some(txn) => answer.clone(),
            _ => error(CardStatus::DONE_ERASED),
        }
    }

    fn end(&mut self, txn: u32, answer: Answer) {
        if let Some((_, end)) = self.known.get_mut(&txn) {
            *end = Some(answer);
        }
        self.cached = Some(txn);
    }

    fn outcome(&mut self, message: &Message<Request>, mood: Mood) -> Option<Answer> {
        match mood {
            Mood::Silent => None,
            Mood::Cancels => Some(error(CardStatus::USER_CANCELLED)),
            Mood::Blocked => Some(error(CardStatus::PIN_BLOCKED)),
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
                let signature = sign(&key.pair, &attributes);
                self.result(signature, &digest)
            }
            Request::SignDigest { slot, digest, .. } => {
                let key = &self.keys[slot];
                assert_eq!((key.mode, key.certificate.is_some()), (Mode::Digest, true));
                let imported = Digest::import_less_safe(digest, &SHA256).expect("32 octets");
                let signature = key.pair.sign_digest(&imported).expect("the key signs");
                self.result(signature.as_ref().try_into().expect("64 octets"), digest)
            }
            Request::GenerateKey { slot, mode, .. } => {
                let Some(pair) = self.next_pairs.pop() else { return error(CardStatus::CARD_ERROR) };
                let public_key = public_key(&pair).compressed_point();
                let pop = sign(&pair, &pop_input(message.txn, *slot, *mode, &public_key, &self.iccid));
                self.keys.insert(*slot, StoredKey { pair, mode: *mode, certificate: None });
                Answer::Key { slot: *slot, mode: *mode, public_key, pop }
            }
            other => panic!("not for a person: {other:?}"),
        }
    }

    fn result(&mut self, signature: [u8; 64], digest: &[u8; 32]) -> Answer {
        self.made.insert(signature);
        Answer::Result { signature, dtbs_id: dtbs_id(digest), mo_time_s: Some(1) }
    }
}

fn error(status: CardStatus) -> Answer {
    Answer::Error { status, detail: 0, tries: None }
}

fn sign(pair: &EcdsaKeyPair, message: &[u8]) -> [u8; 64] {
    let signature = pair.sign(&SystemRandom::new(), message).expect("the key signs");
    signature.as_ref().try_into().expect("64 octets")
}
