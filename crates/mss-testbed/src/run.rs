//! One run: the ops of a seed, then peace, then everything must have come to its end.
use std::collections::BTreeMap;

use role_ae::Outcome as AeOutcome;
use role_home::Outcome;

use crate::{
    crash::CrashPoint,
    faults::Faults,
    op::{NodeId, Op, Size, ops_of},
    population::Population,
    world::{Counts, START_MS, Sabotage, World},
};

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// How many ops; a smaller number is a prefix of a larger.
    pub ops: usize,
    /// How many of what; `None` lets the seed choose processes.
    pub cards: usize,
    /// Print every line.
    pub print: bool,
    /// What the testbed does wrong on purpose.
    pub sabotage: Sabotage,
}

/// Ops of a run unless told otherwise.
pub const OPS: usize = 220;
/// Cards of a world unless told otherwise.
pub const CARDS: usize = 1_000;
/// Virtual time after the last op within which everything must end: the longest time limit, patience and margins.
const PEACE_MS: u64 = 3 * 3_600_000;

impl Plan {
    /// A seed with the usual size.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self { seed, ops: OPS, cards: CARDS, print: false, sabotage: Sabotage::None }
    }

    /// The one command that runs it again.
    #[must_use]
    pub fn command(&self) -> String {
        let Self { seed, ops, cards, .. } = self;
        format!("cargo run -p mss-testbed --release -- --seed {seed} --ops {ops} --cards {cards}")
    }

    fn size(&self) -> Size {
        let (aes, homes) = [(2, 2), (3, 2), (2, 3), (3, 3)][(self.seed % 4) as usize];
        Size { aes, homes, cards: self.cards }
    }

    /// Runs it.
    #[must_use]
    pub fn run(self) -> Report {
        let size = self.size();
        let population = Population::of(size);
        let mut world = World::new(self.seed, &population, self.sabotage, self.print);
        world.run_until(START_MS + 5_000);
        let faults = Faults::draw(&mut world.chance);
        world.set_faults(faults);
        for (op, pause_ms) in ops_of(self.seed, self.ops, size) {
            if world.judge.violation.is_some() {
                break;
            }
            world.do_op(op);
            let now = world.now_ms;
            world.run_until(now + pause_ms);
        }
        world.make_peace();
        if !world.run_to_rest(PEACE_MS) {
            world.judge.breach("the world does not come to rest".to_owned());
        }
        if world.judge.violation.is_none() {
            world.judge_the_end();
        }
        world.report(self)
    }
}

/// What a run found.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was run.
    pub plan: Plan,
    /// The first rule that was broken.
    pub violation: Option<String>,
    /// Hash over every line of the trace.
    pub hash: u64,
    /// The last lines of the trace.
    pub last_lines: Vec<String>,
    /// Transactions that AEs accepted.
    pub transactions: u64,
    /// Their outcomes: 500, or the fault's code.
    pub outcomes: BTreeMap<u16, u64>,
    /// Texts that came up on a screen.
    pub prompts: u64,
    /// Signatures that a home had and no AP was given, because none was there to take it.
    pub signed_at_home: u64,
    /// What happened on the way.
    pub counts: Counts,
}

impl Report {
    /// The failure as a person wants to see it: the command, the rule, the last lines.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let violation = self.violation.as_ref()?;
        let lines = self.last_lines.join("\n");
        Some(format!("{}\n{violation}\n{lines}", self.plan.command()))
    }
}

