//! One walk: the engine, its store, the cards, and everything that is on its way between them.
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_ota::{
    osap::{Answer, CardStatus, Message, Mode, Request, Slot, TxnId},
    packet::Rsc,
};
use mss_core::{
    Fault, NodeName, Operation, Timestamp,
    engine::{Engine, Turn, WaiterId},
    registration::operation,
};
use mss_pki::PublicKey;
use role_home::{
    ApGrants, Asker, CardId, Check, Commit, Delivery, EngineConfig, HomeAnswer, HomeEngine, HomeInput,
    HomeOutput, ImportedCard, Limits, Outcome, PinPolicy, RowId, SendToCard, Submission,
};

use super::{
    asking::{Wish, order, profile},
    card::{Card, MOODS, Mood},
    people::{PEOPLE, PEOPLE_AT_START, START, address, iccid, number},
    store::ModelStore,
};
use crate::{choices::Choices, keys::Counting};

/// Most things on their way at once; more are lost, as a network would lose them.
const ON_THE_WAY: usize = 64;
/// Turns in which everything must have ended.
const PATIENCE: usize = 20_000;
const AES: [&str; 2] = ["ae.example", "other.example"];

/// What is on its way between the engine, the short-message centre and the workers.
#[derive(Clone)]
enum Pending {
    ToCard(SendToCard),
    Submitted(u64, Submission),
    Report { card: CardId, counter: u64, rsc: Rsc },
    FromCard { card: CardId, counter: u64, message: Message<Answer> },
}

/// When the process dies in its next turn.
#[derive(Clone, Copy)]
enum Crash {
    BeforeCommit,
    AfterCommit,
}

pub(super) struct Walk {
    store: ModelStore,
    engine: HomeEngine,
    config: EngineConfig,
    now: Timestamp,
    entropy: Counting,
    cards: BTreeMap<CardId, Card>,
    pending: VecDeque<Pending>,
    checks: VecDeque<(RowId, Check)>,
    /// Deliveries that the short-message centre will repeat until they are acknowledged.
    unacknowledged: BTreeMap<u64, (CardId, u64, Message<Answer>)>,
    replies: BTreeSet<u64>,
    payloads: BTreeMap<(CardId, u64), Vec<u8>>,
    sends: u64,
    wishes: Vec<Wish>,
    /// Who waits, and for which wish.
    waiting: BTreeMap<WaiterId, Option<usize>>,
    answered: Vec<(Option<usize>, Result<HomeAnswer, Fault>)>,
    crash: Option<Crash>,
    next_waiter: u64,
    next_reply: u64,
    next_order: u64,
}

fn node(name: &str) -> NodeName {
    NodeName::parse(name).expect("a name")
}

impl Walk {
    pub(super) fn new(flags: u8) -> Self {
        let grants = ApGrants { prefixes: vec!["http://ae.example/".into()], ..ApGrants::default() };
        let mut limits = Limits::default();
        if flags & 2 != 0 {
            (limits.cached_cards, limits.remembered_outcomes) = (1, 0);
        }
        let config = EngineConfig {
            node_uri: "http://home.example".into(),
            grants: AES.map(|ae| (node(ae), grants.clone())).into(),
            delivery: if flags & 1 == 0 { Delivery::REPORT_ALWAYS } else { Delivery::REPORT_ERRORS },
            limits,
            pin_policy: PinPolicy::default(),
        };
        let store = ModelStore::new(PEOPLE_AT_START.tables.clone());
        let mut entropy = Counting(u64::from(flags));
        let (engine, first) =
            HomeEngine::resume(config.clone(), Box::new(store.clone()), START, &mut entropy)
                .unwrap_or_else(|error| panic!("a store in order: {error}"));
        let mut walk = Self {
            store,
            engine,
            config,
            now: START,
            entropy,
            cards: PEOPLE_AT_START.cards.clone(),
            pending: VecDeque::new(),
            checks: VecDeque::new(),
            unacknowledged: BTreeMap::new(),
            replies: BTreeSet::new(),
            payloads: BTreeMap::new(),
            sends: 0,
            wishes: Vec::new(),
            waiting: BTreeMap::new(),
            answered: Vec::new(),
            crash: None,
            next_waiter: 0,
            next_reply: 0,
            next_order: 0,
        };
        walk.settle(first);
        walk.turn(vec![HomeInput::link(true)]);
        walk
    }

