//! A home MSSP's process: the real engine on the real store, the real link, and what its shell does.
use std::collections::{BTreeMap, BTreeSet};

use card_ota::osap::Answer;
use mss_core::{
    NodeName,
    engine::{Commit as _, Engine as _, WaiterId},
};
use mss_store::{Location, home::HomeStore};
use role_ae::HomeReply;
use role_home::{
    ApGrants, CardId, CardLink, Commit, Delivery, EngineConfig, HomeAnswer, HomeEngine, HomeInput,
    HomeOutput, HomeReader as _, Limits, LinkInput, LinkProfile, LinkWork, PinPolicy, ResumeError,
};
use smpp::{Address, receipt::IdForm};
use softsim::short_message_centre::DeliveryId;

use crate::{
    chance::Chance,
    crash::CrashPoint,
    flaky_reader::FlakyReader,
    op::NodeId,
    population::short_number,
    world::{Event, Sabotage, World, clock},
};

/// Names a deliver_sm: in which session, which one.
pub(crate) type Reply = (u64, DeliveryId);

/// Who waits for a home's answer.
pub(crate) enum HomeWaiter {
    /// A call of an AE; a copy's answer goes nowhere.
    Call { call: u64, copy: bool },
    /// A management order about a person.
    Order { person: usize },
}

pub(crate) struct HomeNode {
    pub(crate) store: HomeStore,
    pub(crate) engine: Option<HomeEngine>,
    pub(crate) link: Option<CardLink<Reply>>,
    pub(crate) inbox: Vec<HomeInput>,
    pub(crate) turn_scheduled: bool,
    pub(crate) wake: Option<(u64, u64)>,
    /// How far its clock is ahead.
    pub(crate) offset_ms: i64,
    pub(crate) incarnation: u32,
    pub(crate) crash: Option<(CrashPoint, u64)>,
    pub(crate) waiters: BTreeMap<WaiterId, HomeWaiter>,
    pub(crate) next_waiter: u64,
    /// The session with the short-message centre, counted; whether it is up; until when it stays away.
    pub(crate) session: u64,
    pub(crate) bound: bool,
    pub(crate) link_down_until: u64,
    /// Submits without an answer yet.
    pub(crate) submitting: BTreeSet<u64>,
    /// One connection keeps its order: nothing arrives before what was sent earlier.
    pub(crate) last_up_ms: u64,
    pub(crate) last_down_ms: u64,
    last_sweep_ms: u64,
    /// Results of cards that wait for their acknowledgement: card and OSAP transaction.
    results: BTreeMap<u64, (CardId, u32)>,
    /// Answers to management orders.
    pub(crate) orders: Vec<(usize, Result<HomeAnswer, mss_core::Fault>)>,
    entropy: Chance,
}

impl HomeNode {
    pub(crate) fn new(n: usize, seed: u64) -> Self {
        Self {
            store: HomeStore::open(&Location::Memory).expect("a store in memory"),
            engine: None,
            link: None,
            inbox: Vec::new(),
            turn_scheduled: false,
            wake: None,
            offset_ms: 0,
            incarnation: 0,
            crash: None,
            waiters: BTreeMap::new(),
            next_waiter: 1,
            session: 0,
            bound: false,
            link_down_until: 0,
            submitting: BTreeSet::new(),
            last_up_ms: 0,
            last_down_ms: 0,
            last_sweep_ms: 0,
            results: BTreeMap::new(),
            orders: Vec::new(),
            entropy: Chance::new(seed, 200 + n as u64),
        }
    }

    pub(crate) fn waiter(&mut self, who: HomeWaiter) -> WaiterId {
        let id = WaiterId(self.next_waiter);
        self.next_waiter += 1;
        self.waiters.insert(id, who);
        id
    }
}

/// Home 1 asks for proof only of errors, the others always.
fn delivery(n: usize) -> Delivery {
    if n == 1 { Delivery::REPORT_ERRORS } else { Delivery::REPORT_ALWAYS }
}

fn config(n: usize, aes: usize) -> EngineConfig {
    let grants = (0..aes).map(|ae| {
        let prefixes = vec![format!("http://ae{ae}.example/")];
        let name = NodeName::parse(&format!("ae{ae}")).expect("a name");
        (name, ApGrants { prefixes, ..ApGrants::default() })
    });
    EngineConfig {
        node_uri: format!("http://home{n}.example"),
        grants: grants.collect(),
        delivery: delivery(n),
        // Small memories, so that what was forgotten and read again is seen, too.
        limits: Limits { cached_cards: 6, remembered_outcomes: 3, ..Limits::default() },
        pin_policy: PinPolicy::default(),
    }
}

