use std::time::Duration;

use card_ota::{
    osap::{Answer, Slot, TxnId},
    packet::Rsc,
};
use mss_core::Timestamp;

use super::{
    fake_card::{Mood, sign},
    world::{AE, AP, Pending, World, request},
};
use crate::{AuditEvent, CardId, HomeInput, Odd, Outcome, Submission};

/// A world in which the person of card 1 has been asked and says nothing.
fn asked() -> (World, mss_core::engine::WaiterId, CardId) {
    let mut world = World::with_people(1);
    world.card(1).mood = Mood::Silent;
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    let card = world.card_of(1);
    (world, waiter, card)
}

pub(super) fn say(
    world: &mut World,
    card: CardId,
    counter: u64,
    message: card_ota::osap::Message<Answer>,
) -> u64 {
    let reply = world.reply();
    world.unacknowledged.insert(reply, (card, counter, message.clone()));
    world.turn(vec![HomeInput::answer(card, counter, message, reply)]);
    reply
}

#[test]
fn a_delivery_is_acknowledged_with_the_outcome_and_not_before() {
    let (mut world, waiter, card) = asked();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    let first = say(&mut world, card, counter, message.clone());
    assert!(world.unacknowledged.contains_key(&first));
    // The short-message centre is impatient: the same packet again.
    let second = say(&mut world, card, counter, message);
    assert!(world.saw(&Odd::ReplayedCounter { counter }));
    assert_eq!(world.unacknowledged.len(), 2);
    assert!(world.unacknowledged.contains_key(&second));
    world.run();
    world.signature(waiter);
    assert_eq!(world.unacknowledged.len(), 0);
}

#[test]
fn a_replayed_counter_changes_nothing() {
    let (mut world, waiter, card) = asked();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    say(&mut world, card, counter, message.clone());
    world.run();
    world.signature(waiter);
    let commits = world.store.tables().commits;
    world.notices.clear();
    say(&mut world, card, counter, message);
    assert_eq!(world.notices, vec![Odd::ReplayedCounter { counter }]);
    assert_eq!(world.last_trace.as_deref(), Some("S1-aa"), "nothing is open: it is the last one's");
    assert_eq!((world.store.tables().commits, world.unacknowledged.len()), (commits, 0));
}

#[test]
fn an_unproven_report_changes_nothing() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    let (card, counter) = (world.card_of(1), world.sent[0].counter);
    for rsc in [Rsc::OK, Rsc::CC_FAILED, Rsc::CNTR_LOW, Rsc::SECURITY_ERROR, Rsc::TAR_UNKNOWN] {
        world.notices.clear();
        let reply = world.reply();
        world.turn(vec![HomeInput::report(card, counter, rsc, false, reply)]);
        assert_eq!(world.notices, vec![Odd::UnprovenReport { rsc: rsc.0, counter }]);
    }
    let reply = world.reply();
    world.turn(vec![HomeInput::report(card, counter + 70, Rsc::CC_FAILED, true, reply)]);
    assert!(world.saw(&Odd::ForeignReport { rsc: 1, counter: counter + 70 }));
    assert_eq!(world.sent.len(), 1);
    world.run();
    world.signature(waiter);
}

#[test]
fn a_result_for_another_transaction_changes_nothing() {
    let (mut world, waiter, card) = asked();
    let result = Answer::Result { signature: [1; 64], dtbs_id: [0; 4], mo_time_s: None };
    let (counter, message) = world.card(1).say(TxnId(0x0BAD_0BAD), 1, result);
    world.notices.clear();
    say(&mut world, card, counter, message);
    assert_eq!(world.notices, vec![Odd::ForeignAnswer { txn: 0x0BAD_0BAD }]);
    assert_eq!(world.last_trace.as_deref(), Some("S1-aa"));
    assert_eq!((world.pending.len(), world.unacknowledged.len()), (0, 0));
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    say(&mut world, card, counter, message);
    world.run();
    world.signature(waiter);
}

