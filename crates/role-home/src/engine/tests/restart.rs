use std::time::Duration;

use card_ota::packet::Rsc;
use mss_core::Operation;

use super::{
    fake_card::Mood,
    world::{Pending, World, request},
};
use crate::{AuditEvent, HomeEngine, HomeInput, Odd, Outcome, ResumeError};

/// Kills the process after every single step of one signature; whatever was lost, it ends once and asks once.
#[test]
fn killed_at_any_point_it_ends_once_and_asks_once() {
    let mut steps = 0;
    loop {
        let mut world = World::with_people(1);
        let asked = world.card(1).asked.len();
        let first = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        let whole = (0..steps).all(|_| world.pump());
        world.crash();
        // The AE notices the broken connection and asks again.
        let again = world.ask(request("S1-aa", 1, "Pay?", world.now, 110));
        world.run();
        world.pass(Duration::from_secs(130));
        let raw = world.signature(again).signed.raw;
        if world.answers.contains_key(&first) {
            assert_eq!(world.signature(first).signed.raw, raw, "step {steps}");
        }
        assert_eq!(world.card(1).asked.len(), asked + 1, "one transaction at the card");
        assert_eq!(world.card(1).asked.values().max(), Some(&1), "step {steps}");
        assert_eq!(world.unacknowledged.len(), 0);
        let outcomes = world.store.tables().rows.values().filter(|row| row.outcome.is_none()).count();
        assert_eq!(outcomes, 0);
        if !whole {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 6, "{steps}");
}

/// The same for a whole enrolment: the order is repeated under its number until it succeeds.
#[test]
fn an_enrolment_survives_it_too() {
    for steps in 0..8 {
        let mut world = World::new();
        world.import(1).unwrap();
        world.bind(1).unwrap();
        let parameters = [
            ("MSISDN", super::world::number(1).international()),
            ("Operation", Operation::Sign.word().to_owned()),
        ];
        let name = mss_core::registration::operation::GENERATE_KEY;
        world.start_order("g1-sign", name, &parameters, vec![]);
        for _ in 0..steps {
            world.pump();
        }
        world.crash();
        let public_key = world.generate(1, Operation::Sign, "g").unwrap();
        world.crash();
        world.certify(1, Operation::Sign, &public_key, "c").unwrap();
        world.crash();
        let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        world.run();
        world.signature(waiter);
        assert_eq!(world.card(1).asked.values().max(), Some(&1), "step {steps}");
    }
}

#[test]
fn what_is_over_at_the_start_ends_with_208() {
    let mut world = World::with_people(1);
    world.card(1).mood = Mood::Silent;
    world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.now = world.now.plus(Duration::from_secs(500));
    world.crash();
    let tables = world.store.tables();
    let row = tables.rows.values().last().unwrap();
    assert!(matches!(&row.outcome, Some(Outcome::Refused(fault)) if fault.code.0 == 208));
    assert_eq!((row.version, row.attempt), (2, 2), "one write, not two");
}

#[test]
fn a_start_takes_new_counters_and_is_on_record() {
    let mut world = World::with_people(1);
    world.card(1).mood = Mood::Silent;
    world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.crash();
    world.run();
    let sent: Vec<_> =
        world.sent.iter().map(|send| (send.counter - world.sent[0].counter, send.message[6])).collect();
    assert_eq!(sent, vec![(0, 1), (8, 2)]);
    let resumed = |record: &&crate::AuditRecord| record.event == AuditEvent::Resumed;
    assert_eq!(world.store.tables().audit.iter().filter(resumed).count(), 1);
}

#[test]
fn a_clock_behind_the_last_commit_does_not_start() {
    let mut world = World::with_people(1);
    let last = world.store.tables().last.unwrap();
    let now = last.minus(Duration::from_millis(1));
    let resumed =
        HomeEngine::resume(world.config.clone(), Box::new(world.store.clone()), now, &mut world.entropy);
    assert!(matches!(resumed, Err(ResumeError::ClockBehind { .. })));
}

/// Something else about the card is written while its result is being checked. The result is not durable yet, so neither
/// may its counter be: it comes again after a crash, and is no replay then.
#[test]
fn a_result_that_was_not_durable_is_no_replay_after_a_crash() {
    let mut world = World::with_people(1);
    world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    let Some(Pending::ToCard(send)) = world.pending.pop_front() else { panic!("a request") };
    let (_, answer) = world.card(1).receive(send.counter, &send.message);
    let ((counter, message), card) = (answer.unwrap(), world.card_of(1));
    let (report, reply) = (world.reply(), world.reply());
    world.unacknowledged.insert(reply, (card, counter, message.clone()));
    let commits = world.store.tables().commits;
    world.turn(vec![
        HomeInput::report(card, send.counter, Rsc::CNTR_HIGH, true, report),
        HomeInput::answer(card, counter, message, reply),
    ]);
    assert_eq!(world.store.tables().commits, commits + 1, "new counters for the card");
    world.crash();
    world.run();
    assert!(!world.saw(&Odd::ReplayedCounter { counter }));
    assert!(matches!(world.store.tables().rows.values().last().unwrap().outcome, Some(Outcome::Signed(_))));
    assert_eq!(world.unacknowledged.len(), 0);
    // Now it is durable, and so is its counter.
    let mo_window = world.store.tables().cards[&card].mo_window;
    assert!(mo_window.highest >= counter);
}