impl World {
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.radio.set(faults);
        self.disk.set(faults.read_fails);
    }

    fn do_op(&mut self, op: Op) {
        self.log(format_args!("-- {op:?}"));
        match op {
            Op::Request { ae, ap, person, asynch, timeout_s } => self.ask(ae, ap, person, asynch, timeout_s),
            Op::Repeat { back } => {
                if let Some(ask) = self.latest(back) {
                    self.send_ask(ask, false);
                }
            }
            Op::Status { back } => {
                if let Some(ask) = self.latest(back) {
                    self.send_ask(ask, true);
                }
            }
            Op::HangUp { back } => {
                if let Some(ask) = self.latest(back) {
                    self.hang_up(ask);
                }
            }
            Op::Mood { person, mood, delay_ms } => self.set_mood(person, mood, delay_ms),
            Op::Phone { person, on } => self.set_phone(person, on),
            Op::Crash { node, point, down_ms } => self.crash(node, point, down_ms),
            Op::Clock { node, by_ms } => match node {
                NodeId::Ae(n) => self.aes[n].offset_ms += by_ms,
                NodeId::Home(n) => self.homes[n].offset_ms += by_ms,
            },
            Op::Partition { ae, home, for_ms } => {
                let until = self.now_ms + for_ms;
                self.partitions.insert((ae, home), until);
            }
            Op::LinkDown { home, for_ms } => self.link_down(home, for_ms),
            Op::Pass => {}
        }
    }

    fn crash(&mut self, node: NodeId, point: CrashPoint, down_ms: u64) {
        match (node, point) {
            (NodeId::Ae(n), CrashPoint::Now) => self.kill_ae(n, format_args!("at once"), down_ms),
            (NodeId::Home(n), CrashPoint::Now) => self.kill_home(n, format_args!("at once"), down_ms),
            (NodeId::Ae(n), point) => self.aes[n].crash = Some((point, down_ms)),
            (NodeId::Home(n), point) => self.homes[n].crash = Some((point, down_ms)),
        }
    }

    /// No more faults: networks work, clocks go right again by themselves, phones are on, nobody dies.
    fn make_peace(&mut self) {
        self.log(format_args!("-- peace"));
        self.set_faults(Faults::default());
        self.partitions.clear();
        for n in 0..self.size.aes {
            self.aes[n].crash = None;
        }
        for n in 0..self.size.homes {
            self.homes[n].crash = None;
            self.homes[n].link_down_until = 0;
        }
        for person in 0..self.size.cards {
            if self.watched.contains(&crate::population::msisdn(person, self.size.homes)) {
                self.set_phone(person, true);
            }
        }
    }

    /// Everything accepted has ended, on both sides; nothing is kept for it any more.
    fn judge_the_end(&mut self) {
        let mut breaches = Vec::new();
        for ((ae, row), known) in &self.judge.ae_rows {
            if known.outcome.is_none() {
                breaches.push(format!("ae{ae} row {row} ({}) never ended", known.trans_id));
            }
        }
        for ((home, row), known) in &self.judge.home_rows {
            if known.outcome.is_none() {
                breaches.push(format!("home{home} row {row} ({}) never ended", known.opening.trace));
            }
        }
        if !self.nothing_outstanding() {
            breaches.push(format!("not acknowledged: {:?}", self.outstanding));
        }
        for (n, node) in self.aes.iter().enumerate() {
            match &node.engine {
                None => breaches.push(format!("ae{n} is not running")),
                Some(engine) => {
                    let load = engine.load();
                    if load != role_ae::AeLoad::default() {
                        breaches.push(format!("ae{n} at rest holds {load:?}"));
                    }
                }
            }
        }
        for (n, node) in self.homes.iter().enumerate() {
            match &node.engine {
                None => breaches.push(format!("home{n} is not running")),
                Some(engine) => {
                    let load = engine.load();
                    if load != role_home::HomeLoad::default() {
                        breaches.push(format!("home{n} at rest holds {load:?}"));
                    }
                }
            }
            let under_way = node.link.as_ref().map_or(0, role_home::CardLink::under_way);
            if under_way > 0 {
                breaches.push(format!("home{n}'s link at rest holds {under_way}"));
            }
        }
        breaches.into_iter().for_each(|breach| self.judge.breach(breach));
    }

    fn report(self, plan: Plan) -> Report {
        let mut outcomes = BTreeMap::new();
        for row in self.judge.ae_rows.values() {
            let code = match row.outcome.as_deref() {
                Some(AeOutcome::Signed(made)) => made.status.0,
                Some(AeOutcome::Failed(fault)) => fault.code.0,
                None => 0,
            };
            *outcomes.entry(code).or_default() += 1;
        }
        let signed = |row: &&crate::judge::HomeRow| matches!(row.outcome, Some(Outcome::Signed(_)));
        let air = self.radio.air();
        Report {
            plan,
            hash: self.trace.hash(),
            last_lines: self.trace.last(),
            transactions: self.judge.ae_rows.len() as u64,
            outcomes,
            prompts: self.judge.prompts() as u64,
            signed_at_home: self.judge.home_rows.values().filter(signed).count() as u64,
            counts: Counts {
                sms: air.carried,
                sms_lost: air.lost,
                sms_twice: air.twice,
                sms_late: air.slow,
                ..self.counts
            },
            violation: self.judge.violation,
        }
    }
}