#[test]
fn what_comes_when_nothing_is_open_is_said_of_the_last_transaction() {
    let (mut world, waiter, card) = asked();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    say(&mut world, card, counter, message);
    world.run();
    world.signature(waiter);
    let result = Answer::Result { signature: [1; 64], dtbs_id: [0; 4], mo_time_s: None };
    let (counter, message) = world.card(1).say(TxnId(0x0BAD_0BAD), 1, result);
    say(&mut world, card, counter, message.clone());
    assert_eq!(world.notices.last(), Some(&Odd::ForeignAnswer { txn: 0x0BAD_0BAD }));
    assert_eq!(world.last_trace.take().as_deref(), Some("S1-aa"));
    say(&mut world, card, counter, message);
    assert_eq!(world.notices.last(), Some(&Odd::ReplayedCounter { counter }));
    assert_eq!(world.last_trace.take().as_deref(), Some("S1-aa"));
    for proven in [false, true] {
        let reply = world.reply();
        world.turn(vec![HomeInput::report(card, counter + 70, Rsc::CC_FAILED, proven, reply)]);
        assert_eq!(world.last_trace.take().as_deref(), Some("S1-aa"), "proven {proven}");
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let (mut world, waiter, card) = asked();
    let (counter, mut message) = world.card(1).decide(Mood::Agrees).unwrap();
    let wrong = sign(&world.card(1).keys[&Slot::AUTHN].pair, b"something");
    if let Answer::Result { signature, .. } = &mut message.body {
        *signature = wrong;
    }
    say(&mut world, card, counter, message);
    world.run();
    assert_eq!(world.fault(waiter).code.0, 406);
    assert!(world.notices.iter().any(|odd| matches!(odd, Odd::WrongSignature { .. })));
    assert_eq!(world.status(AE, AP, "S1-aa"), Err(406));
}

/// Whatever mixes up two workers' results cannot mix up two signatures, not even of two AEs that use one number.
#[test]
fn a_proof_of_another_transaction_is_refused() {
    for (ae, trace) in [(AE, "S2-aa"), ("other.example", "S1-aa")] {
        let mut world = World::with_people(2);
        world.card(1).mood = Mood::Silent;
        world.card(2).mood = Mood::Silent;
        let first = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        let second = world.ask_as(ae, request(trace, 2, "Pay more?", world.now, 120));
        world.run();
        let mut checks = Vec::new();
        for person in [1, 2] {
            let card = world.card_of(person);
            let (counter, message) = world.card(person).decide(Mood::Agrees).unwrap();
            say(&mut world, card, counter, message);
            let Some(Pending::Check(row, check)) = world.pending.pop_back() else { panic!("no check") };
            checks.push((row, check));
        }
        let (row, _) = checks[0];
        let (_, check) = checks.pop().unwrap();
        world.turn(vec![HomeInput::Checked { row, result: check.run() }]);
        assert_eq!(world.fault(first).code.0, 406);
        assert!(!world.answers.contains_key(&second));
    }
}

#[test]
fn a_word_on_an_earlier_copy_is_of_no_interest() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    let first = world.sent[0].send.unwrap();
    world.pending.clear();
    world.now = world.now.plus(Duration::from_secs(30));
    world.turn(vec![]);
    assert_eq!(world.sent.len(), 2);
    world.turn(vec![HomeInput::submitted(first, Submission::Unknown)]);
    world.turn(vec![HomeInput::submitted(first, Submission::Permanent)]);
    assert_eq!(world.sent.len(), 2);
    world.run();
    world.signature(waiter);
}