    pub(super) fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(23) {
            0 => self.new_wish(choices),
            1 => self.same_wish(choices, |_| {}),
            // The same number for something else.
            2 => self.same_wish(choices, |wish| wish.headline = !wish.headline),
            3 => {
                if let Some(pending) = self.take(choices) {
                    self.arrive(pending);
                }
            }
            4 => drop(self.take(choices)),
            5 => {
                if let Some(pending) = self.take(choices) {
                    self.pending.push_back(pending.clone());
                    self.arrive(pending);
                }
            }
            6 => {
                let what = choices.of(&[
                    Submission::Accepted,
                    Submission::Temporary,
                    Submission::Permanent,
                    Submission::Unknown,
                ]);
                let send = self.some_send(choices);
                self.turn(vec![HomeInput::submitted(send, what)]);
            }
            7 => {
                let send = self.some_send(choices);
                let receipt =
                    if choices.is() { HomeInput::delivered(send) } else { HomeInput::undeliverable(send) };
                self.turn(vec![receipt]);
            }
            8 => {
                let mood = MOODS[usize::from(choices.octet() % 4)];
                let person = 1 + u64::from(choices.octet()) % PEOPLE;
                self.card(person).mood = mood;
            }
            9 => {
                self.now = self.now.plus(Duration::from_secs(u64::from(choices.octet())));
                self.turn(vec![]);
            }
            10 => {
                let person = 1 + u64::from(choices.octet()) % PEOPLE;
                let mood = MOODS[usize::from(choices.octet() % 4)];
                if let Some((counter, message)) = self.card(person).decide(mood) {
                    self.on_the_way(Pending::FromCard { card: CardId(person), counter, message });
                }
            }
            11 => self.turn(vec![HomeInput::link(choices.is())]),
            12 => match choices.below(3) {
                0 => self.restart(),
                1 => self.crash = Some(Crash::BeforeCommit),
                _ => self.crash = Some(Crash::AfterCommit),
            },
            13 => self.lying_answer(choices),
            14 => {
                let card = CardId(1 + u64::from(choices.octet()) % PEOPLE);
                let counter = u64::from(choices.octet());
                let reply = self.reply();
                self.turn(vec![HomeInput::report(card, counter, Rsc(choices.octet()), choices.is(), reply)]);
            }
            15 => self.some_order(choices),
            16 => {
                let Some(at) = self.some_wish(choices) else { return };
                let ae = AES[usize::from(choices.octet() % 2)];
                let query = Box::new(self.wishes[at].status(self.now));
                let waiter = self.waiter(Some(at).filter(|_| self.wishes[at].ae == ae));
                self.turn(vec![HomeInput::StatusAsked { waiter, ae: node(ae), query }]);
            }
            17 => {
                let person = 1 + u64::from(choices.octet()) % (PEOPLE + 1);
                let waiter = self.waiter(None);
                let query = Box::new(profile(person, self.now));
                self.turn(vec![HomeInput::ProfileAsked { waiter, ae: node(AES[0]), query }]);
            }
            18 => {
                let gone = WaiterId(u64::from(choices.octet()) % (self.next_waiter + 1));
                self.waiting.remove(&gone);
                self.turn(vec![HomeInput::WaiterGone { waiter: gone }]);
            }
            19 => {
                let person = 1 + u64::from(choices.octet()) % PEOPLE;
                self.card(person).skip_counters(u64::from(choices.octet()));
            }
            20 => self.store.tables().broken = choices.is(),
            21 => {
                let grants = if choices.is() { self.config.grants.clone() } else { BTreeMap::new() };
                self.turn(vec![HomeInput::GrantsReplaced { grants }]);
            }
            // Several things in one turn.
            _ => {
                let inputs = (0..choices.below(4)).map(|_| HomeInput::link(choices.is())).collect();
                self.now = self.now.plus(Duration::from_millis(u64::from(choices.word())));
                self.turn(inputs);
            }
        }
        self.work();
    }

    fn card(&mut self, person: u64) -> &mut Card {
        self.cards.get_mut(&CardId(person)).expect("everybody has a card")
    }

    fn new_wish(&mut self, choices: &mut Choices<'_>) {
        let wish = Wish {
            trace: format!("S{:x}-aa", self.wishes.len()),
            person: 1 + u64::from(choices.octet()) % (PEOPLE + 1),
            operation: choices.of(&Operation::ALL),
            ae: AES[usize::from(choices.octet() % 2)],
            timeout_s: u32::from(choices.octet()) * 4,
            headline: choices.is(),
            at: self.now,
        };
        self.wishes.push(wish);
        self.ask(self.wishes.len() - 1, |_| {});
    }

    fn some_wish(&self, choices: &mut Choices<'_>) -> Option<usize> {
        let count = self.wishes.len();
        (count > 0).then(|| count - 1 - usize::from(choices.octet()) % count)
    }

    fn same_wish(&mut self, choices: &mut Choices<'_>, change: fn(&mut Wish)) {
        if let Some(at) = self.some_wish(choices) {
            self.ask(at, change);
        }
    }

    fn ask(&mut self, at: usize, change: fn(&mut Wish)) {
        let mut wish = self.wishes[at].clone();
        change(&mut wish);
        let waiter = self.waiter(Some(at));
        let request = Box::new(wish.request());
        self.turn(vec![HomeInput::SignatureRequested { waiter, ae: node(wish.ae), request }]);
    }

    fn some_order(&mut self, choices: &mut Choices<'_>) {
        let kind = choices.below(4);
        let person = 1 + u64::from(choices.octet()) % (PEOPLE + 1);
        let what = choices.of(&Operation::ALL);
        let msisdn = ("MSISDN", number(person).international());
        let (name, parameters, imported) = match kind {
            0 => {
                let card = address(person);
                let imported = ImportedCard {
                    iccid: card.iccid,
                    msisdn: card.msisdn,
                    tar: card.tar,
                    sealed_keys: card.sealed_keys,
                };
                (operation::IMPORT_CARDS, vec![], vec![imported])
            }
            1 => {
                let parameters =
                    vec![msisdn, ("ICCID", iccid(person)), ("UserSerial", format!("FI-{person}"))];
                (operation::BIND_USER, parameters, vec![])
            }
            2 => (operation::GENERATE_KEY, vec![msisdn, ("Operation", what.word().into())], vec![]),
            _ => {
                let newest = self
                    .store
                    .tables()
                    .keys
                    .values()
                    .rev()
                    .find(|key| key.card == CardId(person) && key.operation == what)
                    .cloned();
                let Some(key) = newest else { return };
                let public_key = PublicKey::from_spki(&key.public_key).expect("a stored key");
                let mut parameters = vec![msisdn, ("Operation", what.word().into())];
                for der in PEOPLE_AT_START.path(person, what, &public_key) {
                    parameters.push(("Certificate", STANDARD.encode(der)));
                }
                (operation::SET_CERTIFICATE, parameters, vec![])
            }
        };
        // Now and then a number that was used before.
        self.next_order += u64::from(choices.octet() != 255);
        let request = Box::new(order(&format!("O{}", self.next_order), name, parameters, self.now));
        let waiter = self.waiter(None);
        self.turn(vec![HomeInput::RegistrationOrdered { waiter, me: node("me.example"), request, imported }]);
        // A card that was imported is in somebody's phone.
        if kind == 0 && !self.cards.contains_key(&CardId(person)) {
            let card = self.store.tables().cards.keys().last().copied().filter(|card| card.0 == person);
            if let Some(card) = card {
                self.cards.insert(card, Card::new(iccid(person), BTreeMap::new(), vec![]));
            }
        }
    }

    /// A packet that the applet did not make, though somebody had its keys: any octets, or an answer that fits somewhat.
    fn lying_answer(&mut self, choices: &mut Choices<'_>) {
        let card = CardId(1 + u64::from(choices.octet()) % PEOPLE);
        let counter = u64::from(choices.octet());
        let known: Vec<u32> = self.card(card.0).transactions().collect();
        let open: Vec<u32> = self.store.tables().rows.values().map(|row| row.opening.txn).collect();
        let kind = choices.below(7);
        let pick = usize::from(choices.octet());
        let txn =
            TxnId(known.iter().chain(&open).copied().nth(pick % (known.len() + open.len() + 1)).unwrap_or(7));
        let status = CardStatus(choices.octet());
        let fill = choices.octet();
        let body = match kind {
            0 => Answer::Ack,
            1 => Answer::Result { signature: [fill; 64], dtbs_id: choices.array(), mo_time_s: None },
            2 => Answer::Error { status, detail: fill, tries: None },
            3 => Answer::Key {
                slot: Slot(fill & 3),
                mode: Mode::SignedAttributes,
                public_key: [fill & 3; 33],
                pop: [fill; 64],
            },
            // A signature that the card made for something else.
            4 => {
                let made = self.card(card.0).made.iter().nth(usize::from(fill) & 3).copied();
                Answer::Result {
                    signature: made.unwrap_or([1; 64]),
                    dtbs_id: choices.array(),
                    mo_time_s: Some(3),
                }
            }
            _ => match Message::<Answer>::decode(choices.counted()) {
                Ok(message) => message.body,
                Err(_) => return,
            },
        };
        let attempt = choices.octet();
        self.on_the_way(Pending::FromCard { card, counter, message: Message { txn, attempt, body } });
    }

    fn some_send(&self, choices: &mut Choices<'_>) -> u64 {
        self.sends.saturating_sub(u64::from(choices.octet() & 7))
    }

    fn take(&mut self, choices: &mut Choices<'_>) -> Option<Pending> {
        let last = self.pending.len().checked_sub(1)?;
        self.pending.remove(usize::from(choices.octet() & 7).min(last))
    }

    fn on_the_way(&mut self, pending: Pending) {
        if self.pending.len() < ON_THE_WAY {
            self.pending.push_back(pending);
        }
    }

    fn waiter(&mut self, wish: Option<usize>) -> WaiterId {
        self.next_waiter += 1;
        let waiter = WaiterId(self.next_waiter);
        self.waiting.insert(waiter, wish);
        waiter
    }

    fn reply(&mut self) -> u64 {
        self.next_reply += 1;
        self.replies.insert(self.next_reply);
        self.next_reply
    }

    fn arrive(&mut self, pending: Pending) {
        match pending {
            Pending::ToCard(send) => {
                if let Some(name) = send.send {
                    self.on_the_way(Pending::Submitted(name, Submission::Accepted));
                }
                let id = send.card.id;
                let Some(card) = self.cards.get_mut(&id) else { return };
                let (rsc, answer) = card.receive(send.counter, &send.message);
                self.on_the_way(Pending::Report { card: id, counter: send.counter, rsc });
                if let Some((counter, message)) = answer {
                    self.on_the_way(Pending::FromCard { card: id, counter, message });
                }
            }
            Pending::Submitted(name, submission) => self.turn(vec![HomeInput::submitted(name, submission)]),
            Pending::Report { card, counter, rsc } => {
                let reply = self.reply();
                self.turn(vec![HomeInput::report(card, counter, rsc, true, reply)]);
            }
            Pending::FromCard { card, counter, message } => {
                let reply = self.reply();
                self.unacknowledged.insert(reply, (card, counter, message.clone()));
                self.turn(vec![HomeInput::answer(card, counter, message, reply)]);
            }
        }
    }

    fn turn(&mut self, inputs: Vec<HomeInput>) {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        match self.crash.take() {
            None => return self.settle(turn),
            Some(Crash::BeforeCommit) => {}
            Some(Crash::AfterCommit) if mss_core::engine::Commit::is_empty(&turn.commit) => {}
            Some(Crash::AfterCommit) => self.store.commit(turn.commit),
        }
        self.restart();
    }

    fn settle(&mut self, turn: Turn<Commit, HomeOutput>) {
        if !mss_core::engine::Commit::is_empty(&turn.commit) {
            self.store.commit(turn.commit);
        }
        for output in turn.outputs {
            match output {
                HomeOutput::Answer { waiter, answer } => {
                    let wish = self.waiting.remove(&waiter).expect("one answer for each who waits");
                    self.answered.push((wish, answer));
                }
                HomeOutput::SendToCard(send) => {
                    let card = send.card.id;
                    assert!(send.counter < self.store.tables().cards[&card].next_counter, "reserved first");
                    let twice = self.payloads.insert((card, send.counter), send.message.clone());
                    assert!(twice.is_none(), "counter {} of card {} twice", send.counter, card.0);
                    self.sends = self.sends.max(send.send.unwrap_or(0));
                    self.on_the_way(Pending::ToCard(send));
                }
                HomeOutput::Check { row, check } => self.checks.push_back((row, check)),
                HomeOutput::Acknowledge(reply) => {
                    assert!(self.replies.remove(&reply), "acknowledged twice");
                    self.unacknowledged.remove(&reply);
                }
                HomeOutput::Decline(reply) => {
                    assert!(self.replies.remove(&reply), "declined twice");
                    assert!(self.store.tables().broken, "declined without a reason");
                    // The short-message centre brings it again.
                    if let Some((card, counter, message)) = self.unacknowledged.remove(&reply) {
                        self.pending.push_back(Pending::FromCard { card, counter, message });
                    }
                }
                HomeOutput::Notice(notice) => assert!(!notice.to_string().is_empty()),
            }
        }
    }

    /// The workers do their work; it is lost with the process only.
    fn work(&mut self) {
        while let Some((row, check)) = self.checks.pop_front() {
            let result = check.run();
            self.turn(vec![HomeInput::Checked { row, result }]);
        }
    }

    /// What was in memory is gone; what was not acknowledged is delivered again.
    fn restart(&mut self) {
        self.checks.clear();
        self.replies.clear();
        self.waiting.clear();
        self.sends = 0;
        self.pending.retain(|pending| !matches!(pending, Pending::Submitted(..)));
        for (card, counter, message) in std::mem::take(&mut self.unacknowledged).into_values() {
            self.pending.push_back(Pending::FromCard { card, counter, message });
        }
        self.store.tables().broken = false;
        let reader = Box::new(self.store.clone());
        let (engine, first) = HomeEngine::resume(self.config.clone(), reader, self.now, &mut self.entropy)
            .unwrap_or_else(|error| panic!("a store in order: {error}"));
        self.engine = engine;
        self.settle(first);
        self.turn(vec![HomeInput::link(true)]);
    }

    /// Lets everything come to its end, and looks at it.
    pub(super) fn end(mut self) {
        self.crash = None;
        self.store.tables().broken = false;
        for card in self.cards.values_mut() {
            card.mood = Mood::Cancels;
        }
        self.turn(vec![HomeInput::link(true)]);
        let end = self.now.plus(Duration::from_secs(1_200));
        for _ in 0..PATIENCE {
            self.work();
            if let Some(pending) = self.pending.pop_front() {
                self.arrive(pending);
                continue;
            }
            let Some(wake) = self.engine.next_wake().filter(|wake| *wake <= end) else { break };
            self.now = self.now.max(wake);
            self.turn(vec![]);
            assert!(
                self.engine.next_wake().is_none_or(|wake| wake > self.now),
                "a shell would turn without end"
            );
        }
        self.now = end;
        self.turn(vec![]);
        self.work();
        self.look();
    }

    fn look(&self) {
        let tables = self.store.tables();
        assert!(tables.rows.values().all(|row| row.outcome.is_some()), "everything ends");
        assert!(self.replies.is_empty(), "everything is acknowledged");
        assert!(self.waiting.is_empty(), "everybody is answered");
        for row in tables.rows.values() {
            if let (Some(Outcome::Signed(raw)), Some(card)) = (&row.outcome, row.opening.card) {
                assert!(self.cards[&card].made.contains(raw), "a signature that no card made");
            }
        }
        // Every wish has a text of its own.
        let mut shown = BTreeSet::new();
        for request in self.cards.values().flat_map(|card| &card.shown) {
            if let Request::SignText { text, .. } | Request::SignDigest { label: text, .. } = request {
                assert!(shown.insert(text.as_str()), "{} was asked twice", text.as_str());
            }
        }
        for (wish, answer) in &self.answered {
            let raw = match answer {
                Ok(HomeAnswer::Signature(answer)) => answer.signed.raw,
                Ok(HomeAnswer::Status(answer)) => match &answer.signed {
                    Some(signed) => signed.raw,
                    None => continue,
                },
                _ => continue,
            };
            let wish = &self.wishes[wish.expect("a signature for somebody who did not ask")];
            let asker = Asker::ae(node(wish.ae));
            let row = tables
                .rows
                .values()
                .find(|row| row.opening.asker == asker && *row.opening.trace == *wish.trace);
            let row = row.expect("an answer has a row");
            assert_eq!(row.outcome, Some(Outcome::Signed(raw)), "answered otherwise than stored");
            assert!(tables.audit.iter().any(|record| *record.trace == *wish.trace), "on record first");
        }
    }
}
