//! Who is enrolled when a walk begins: two people with three active keys each, and one with a card and no key.
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use card_ota::osap::{Mode, Slot};
use mss_core::{Msisdn, Operation, Timestamp};
use mss_pki::{
    Certificate, NodeKey, PublicKey, Signer,
    certificate::Validity,
    issuance::{Authority, Issuer, Name, Profile, Template, issue, self_sign},
};
use role_home::{
    CardAddress, CardId, CardRecord, Iccid, KeyId, KeyRecord, KeyState, MoWindow, UserId, UserRecord,
};

use super::{
    card::{Card, StoredKey, pair, public_key},
    store::Tables,
};
use crate::keys::Counting;

pub(super) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
/// The people, numbered from 1; the last of them has no key.
pub(super) const PEOPLE: u64 = 3;

pub(super) struct People {
    pub(super) tables: Tables,
    pub(super) cards: BTreeMap<CardId, Card>,
    key: NodeKey,
    issuing: Certificate,
}

pub(super) static PEOPLE_AT_START: LazyLock<People> = LazyLock::new(People::new);

pub(super) fn number(person: u64) -> Msisdn {
    Msisdn::parse(&format!("+3584012{person:05}")).expect("a number")
}

pub(super) fn iccid(person: u64) -> String {
    format!("8935801{person:012}")
}

pub(super) fn address(person: u64) -> CardAddress {
    CardAddress {
        id: CardId(person),
        iccid: Iccid::parse(&iccid(person)).expect("digits"),
        msisdn: number(person),
        tar: [0xBF, 0xFF, 0x01],
        sealed_keys: vec![9; 40].into(),
    }
}

fn place(operation: Operation) -> (Slot, Mode) {
    match operation {
        Operation::Sign => (Slot::SIGN, Mode::SignedAttributes),
        Operation::Authn => (Slot::AUTHN, Mode::SignedAttributes),
        Operation::Digest => (Slot::DIGEST, Mode::Digest),
    }
}

impl People {
    fn new() -> Self {
        let mut chance = Counting(1);
        let (root_key, key) =
            (NodeKey::generate(&mut chance).expect("good"), NodeKey::generate(&mut chance).expect("good"));
        let template = |authority, key: &NodeKey| Template {
            profile: Profile::Authority(authority),
            subject: Name::authority("Test", authority, true).expect("a name"),
            public_key: key.public_key().clone(),
            validity: days(365),
            serial: [3; 16],
        };
        let root = self_sign(&template(Authority::UsersRoot, &root_key), &root_key).expect("good");
        let root = Certificate::parse(&root).expect("our own");
        let issuer = Issuer { certificate: &root, signer: &root_key };
        let issuing = issue(&template(Authority::UsersIssuing, &key), &issuer).expect("good");
        let issuing = Certificate::parse(&issuing).expect("our own");
        let mut people = Self { tables: Tables::default(), cards: BTreeMap::new(), key, issuing };
        for person in 1..=PEOPLE {
            people.enrol(person);
        }
        people
    }

    fn enrol(&mut self, person: u64) {
        let (card, user) = (CardId(person), UserId(person));
        let record = CardRecord {
            address: Arc::new(address(person)),
            version: 1,
            next_counter: 1,
            mo_window: MoWindow::default(),
            last_row: None,
        };
        self.tables.cards.insert(card, record);
        self.tables.users.insert(user, UserRecord { id: user, card, serial: format!("FI-{person}") });
        let mut keys = BTreeMap::new();
        for (at, operation) in (0..).zip(Operation::ALL).filter(|_| person < PEOPLE) {
            let pair = pair(person * 10 + at);
            let path = self.path(person, operation, &public_key(&pair));
            let (slot, mode) = place(operation);
            let certificate = Some(mss_pki::sha256(&path[0]));
            let id = KeyId(person * 10 + at);
            let key = KeyRecord {
                id,
                version: 1,
                card,
                user,
                operation,
                public_key: public_key(&pair).spki_der().to_vec(),
                state: KeyState::Active,
                path,
            };
            self.tables.keys.insert(id, key);
            keys.insert(slot, StoredKey { pair, mode, certificate });
        }
        let next = (0..4).map(|at| pair(1_000 + person * 10 + at)).collect();
        self.cards.insert(card, Card::new(iccid(person), keys, next));
    }

    /// A person's certificate and the issuing one.
    pub(super) fn path(&self, person: u64, operation: Operation, public_key: &PublicKey) -> Vec<Vec<u8>> {
        let template = Template {
            profile: Profile::User(operation),
            subject: Name::person("Aino", "Virtanen", &format!("PNOFI-{person:010}")).expect("a name"),
            public_key: public_key.clone(),
            validity: days(90),
            serial: [5; 16],
        };
        let issuer = Issuer { certificate: &self.issuing, signer: &self.key };
        vec![issue(&template, &issuer).expect("good"), self.issuing.der().to_vec()]
    }
}

fn days(days: u32) -> Validity {
    let day = Duration::from_secs(86_400);
    Validity { not_before: START.minus(day), not_after: START.plus(day * days) }
}