#[test]
fn a_late_result_is_verified_confirmed_and_never_handed_out() {
    let (mut world, waiter, card) = asked();
    world.card(1).mood = Mood::Silent;
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    let before = world.sent.len();
    // Nothing of it arrives until the end has passed.
    while !world.answers.contains_key(&waiter) {
        world.now = world.engine_wake();
        world.turn(vec![]);
        world.pending.clear();
    }
    assert_eq!(world.fault(waiter).code.0, 208);
    assert!(world.sent.len() > before);
    say(&mut world, card, counter, message.clone());
    let again = say(&mut world, card, counter + 1, message);
    assert!(world.unacknowledged.contains_key(&again), "not before it is on record");
    world.run();
    assert!(world.saw(&Odd::LateResult { proven: true }));
    assert_eq!(world.sent.last().unwrap().message[1], 0x09, "CONFIRM");
    assert_eq!(world.status(AE, AP, "S1-aa"), Err(208));
    let joined = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(joined).code.0, 208);
    assert_eq!(world.unacknowledged.len(), 0);
    let late = world
        .store
        .tables()
        .audit
        .iter()
        .filter(|record| record.event == AuditEvent::Late { proven: true })
        .count();
    assert_eq!(late, 1);
}

#[test]
fn a_check_that_ends_after_the_deadline_is_late() {
    let (mut world, waiter, card) = asked();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    let reply = say(&mut world, card, counter, message);
    let Some(Pending::Check(row, check)) = world.pending.pop_back() else { panic!("no check") };
    world.now = world.now.plus(Duration::from_secs(120));
    // In one turn: the deadline comes first.
    world.turn(vec![HomeInput::Checked { row, result: check.run() }]);
    assert_eq!(world.fault(waiter).code.0, 208);
    assert!(world.saw(&Odd::LateResult { proven: true }));
    assert!(!world.unacknowledged.contains_key(&reply));
}

#[test]
fn a_result_that_comes_again_is_only_confirmed_again() {
    let (mut world, waiter, card) = asked();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    say(&mut world, card, counter, message.clone());
    world.run();
    world.signature(waiter);
    let (rows, sent) = (world.store.tables().rows.len(), world.sent.len());
    say(&mut world, card, counter + 5, message);
    world.run();
    assert!(world.saw(&Odd::RepeatedResult));
    assert_eq!((world.store.tables().rows.len(), world.sent.len()), (rows, sent + 1));
}

#[test]
fn counters_out_of_step_are_put_right_once() {
    let mut world = World::with_people(1);
    let card = world.card_of(1);
    let next = world.store.tables().cards[&card].next_counter;
    world.card(1).skip_counters(next + 1000);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.signature(waiter);
    assert!(world.saw(&Odd::CounterResync { rsc: 2 }));
    // The request, the question whether it was a copy, and the request beyond the card's counter.
    assert_eq!(world.sent[1].counter, world.sent[0].counter + 1);
    assert!(world.sent[2].counter >= world.sent[0].counter + 4096);

    let card = world.card_of(1);
    let next = world.store.tables().cards[&card].next_counter;
    world.card(1).skip_counters(next + 100_000);
    let waiter = world.ask(request("S2-aa", 1, "Pay?", world.now, 120));
    world.run();
    assert_eq!(world.fault(waiter).code.0, 209);
    assert!(world.saw(&Odd::CounterResyncFailed { rsc: 2 }));
}

#[test]
fn counters_out_of_step_are_put_right_where_the_question_is_the_request() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let public_key = world.generate(1, mss_core::Operation::Sign, "g").unwrap();
    let card = world.card_of(1);
    let next = world.store.tables().cards[&card].next_counter;
    world.card(1).skip_counters(next + 1000);
    world.sent.clear();
    world.certify(1, mss_core::Operation::Sign, &public_key, "c").unwrap();
    assert_eq!(world.sent.len(), 3);
    let public_key = world.generate(1, mss_core::Operation::Authn, "g").unwrap();
    world.card(1).skip_counters(next + 100_000);
    world.sent.clear();
    let refused = world.certify(1, mss_core::Operation::Authn, &public_key, "c").unwrap_err();
    assert_eq!((refused.code.0, world.sent.len()), (209, 3));
}

