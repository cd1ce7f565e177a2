//! What is done to the world, drawn from a seed.
use crate::{chance::Chance, crash::CrashPoint};

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeId {
    /// An acquiring entity.
    Ae(usize),
    /// A home MSSP.
    Home(usize),
}

/// How a person answers what the phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Types the right PIN.
    Agrees,
    /// Presses cancel.
    Cancels,
    /// Types a wrong PIN so many times, then the right one.
    Mistypes(u8),
    /// Does nothing.
    Ignores,
}

/// One thing that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// An AP asks a person to sign.
    Request {
        /// Through which AE.
        ae: usize,
        /// Which of its APs.
        ap: u8,
        /// Whom.
        person: usize,
        /// Whether it does not wait.
        asynch: bool,
        /// How much time it gives.
        timeout_s: u32,
    },
    /// An AP sends one of the latest requests again, as it was.
    Repeat {
        /// Counted from the latest.
        back: usize,
    },
    /// An AP asks how one of the latest requests stands.
    Status {
        /// Counted from the latest.
        back: usize,
    },
    /// An AP that waits hangs up.
    HangUp {
        /// Counted from the latest request.
        back: usize,
    },
    /// A person changes mood.
    Mood {
        /// Who.
        person: usize,
        /// How.
        mood: Mood,
        /// From seeing a screen to answering it.
        delay_ms: u64,
    },
    /// A phone is switched on, or off.
    Phone {
        /// Whose.
        person: usize,
        /// On.
        on: bool,
    },
    /// A process dies at a point of its next turn that writes, and starts again after a while.
    Crash {
        /// Which.
        node: NodeId,
        /// Where.
        point: CrashPoint,
        /// How long it stays away.
        down_ms: u64,
    },
    /// A machine's clock is set.
    Clock {
        /// Whose.
        node: NodeId,
        /// By how much.
        by_ms: i64,
    },
    /// An AE and a home cannot reach each other for a while.
    Partition {
        /// The AE.
        ae: usize,
        /// The home.
        home: usize,
        /// How long.
        for_ms: u64,
    },
    /// A home loses its short-message centre for a while.
    LinkDown {
        /// Which.
        home: usize,
        /// How long.
        for_ms: u64,
    },
    /// Nothing.
    Pass,
}

/// How many of what there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Acquiring entities.
    pub aes: usize,
    /// Home MSSPs.
    pub homes: usize,
    /// Cards, over all homes.
    pub cards: usize,
}

/// A few people are asked again and again, so that transactions meet on one card.
const HOT: u64 = 24;

fn person(chance: &mut Chance, size: Size) -> usize {
    let among = if chance.permille(700) { HOT.min(size.cards as u64) } else { size.cards as u64 };
    chance.below(among) as usize
}

fn node(chance: &mut Chance, size: Size) -> NodeId {
    let n = chance.below((size.aes + size.homes) as u64) as usize;
    if n < size.aes { NodeId::Ae(n) } else { NodeId::Home(n - size.aes) }
}

/// The first `count` ops of a seed, each with the milliseconds that pass after it.
#[must_use]
pub fn ops_of(seed: u64, count: usize, size: Size) -> Vec<(Op, u64)> {
    let mut chance = Chance::new(seed, 1);
    let busy = chance.permille(500);
    (0..count)
        .map(|_| {
            let op = one(&mut chance, size);
            let pause = match chance.below(10) {
                0..=3 => chance.below(20),
                4..=7 => chance.below(if busy { 800 } else { 4_000 }),
                _ => chance.below(if busy { 8_000 } else { 40_000 }),
            };
            (op, pause)
        })
        .collect()
}

fn one(chance: &mut Chance, size: Size) -> Op {
    match chance.below(100) {
        0..=44 => Op::Request {
            ae: chance.below(size.aes as u64) as usize,
            ap: chance.below(2) as u8,
            person: person(chance, size),
            asynch: chance.permille(450),
            timeout_s: [16, 20, 30, 60, 120, 300][chance.below(6) as usize],
        },
        45..=52 => Op::Repeat { back: chance.below(8) as usize },
        53..=62 => Op::Status { back: chance.below(12) as usize },
        63..=65 => Op::HangUp { back: chance.below(6) as usize },
        66..=75 => {
            let mood = match chance.below(10) {
                0..=4 => Mood::Agrees,
                5 | 6 => Mood::Cancels,
                7 => Mood::Mistypes(1),
                8 => Mood::Mistypes(chance.between(1, 6) as u8),
                _ => Mood::Ignores,
            };
            Op::Mood { person: person(chance, size), mood, delay_ms: chance.between(500, 25_000) }
        }
        76..=79 => Op::Phone { person: person(chance, size), on: chance.permille(600) },
        80..=88 => Op::Crash {
            node: node(chance, size),
            point: CrashPoint::draw(chance),
            down_ms: chance.between(50, 20_000),
        },
        89..=90 => {
            let most = if chance.permille(200) { 400_000 } else { 8_000 };
            let by = chance.below(most) as i64;
            Op::Clock { node: node(chance, size), by_ms: if chance.permille(500) { by } else { -by } }
        }
        91..=93 => Op::Partition {
            ae: chance.below(size.aes as u64) as usize,
            home: chance.below(size.homes as u64) as usize,
            for_ms: chance.below(60_000),
        },
        94..=96 => {
            Op::LinkDown { home: chance.below(size.homes as u64) as usize, for_ms: chance.below(40_000) }
        }
        _ => Op::Pass,
    }
}