impl World {
    pub(crate) fn start_home(&mut self, n: usize) {
        let aes = self.size.aes;
        let vault = self.vault.clone();
        let node = &mut self.homes[n];
        if node.engine.is_some() {
            return;
        }
        let now = clock(self.now_ms, node.offset_ms);
        let inner = node.store.reader().expect("a reader");
        let reader = Box::new(FlakyReader { inner, disk: self.disk.clone() });
        match HomeEngine::resume(config(n, aes), reader, now, &mut node.entropy) {
            Ok((engine, first)) => {
                let reader = Box::new(node.store.reader().expect("a reader"));
                let number = Address::short_number(&short_number(n)).expect("a short number");
                let profile = LinkProfile {
                    short_number: number,
                    spi: delivery(n).spi,
                    country: None,
                    submitted_ids: IdForm::default(),
                    receipt_ids: IdForm::default(),
                };
                node.link = Some(CardLink::new(Box::new(vault), reader, profile));
                node.engine = Some(engine);
                node.incarnation += 1;
                node.session += 1;
                node.bound = false;
                let session = node.session;
                let at = node.link_down_until.saturating_sub(self.now_ms) + self.chance.between(5, 800);
                self.log(format_args!("home{n} starts"));
                self.home_remembers(n);
                self.settle_home(n, first);
                self.after(at, Event::Bind { home: n, session });
            }
            Err(ResumeError::ClockBehind { .. }) => {
                self.counts.clock_refusals += 1;
                self.log(format_args!("home{n} refuses to start: its clock is behind"));
                self.after(1_000, Event::Start(NodeId::Home(n)));
            }
            Err(ResumeError::Unreadable(error)) => {
                self.log(format_args!("home{n} does not start: {error}"));
                self.after(1_000, Event::Start(NodeId::Home(n)));
            }
            Err(error) => self.judge.breach(format!("home{n} does not start: {error}")),
        }
    }

    /// What was durable before is there after a start, open or ended as it was.
    fn home_remembers(&mut self, n: usize) {
        let reader = self.homes[n].store.reader().expect("a reader");
        let mut breaches = Vec::new();
        for ((_, row), known) in self.judge.home_rows.range((n, 0)..(n + 1, 0)) {
            match reader.transaction(role_home::RowId(*row)) {
                Ok(Some(stored)) if stored.outcome == known.outcome => {}
                Ok(other) => {
                    let stored = other.map(|row| row.outcome);
                    breaches.push(format!("home{n} forgot row {row}: now {stored:?}"));
                }
                Err(error) => breaches.push(format!("home{n} row {row}: {error}")),
            }
        }
        breaches.into_iter().for_each(|breach| self.judge.breach(breach));
    }

    pub(crate) fn home_turn(&mut self, n: usize) {
        let node = &mut self.homes[n];
        node.turn_scheduled = false;
        let now = clock(self.now_ms, node.offset_ms);
        let Some(engine) = &mut node.engine else { return };
        if self.now_ms
            >= node.last_sweep_ms + u64::try_from(CardLink::<Reply>::SWEEP.as_millis()).unwrap_or(0)
        {
            node.last_sweep_ms = self.now_ms;
            if let Some(link) = &mut node.link {
                link.sweep(self.now_ms);
            }
        }
        let inputs = std::mem::take(&mut node.inbox);
        let count = inputs.len();
        let turn = engine.turn(inputs, now, &mut node.entropy);
        self.counts.turns += 1;
        if count > 0 || !turn.outputs.is_empty() || !turn.commit.is_empty() {
            let (new, changed) = (turn.commit.new_transactions.len(), turn.commit.transactions.len());
            let outputs = turn.outputs.len();
            self.log(format_args!("home{n} turn: {count} in, {new} new, {changed} changed, {outputs} out"));
        }
        self.settle_home(n, turn);
    }

    fn settle_home(&mut self, n: usize, turn: mss_core::engine::Turn<Commit, HomeOutput>) {
        let writes = !turn.commit.is_empty();
        let crash = self.homes[n].crash.take_if(|_| writes);
        let point = crash.map(|(point, _)| point);
        if writes && CrashPoint::is_durable(point) {
            if !self.sabotage.loses_commit(point) {
                self.homes[n].store.commit(&turn.commit).expect("a commit that the store takes");
            }
            self.counts.commits += 1;
            self.judge.home_commit(n, &turn.commit);
        }
        let mut work = LinkWork::default();
        for output in turn.outputs.into_iter().take(CrashPoint::released(point)) {
            self.home_output(n, output, &mut work);
        }
        self.settle_link(n, work);
        if let Some((point, down_ms)) = crash {
            self.counts.in_turn += 1;
            self.kill_home(n, format_args!("{point:?}"), down_ms);
        }
        let wanted = self.homes[n].engine.as_ref().and_then(HomeEngine::next_wake);
        self.set_alarm(NodeId::Home(n), wanted);
    }