#[test]
fn a_run_that_is_used_up_is_followed_by_another() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 300));
    while world.sent.len() <= 8 {
        let name = world.sent.last().unwrap().send.unwrap();
        world.turn(vec![HomeInput::submitted(name, Submission::Temporary)]);
        world.pending.clear();
        world.now = world.engine_wake();
        world.turn(vec![]);
    }
    world.run();
    world.signature(waiter);
}

#[test]
fn used_up_counters_open_nothing() {
    let mut world = World::with_people(1);
    let id = world.card_of(1);
    world.store.tables().cards.get_mut(&id).unwrap().next_counter = 0xFF_FFFF_FFF0;
    world.crash();
    let first = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.signature(first);
    let second = world.ask(request("S2-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(second).code.0, 209);
    assert!(world.sent.iter().all(|send| send.counter < 0xFF_FFFF_FFFF));
}

#[test]
fn an_unreachable_phone_is_known_at_once() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    let name = world.sent[0].send.unwrap();
    world.pending.clear();
    world.turn(vec![HomeInput::submitted(name, Submission::Accepted), HomeInput::undeliverable(name)]);
    assert_eq!(world.fault(waiter).code.0, 209);
    let waiter = world.ask(request("S2-aa", 1, "Pay?", world.now, 120));
    let name = world.sent[1].send.unwrap();
    world.turn(vec![HomeInput::submitted(name, Submission::Permanent)]);
    assert_eq!(world.fault(waiter).code.0, 209);
    // Words on messages of the past, and on none at all.
    world.turn(vec![HomeInput::submitted(name, Submission::Unknown), HomeInput::undeliverable(u64::MAX)]);
    assert_eq!(world.sent.len(), 2);
}

#[test]
fn a_delivered_receipt_stops_the_repeats() {
    let mut world = World::with_people(1);
    let _waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.pending.clear();
    let name = world.sent[0].send.unwrap();
    world.turn(vec![HomeInput::submitted(name, Submission::Accepted), HomeInput::delivered(name)]);
    world.pass(Duration::from_secs(39));
    assert_eq!(world.sent.len(), 1);
    // The person reads for long: the card is asked, and nobody is prompted again.
    world.pass(Duration::from_secs(1));
    assert_eq!(world.sent[1].message[1], 0x0A, "GET_RESULT");
}

#[test]
fn what_cannot_leave_leaves_when_the_link_is_back() {
    let mut world = World::with_people(1);
    world.turn(vec![HomeInput::link(false)]);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.pass(Duration::from_secs(40));
    assert_eq!(world.sent.len(), 0);
    world.turn(vec![HomeInput::link(true)]);
    world.run();
    world.signature(waiter);
    // And a link that never comes back ends in time, with nothing sent.
    world.turn(vec![HomeInput::link(false)]);
    let waiter = world.ask(request("S2-aa", 1, "Pay?", world.now, 120));
    let sent = world.sent.len();
    world.pass(Duration::from_secs(120));
    assert_eq!((world.fault(waiter).code.0, world.sent.len()), (208, sent));
}

#[test]
fn a_stranger_card_is_logged_and_acknowledged() {
    let (mut world, _, _) = asked();
    let (counter, message) = world.card(1).say(TxnId(1), 1, Answer::Ack);
    say(&mut world, CardId(99), counter, message);
    let reply = world.reply();
    world.turn(vec![HomeInput::report(CardId(99), 1, Rsc::OK, true, reply)]);
    assert!(world.saw(&Odd::Orphan) && world.saw(&Odd::ForeignReport { rsc: 0, counter: 1 }));
    assert_eq!(world.unacknowledged.len(), 0);
}

#[test]
fn a_clock_that_jumps_back_does_not_stop_time() {
    let (mut world, waiter, _) = asked();
    let real = world.now;
    world.now = Timestamp::from_secs(1000);
    world.turn(vec![]);
    world.now = real.plus(Duration::from_secs(120));
    world.turn(vec![]);
    assert_eq!(world.fault(waiter).code.0, 208);
    let tables = world.store.tables();
    assert!(matches!(tables.rows.values().last().unwrap().outcome, Some(Outcome::Refused(_))));
}
