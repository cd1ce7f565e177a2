//! Whatever the network, the people and the power do: the world's and the store's own assertions hold (one payload for
//! each counter, one end, one answer), and everything ends.
use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::{
    fake_card::Mood,
    world::{Pending, World, request},
};
use crate::{HomeAnswer, HomeInput, Outcome, Submission};

#[derive(Debug, Clone)]
enum Op {
    /// A new request for a person.
    Ask(u64),
    /// The last request again.
    Again,
    /// The n-th thing on its way arrives.
    Arrive(usize),
    /// It is lost.
    Lose(usize),
    /// It arrives, and once more later.
    Twice(usize),
    /// A submission fails.
    Fail(u8),
    Pass(u64),
    Mood(u64, u8),
    /// The person of a card decides on what is open.
    Decide(u64, u8),
    Link(bool),
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (1_u64..=3).prop_map(Op::Ask),
        2 => Just(Op::Again),
        16 => (0_usize..4).prop_map(Op::Arrive),
        2 => (0_usize..4).prop_map(Op::Lose),
        2 => (0_usize..4).prop_map(Op::Twice),
        2 => (0_u8..3).prop_map(Op::Fail),
        4 => (1_u64..50).prop_map(Op::Pass),
        3 => (1_u64..=3, 0_u8..4).prop_map(|(person, mood)| Op::Mood(person, mood)),
        3 => (1_u64..=3, 0_u8..3).prop_map(|(person, mood)| Op::Decide(person, mood)),
        1 => any::<bool>().prop_map(Op::Link),
        1 => Just(Op::Crash),
    ]
}

fn mood(n: u8) -> Mood {
    [Mood::Agrees, Mood::Cancels, Mood::Blocked, Mood::Silent][usize::from(n)]
}

struct Walk {
    world: World,
    asked: Vec<(String, u64)>,
    waiters: BTreeMap<mss_core::engine::WaiterId, String>,
}

impl Walk {
    fn ask(&mut self, trace: String, person: u64) {
        let waiter = self.world.ask(request(&trace, person, &format!("Pay {trace}?"), self.world.now, 120));
        self.waiters.insert(waiter, trace);
    }

    fn take(&mut self, n: usize) -> Option<Pending> {
        let n = n.min(self.world.pending.len().checked_sub(1)?);
        self.world.pending.remove(n)
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Ask(person) => {
                let trace = format!("S{}-aa", self.asked.len());
                self.asked.push((trace.clone(), person));
                self.ask(trace, person);
            }
            Op::Again => {
                if let Some((trace, person)) = self.asked.last().cloned() {
                    self.ask(trace, person);
                }
            }
            Op::Arrive(n) => {
                if let Some(pending) = self.take(n) {
                    self.world.arrive(pending);
                }
            }
            // A check is a worker's: it is never lost but with the process.
            Op::Lose(n) => {
                if let Some(pending @ Pending::Check(..)) = self.take(n) {
                    self.world.arrive(pending);
                }
            }
            Op::Twice(n) => match self.take(n) {
                Some(Pending::ToCard(send)) => {
                    self.world.pending.push_back(Pending::ToCard(send.clone()));
                    self.world.arrive(Pending::ToCard(send));
                }
                Some(Pending::FromCard { card, counter, message }) => {
                    self.world.pending.push_back(Pending::FromCard {
                        card,
                        counter,
                        message: message.clone(),
                    });
                    self.world.arrive(Pending::FromCard { card, counter, message });
                }
                Some(pending) => self.world.arrive(pending),
                None => {}
            },
            Op::Fail(n) => {
                let submission =
                    [Submission::Temporary, Submission::Permanent, Submission::Unknown][usize::from(n)];
                let name = self.world.sent.iter().rev().find_map(|send| send.send);
                self.world
                    .turn(name.map(|name| HomeInput::submitted(name, submission)).into_iter().collect());
            }
            Op::Pass(seconds) => {
                self.world.now = self.world.now.plus(Duration::from_secs(seconds));
                self.world.turn(vec![]);
            }
            Op::Mood(person, n) => self.world.card(person).mood = mood(n),
            Op::Decide(person, n) => {
                let card = self.world.card_of(person);
                if let Some((counter, message)) = self.world.card(person).decide(mood(n)) {
                    self.world.pending.push_back(Pending::FromCard { card, counter, message });
                }
            }
            Op::Link(up) => self.world.turn(vec![HomeInput::link(up)]),
            Op::Crash => self.world.crash(),
        }
    }

    /// Lets everything come to its end, and looks at it.
    fn end(mut self) {
        self.world.turn(vec![HomeInput::link(true)]);
        self.world.run();
        self.world.pass(Duration::from_secs(200));
        let tables = self.world.store.tables();
        assert!(tables.rows.values().all(|row| row.outcome.is_some()), "everything ends");
        assert_eq!(self.world.unacknowledged.len(), 0, "everything is acknowledged");
        for card in self.world.cards.values() {
            assert!(card.asked.values().all(|times| *times == 1), "nobody is asked twice");
        }
        for (waiter, answer) in &self.world.answers {
            let Some(trace) = self.waiters.get(waiter) else { continue };
            let row = tables.rows.values().find(|row| *row.opening.trace == **trace);
            match (answer, row.and_then(|row| row.outcome.as_ref())) {
                (Ok(HomeAnswer::Signature(answer)), Some(Outcome::Signed(raw))) => {
                    assert_eq!(answer.signed.raw, *raw)
                }
                (Ok(_), outcome) => panic!("{trace} answered with a signature, stored as {outcome:?}"),
                (Err(fault), Some(Outcome::Signed(_))) => {
                    assert_eq!(fault.code.0, 406, "busy at first, {trace}")
                }
                (Err(fault), Some(Outcome::Refused(stored))) => {
                    assert!(fault == stored || fault.code.0 == 406, "{trace}: {fault}, {stored}");
                }
                (Err(_), _) => {}
            }
        }
        for (waiter, answer) in &self.world.answers {
            if answer.is_ok()
                && let Some(trace) = self.waiters.get(waiter)
            {
                assert!(tables.audit.iter().any(|record| *record.trace == **trace), "on record first");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_walk_keeps_the_rules(ops in proptest::collection::vec(op(), 1..120), small in any::<bool>()) {
        let world = World::with_people_and(3, |config| {
            if small {
                config.limits.cached_cards = 1;
                config.limits.remembered_outcomes = 0;
            }
        });
        let mut walk = Walk { world, asked: Vec::new(), waiters: BTreeMap::new() };
        for op in ops {
            walk.step(op);
        }
        walk.end();
    }
}
