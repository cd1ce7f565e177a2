//! The world: processes, networks, phones and people under one virtual clock.
use std::collections::{BTreeMap, BTreeSet};

use mss_core::Timestamp;
use smpp::{CommandStatus, Message, MessageId, SendFailure};
use softsim::{
    Smsc,
    short_message_centre::{DeliveryId, EsmeId},
};

use crate::{
    ae_node::AeNode,
    ap::Ask,
    chance::Chance,
    chip::Chip,
    crash::CrashPoint,
    faults::{Faults, Radio},
    flaky_reader::Disk,
    home_node::HomeNode,
    judge::Judge,
    mesh::Call,
    op::{NodeId, Size},
    population::Population,
    trace::Trace,
    vault::DerivedKeys,
};

/// When every run begins.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

/// Deliberate faults of the testbed itself: each must be found by the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sabotage {
    /// None.
    #[default]
    None,
    /// A crash after the outputs takes the commit with it, as a disk that lies about syncs.
    LostCommits,
    /// The network changes signatures on their way from the home.
    ForgedAnswers,
    /// A crashed home comes back with the counters it had at the start, as from an old backup.
    OldCounters,
}

impl Sabotage {
    /// Whether a turn that ends in a crash here tells the world of a commit that the store never gets.
    pub(crate) fn loses_commit(self, point: Option<CrashPoint>) -> bool {
        self == Self::LostCommits && matches!(point, Some(CrashPoint::AfterOutput(_)))
    }
}

/// What will happen.
pub(crate) enum Event {
    /// A process takes what waits for it.
    Turn(NodeId),
    /// A process is woken by its own clock.
    Wake(NodeId, u64),
    /// A process starts.
    Start(NodeId),
    /// A call arrives at a home; a copy's answer goes nowhere.
    CallArrives { call: u64, copy: bool },
    /// What came of a call arrives at the AE.
    CallAnswered { call: u64 },
    /// The AE waits no longer.
    CallTimesOut { call: u64 },
    /// A message of an AP arrives at its AE.
    FromAp { ask: usize, status: bool },
    /// The short-message centre's own time.
    Centre,
    /// A home's session with the centre comes up.
    Bind { home: usize, session: u64 },
    /// A submit reaches the centre.
    Submit { home: usize, session: u64, token: u64, message: Box<Message> },
    /// The centre's word on a submit reaches the home.
    SubmitAnswer { home: usize, session: u64, token: u64, result: Result<MessageId, SendFailure> },
    /// A deliver_sm reaches the home.
    Deliver { home: usize, session: u64, delivery: DeliveryId, message: Box<Message> },
    /// The home's answer reaches the centre; none came, when there is no status.
    DeliverAnswer { home: usize, session: u64, delivery: DeliveryId, status: Option<CommandStatus> },
    /// A worker has checked a signature or a key.
    Checked { home: usize, incarnation: u32, row: role_home::RowId, result: Box<role_home::CheckResult> },
}

/// What a run counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Turns of engines.
    pub turns: u64,
    /// Commits made durable.
    pub commits: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Of those, with a commit that was lost or whose outputs did not all leave.
    pub in_turn: u64,
    /// Starts refused because the clock was behind the last commit.
    pub clock_refusals: u64,
    /// Messages between AE and home that were lost, either way.
    pub mesh_lost: u64,
    /// Messages that arrived twice.
    pub mesh_twice: u64,
    /// Parts of short messages carried.
    pub sms: u64,
    /// Parts of short messages lost in the air.
    pub sms_lost: u64,
    /// Parts that arrived twice.
    pub sms_twice: u64,
    /// Parts that others overtook.
    pub sms_late: u64,
    /// Submits that the centre refused or did not answer.
    pub submit_failures: u64,
    /// Receipts that were lost or lied.
    pub receipts: u64,
}

impl Counts {
    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        self.turns += other.turns;
        self.commits += other.commits;
        self.crashes += other.crashes;
        self.in_turn += other.in_turn;
        self.clock_refusals += other.clock_refusals;
        self.mesh_lost += other.mesh_lost;
        self.mesh_twice += other.mesh_twice;
        self.sms += other.sms;
        self.sms_lost += other.sms_lost;
        self.sms_twice += other.sms_twice;
        self.sms_late += other.sms_late;
        self.submit_failures += other.submit_failures;
        self.receipts += other.receipts;
    }
}