    pub(crate) fn kill_home(&mut self, n: usize, why: std::fmt::Arguments<'_>, down_ms: u64) {
        let node = &mut self.homes[n];
        if node.engine.take().is_none() {
            return;
        }
        node.link = None;
        node.inbox.clear();
        node.wake = None;
        node.crash = None;
        node.results.clear();
        node.submitting.clear();
        let waiters = std::mem::take(&mut node.waiters);
        self.counts.crashes += 1;
        self.log(format_args!("home{n} dies: {why}"));
        self.session_ends(n);
        for waiter in waiters.into_values() {
            if let HomeWaiter::Call { call, copy: false } = waiter {
                self.call_breaks(call);
            }
        }
        if self.sabotage == Sabotage::OldCounters {
            self.set_counters_back(n);
        }
        self.after(down_ms, Event::Start(NodeId::Home(n)));
    }

    fn home_output(&mut self, n: usize, output: HomeOutput, work: &mut LinkWork<Reply>) {
        match output {
            HomeOutput::Answer { waiter, answer } => match self.homes[n].waiters.remove(&waiter) {
                Some(HomeWaiter::Call { call, copy }) => {
                    let reply = reply_of(n, answer);
                    if !copy {
                        self.home_replies(call, reply);
                    }
                }
                Some(HomeWaiter::Order { person }) => self.homes[n].orders.push((person, answer)),
                None => {}
            },
            HomeOutput::SendToCard(send) => {
                self.log(format_args!(
                    "home{n} {}: {} octets to card {} under {}",
                    send.trace,
                    send.message.len(),
                    send.card.id.0,
                    send.counter
                ));
                if let Some(link) = &mut self.homes[n].link {
                    link.send(&send, work);
                }
            }
            HomeOutput::Check { row, check } => {
                let incarnation = self.homes[n].incarnation;
                let result = Box::new(check.run());
                let most = if self.chance.permille(50) { 3_000 } else { 20 };
                let delay = self.chance.between(1, most);
                self.after(delay, Event::Checked { home: n, incarnation, row, result });
            }
            HomeOutput::Acknowledge(reply) => {
                let known = self.homes[n].results.remove(&reply);
                if let Some((card, txn)) = known
                    && let Some(row) = self.judge.open_on(n, card, txn)
                {
                    self.judge.breach(format!("home{n} acknowledged the result of row {row}, which is open"));
                }
                if let Some(link) = &mut self.homes[n].link {
                    link.acknowledge(reply, work);
                }
            }
            HomeOutput::Decline(reply) => {
                self.homes[n].results.remove(&reply);
                if let Some(link) = &mut self.homes[n].link {
                    link.decline(reply, work);
                }
            }
            HomeOutput::Notice(notice) => self.log(format_args!("home{n} {notice}")),
        }
    }

    /// Carries out what the link wants; its inputs wait for the engine's next turn.
    pub(crate) fn settle_link(&mut self, n: usize, work: LinkWork<Reply>) {
        let LinkWork { replies, submits, inputs, notes } = work;
        for note in notes {
            self.log(format_args!("home{n} {}: {note}", note.trace().unwrap_or("none")));
        }
        let sealed = std::mem::take(&mut *self.vault.sealed.lock().expect("one thread"));
        for (iccid, counter, message) in sealed {
            self.judge.sealed(&iccid, counter, &message);
        }
        for ((session, delivery), status) in replies {
            self.answer_delivery(n, session, delivery, status);
        }
        for (token, message) in submits {
            self.hand_over(n, token, message);
        }
        if inputs.is_empty() || self.homes[n].engine.is_none() {
            return;
        }
        for input in &inputs {
            if let HomeInput::Link(LinkInput::Answer { card, message, reply, .. }) = input
                && matches!(message.body, Answer::Result { .. })
            {
                self.homes[n].results.insert(*reply, (*card, message.txn.0));
            }
        }
        self.homes[n].inbox.extend(inputs);
        self.turn_soon(NodeId::Home(n));
    }
}

/// What the AE makes of an answer. A fault names the node that made it, as the shell does.
fn reply_of(n: usize, answer: Result<HomeAnswer, mss_core::Fault>) -> HomeReply {
    let answer = answer.and_then(|answer| match answer {
        HomeAnswer::Signature(answer) => answer.into_resp().map(HomeReply::Signature),
        HomeAnswer::Status(answer) => Ok(HomeReply::Status(answer.into_resp())),
        HomeAnswer::Profile(_) | HomeAnswer::Registration(_) => Ok(HomeReply::Other),
    });
    answer.unwrap_or_else(|mut fault| {
        fault.node.get_or_insert_with(|| format!("http://home{n}.example"));
        HomeReply::Fault(fault)
    })
}
