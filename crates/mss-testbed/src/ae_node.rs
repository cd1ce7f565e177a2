//! An AE's process: the real engine on the real store, and what its shell does.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mss_core::{
    ApId, FaultCode, MeshMember, NodeName, StatusCode,
    engine::{Commit as _, Engine as _, WaiterId},
    message::MobileUser,
};
use mss_store::{Location, ae::AeStore};
use role_ae::{
    AeAnswer, AeConfig, AeEngine, AeInput, AeOutput, AeParts, AeReader as _, ApDirectory, ApEntry,
    ResumeError,
};
use role_re::RoutingTable;

use crate::{
    chance::Chance,
    crash::CrashPoint,
    judge::AeRow,
    op::NodeId,
    population::home_prefix,
    world::{Event, World, clock},
};

/// The APs of each AE, by name.
pub(crate) const APS: [&str; 2] = ["bank", "shop"];

pub(crate) struct AeNode {
    pub(crate) directory: ApDirectory,
    pub(crate) store: AeStore,
    pub(crate) engine: Option<AeEngine>,
    pub(crate) inbox: Vec<AeInput>,
    pub(crate) turn_scheduled: bool,
    pub(crate) wake: Option<(u64, u64)>,
    /// How far its clock is ahead.
    pub(crate) offset_ms: i64,
    pub(crate) incarnation: u32,
    pub(crate) crash: Option<(CrashPoint, u64)>,
    /// Which AP's message waits, and whether it is a status query.
    pub(crate) waiters: BTreeMap<WaiterId, (usize, bool)>,
    pub(crate) next_waiter: u64,
    /// Rows that the turn at hand ended. What it answered about them just before is as true as if it had left at once.
    ended_now: BTreeSet<u64>,
    entropy: Chance,
}

pub(crate) fn ap_id(ae: usize, ap: u8) -> ApId {
    ApId::parse(&format!("http://ae{ae}.example/{}", APS[usize::from(ap)])).expect("an AP_ID")
}

impl AeNode {
    pub(crate) fn new(n: usize, seed: u64) -> Self {
        let entry = |ap: usize| {
            let ap = u8::try_from(ap).unwrap_or(0);
            ApEntry::new(ap_id(n, ap), APS[usize::from(ap)], [ap + 1; 32])
        };
        Self {
            directory: ApDirectory::new((0..APS.len()).map(entry).collect()).expect("entries"),
            store: AeStore::open(&Location::Memory).expect("a store in memory"),
            engine: None,
            inbox: Vec::new(),
            turn_scheduled: false,
            wake: None,
            offset_ms: 0,
            incarnation: 0,
            crash: None,
            waiters: BTreeMap::new(),
            next_waiter: 1,
            ended_now: BTreeSet::new(),
            entropy: Chance::new(seed, 100 + n as u64),
        }
    }

    pub(crate) fn config(n: usize) -> AeConfig {
        AeConfig::new(MeshMember::from_uri(format!("http://ae{n}.example")))
    }
}

fn router(homes: usize) -> impl Fn(&MobileUser) -> Result<NodeName, mss_core::Fault> + Send {
    let name = |n: usize| NodeName::parse(&format!("home{n}")).expect("a name");
    let table = RoutingTable::new((0..homes).map(|n| (home_prefix(n), name(n)))).expect("prefixes");
    move |user| role_re::route(user, &table).cloned()
}

impl World {
    pub(crate) fn start_ae(&mut self, n: usize) {
        let now = clock(self.now_ms, self.aes[n].offset_ms);
        let config = AeNode::config(n);
        let node = &mut self.aes[n];
        if node.engine.is_some() {
            return;
        }
        let state = node.store.resume_state(now, config.max_skew).expect("the store can be read");
        let parts = AeParts {
            config,
            router: Box::new(router(self.size.homes)),
            reader: Box::new(node.store.reader().expect("a reader")),
            hasher: mss_pki::sha256,
        };
        match AeEngine::resume(parts, state, now, &mut node.entropy) {
            Ok((engine, first)) => {
                node.engine = Some(engine);
                node.incarnation += 1;
                self.log(format_args!("ae{n} starts"));
                self.ae_remembers(n);
                self.settle_ae(n, first);
            }
            Err(ResumeError::ClockBehind { .. }) => {
                self.counts.clock_refusals += 1;
                self.log(format_args!("ae{n} refuses to start: its clock is behind"));
                self.after(1_000, Event::Start(NodeId::Ae(n)));
            }
        }
    }

    /// What was durable before is there after a start, open or ended as it was.
    fn ae_remembers(&mut self, n: usize) {
        let reader = self.aes[n].store.reader().expect("a reader");
        let mut breaches = Vec::new();
        for ((_, row), known) in self.judge.ae_rows.range((n, 0)..(n + 1, 0)) {
            match reader.transaction(*row) {
                Ok(Some(stored))
                    if stored.request.trans_id.as_str() == known.trans_id
                        && stored.outcome.as_deref() == known.outcome.as_deref() => {}
                Ok(other) => breaches.push(format!(
                    "ae{n} forgot row {row} ({}): told {}, now {:?}",
                    known.trans_id,
                    self.judge.told.contains(&(n, known.trans_id.clone())),
                    other.map(|stored| stored.outcome.is_some())
                )),
                Err(error) => breaches.push(format!("ae{n} row {row}: {error}")),
            }
        }
        breaches.into_iter().for_each(|breach| self.judge.breach(breach));
    }