pub(crate) struct World {
    pub(crate) now_ms: u64,
    pub(crate) size: Size,
    pub(crate) sabotage: Sabotage,
    queue: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) radio: Radio,
    pub(crate) disk: Disk,
    pub(crate) aes: Vec<AeNode>,
    pub(crate) homes: Vec<HomeNode>,
    pub(crate) vault: DerivedKeys,
    pub(crate) centre: Smsc,
    pub(crate) chip: Chip,
    pub(crate) phones: Chance,
    pub(crate) images: BTreeMap<u64, Vec<u8>>,
    pub(crate) centre_wake_ms: u64,
    pub(crate) outstanding: BTreeSet<DeliveryId>,
    /// Numbers whose screens are looked at.
    pub(crate) watched: BTreeSet<u64>,
    pub(crate) calls: BTreeMap<u64, Call>,
    pub(crate) next_call: u64,
    pub(crate) partitions: BTreeMap<(usize, usize), u64>,
    pub(crate) asks: Vec<Ask>,
    pub(crate) judge: Judge,
    pub(crate) trace: Trace,
    pub(crate) counts: Counts,
}

impl World {
    /// A world whose people are enrolled, with everything up and no faults.
    pub(crate) fn new(seed: u64, population: &Population, sabotage: Sabotage, print: bool) -> Self {
        let size = population.size;
        let vault = DerivedKeys::default();
        let radio = Radio::new(Chance::new(seed, 2));
        let centre = crate::sms::centre(size.homes, &radio);
        let mut world = Self {
            now_ms: START_MS,
            size,
            sabotage,
            queue: BTreeMap::new(),
            next_event: 0,
            chance: Chance::new(seed, 3),
            faults: Faults::default(),
            radio,
            disk: Disk::new(Chance::new(seed, 6)),
            aes: (0..size.aes).map(|n| AeNode::new(n, seed)).collect(),
            homes: (0..size.homes).map(|n| HomeNode::new(n, seed)).collect(),
            vault,
            centre,
            chip: Chip::new(Chance::new(seed, 4)),
            phones: Chance::new(seed, 5),
            images: BTreeMap::new(),
            centre_wake_ms: u64::MAX,
            outstanding: BTreeSet::new(),
            watched: BTreeSet::new(),
            calls: BTreeMap::new(),
            next_call: 1,
            partitions: BTreeMap::new(),
            asks: Vec::new(),
            judge: Judge::new(population.people()),
            trace: Trace::new(print),
            counts: Counts::default(),
        };
        population.move_into(&mut world);
        for n in 0..size.homes {
            world.start(NodeId::Home(n));
        }
        for n in 0..size.aes {
            world.start(NodeId::Ae(n));
        }
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms.cast_signed())
    }

    /// Something will happen after so many milliseconds.
    pub(crate) fn after(&mut self, delay_ms: u64, event: Event) {
        self.next_event += 1;
        self.queue.insert((self.now_ms.saturating_add(delay_ms), self.next_event), event);
    }

    pub(crate) fn log(&mut self, line: std::fmt::Arguments<'_>) {
        let at = self.now_ms - START_MS;
        self.trace.line(format!("{:>6}.{:03} {line}", at / 1000, at % 1000));
    }

    /// Lets time pass up to a moment, unless a rule is broken first.
    pub(crate) fn run_until(&mut self, end_ms: u64) {
        while self.judge.violation.is_none() {
            let Some(entry) = self.queue.first_entry() else { break };
            if entry.key().0 > end_ms {
                break;
            }
            let ((at, _), event) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at);
            self.happen(event);
        }
        self.now_ms = self.now_ms.max(end_ms);
    }

    /// Lets everything come to its end. False when it does not within so many milliseconds.
    pub(crate) fn run_to_rest(&mut self, at_most_ms: u64) -> bool {
        let end = self.now_ms + at_most_ms;
        while self.judge.violation.is_none() {
            let Some((&(at, _), _)) = self.queue.first_key_value() else { return true };
            if at > end {
                return false;
            }
            self.run_until(at);
        }
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Turn(NodeId::Ae(n)) => self.ae_turn(n),
            Event::Turn(NodeId::Home(n)) => self.home_turn(n),
            Event::Wake(node, id) => self.wake(node, id),
            Event::Start(node) => self.start(node),
            Event::CallArrives { call, copy } => self.call_arrives(call, copy),
            Event::CallAnswered { call } => self.call_answered(call),
            Event::CallTimesOut { call } => self.call_times_out(call),
            Event::FromAp { ask, status } => self.ap_message(ask, status),
            Event::Centre => {
                if self.centre_wake_ms <= self.now_ms {
                    self.centre_wake_ms = u64::MAX;
                    self.centre_step(Vec::new());
                }
            }
            Event::Bind { home, session } => self.bind(home, session),
            Event::Submit { home, session, token, message } => self.submit(home, session, token, message),
            Event::SubmitAnswer { home, session, token, result } => {
                self.submit_answered(home, session, token, result);
            }
            Event::Deliver { home, session, delivery, message } => {
                self.deliver(home, session, delivery, &message);
            }
            Event::DeliverAnswer { home, session, delivery, status } => {
                self.deliver_answered(home, session, delivery, status);
            }
            Event::Checked { home, incarnation, row, result } => {
                let node = &mut self.homes[home];
                if node.incarnation == incarnation && node.engine.is_some() {
                    node.inbox.push(role_home::HomeInput::Checked { row, result: *result });
                    self.turn_soon(NodeId::Home(home));
                }
            }
        }
    }

    /// A process's engine has a turn shortly; what arrives until then is in the same one.
    pub(crate) fn turn_soon(&mut self, node: NodeId) {
        let scheduled = match node {
            NodeId::Ae(n) => &mut self.aes[n].turn_scheduled,
            NodeId::Home(n) => &mut self.homes[n].turn_scheduled,
        };
        if !std::mem::replace(scheduled, true) {
            let delay = self.chance.below(4);
            self.after(delay, Event::Turn(node));
        }
    }

    fn wake(&mut self, node: NodeId, id: u64) {
        let meant = match node {
            NodeId::Ae(n) => self.aes[n].wake.take_if(|(_, meant)| *meant == id),
            NodeId::Home(n) => self.homes[n].wake.take_if(|(_, meant)| *meant == id),
        };
        if meant.is_some() {
            match node {
                NodeId::Ae(n) => self.ae_turn(n),
                NodeId::Home(n) => self.home_turn(n),
            }
        }
    }

    /// Sets a process's alarm, given when its engine wants it on its own clock.
    pub(crate) fn set_alarm(&mut self, node: NodeId, wanted: Option<Timestamp>) {
        let (offset, current) = match node {
            NodeId::Ae(n) => (self.aes[n].offset_ms, self.aes[n].wake),
            NodeId::Home(n) => (self.homes[n].offset_ms, self.homes[n].wake),
        };
        let at = wanted.map(|wanted| {
            let true_ms = wanted.millis() - offset;
            u64::try_from(true_ms).unwrap_or(0).max(self.now_ms + 1)
        });
        if at == current.map(|(at, _)| at) {
            return;
        }
        let next = at.map(|at| (at, self.next_event + 1));
        match node {
            NodeId::Ae(n) => self.aes[n].wake = next,
            NodeId::Home(n) => self.homes[n].wake = next,
        }
        if let Some((at, id)) = next {
            self.after(at - self.now_ms, Event::Wake(node, id));
        }
    }

    pub(crate) fn start(&mut self, node: NodeId) {
        match node {
            NodeId::Ae(n) => self.start_ae(n),
            NodeId::Home(n) => self.start_home(n),
        }
    }

    pub(crate) fn is_cut(&self, ae: usize, home: usize) -> bool {
        self.partitions.get(&(ae, home)).is_some_and(|until| *until > self.now_ms)
    }

    pub(crate) const fn esme(home: usize) -> EsmeId {
        EsmeId(home)
    }
}

/// A process's clock.
pub(crate) fn clock(now_ms: u64, offset_ms: i64) -> Timestamp {
    Timestamp::from_millis(now_ms.cast_signed() + offset_ms)
}