    pub(crate) fn ae_turn(&mut self, n: usize) {
        let node = &mut self.aes[n];
        node.turn_scheduled = false;
        let now = clock(self.now_ms, node.offset_ms);
        let Some(engine) = &mut node.engine else { return };
        let inputs = std::mem::take(&mut node.inbox);
        let count = inputs.len();
        let turn = engine.turn(inputs, now, &mut node.entropy);
        self.counts.turns += 1;
        if count > 0 || !turn.outputs.is_empty() || !turn.commit.is_empty() {
            let (new, ended) = (turn.commit.accepted.len(), turn.commit.finished.len());
            let outputs = turn.outputs.len();
            self.log(format_args!("ae{n} turn: {count} in, {new} new, {ended} ended, {outputs} out"));
        }
        self.settle_ae(n, turn);
    }

    fn settle_ae(&mut self, n: usize, turn: mss_core::engine::Turn<role_ae::AeCommit, AeOutput>) {
        let writes = !turn.commit.is_empty();
        self.aes[n].ended_now = turn.commit.finished.iter().map(|end| end.row).collect();
        let crash = self.aes[n].crash.take_if(|_| writes);
        let point = crash.map(|(point, _)| point);
        if writes && CrashPoint::is_durable(point) {
            if !self.sabotage.loses_commit(point) {
                self.aes[n].store.commit(&turn.commit).expect("a commit that the store takes");
            }
            self.counts.commits += 1;
            self.judge.ae_commit(n, &turn.commit);
        }
        for output in turn.outputs.into_iter().take(CrashPoint::released(point)) {
            self.ae_output(n, output);
        }
        if let Some((point, down_ms)) = crash {
            self.counts.in_turn += 1;
            self.kill_ae(n, format_args!("{point:?}"), down_ms);
        }
        let wanted = self.aes[n].engine.as_ref().and_then(AeEngine::next_wake);
        self.set_alarm(NodeId::Ae(n), wanted);
    }

    pub(crate) fn kill_ae(&mut self, n: usize, why: std::fmt::Arguments<'_>, down_ms: u64) {
        let node = &mut self.aes[n];
        if node.engine.take().is_none() {
            return;
        }
        node.inbox.clear();
        node.waiters.clear();
        node.wake = None;
        node.crash = None;
        self.counts.crashes += 1;
        self.log(format_args!("ae{n} dies: {why}"));
        self.calls_of_ae_break(n);
        self.after(down_ms, Event::Start(NodeId::Ae(n)));
    }

    fn ae_output(&mut self, n: usize, output: AeOutput) {
        match output {
            AeOutput::Answer { waiter, answer } => {
                let Some((ask, status)) = self.aes[n].waiters.remove(&waiter) else { return };
                self.ae_answers(n, ask, status, &answer);
            }
            AeOutput::Forward(forward) => self.forward(n, Arc::new(*forward)),
            AeOutput::AskStatus(ask) => self.ask_status(n, Arc::new(*ask)),
            AeOutput::Notice(notice) => {
                let id = notice.trans_id.as_ref().map_or("-", |id| id.as_str()).to_owned();
                self.log(format_args!("ae{n} {id}: {}", notice.event));
            }
        }
    }

    /// What an AP is told; each is checked against what is durable.
    fn ae_answers(&mut self, n: usize, ask: usize, status: bool, answer: &Result<AeAnswer, mss_core::Fault>) {
        let now = self.now();
        let asked = &self.asks[ask];
        let (ap_id, instant) = (ap_id(n, asked.ap), asked.instant);
        let number = self.judge.row_of(n, ap_id.as_str(), &asked.trans_id, instant);
        match answer {
            Ok(AeAnswer::Signature(response)) => {
                let id = response.mssp_trans_id.as_str().to_owned();
                self.log(format_args!("ae{n} answers ask {ask} ({id}) with {}", response.status.0));
                let known = number.and_then(|number| self.judge.ae_rows.get(&(n, number)));
                if known.is_none_or(|row| row.trans_id != id) {
                    self.judge.breach(format!("ae{n} told an AP {id}, which is not durable"));
                }
                self.judge.told.insert((n, id.clone()));
                if self.asks[ask].told.get_or_insert_with(|| id.clone()) != &id {
                    self.judge.breach(format!("ask {ask} was told two transactions"));
                }
                match (&response.signature, number) {
                    (Some(cms), Some(number)) => self.judge.handed(n, number, cms, now),
                    (None, _) if response.status == StatusCode::REQUEST_OK => {}
                    _ => self.judge.breach(format!("ae{n} answered {id} with {}", response.status.0)),
                }
            }
            Ok(AeAnswer::Status(response)) => {
                self.log(format_args!("ae{n} answers status of ask {ask} with {}", response.status.0));
                match (&response.signature, number) {
                    (Some(cms), Some(number)) => self.judge.handed(n, number, cms, now),
                    (None, Some(number)) if response.status == StatusCode::OUTSTANDING_TRANSACTION => {
                        let row = self.judge.ae_rows.get(&(n, number));
                        let ended =
                            |row: &AeRow| row.outcome.is_some() && !self.aes[n].ended_now.contains(&number);
                        if row.is_none_or(ended) {
                            self.judge.breach(format!("ae{n} says that row {number} is open"));
                        }
                    }
                    _ => self.judge.breach(format!("ae{n} answered a status with {}", response.status.0)),
                }
            }
            Err(fault) => {
                self.log(format_args!("ae{n} answers ask {ask} with fault {fault}"));
                // A repeat whose Instant is too old is refused before anybody looks for its transaction.
                let proc_now = clock(self.now_ms, self.aes[n].offset_ms);
                let skew = AeNode::config(n).max_skew;
                let old = instant.plus(skew) <= proc_now.plus(std::time::Duration::from_secs(700));
                let refused_at_once = !status && old && fault.code == FaultCode::WRONG_PARAM;
                if let Some(number) = number.filter(|_| !refused_at_once) {
                    self.judge.told_fault(n, number, fault);
                }
            }
        }
    }
}
