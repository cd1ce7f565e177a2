//! Short messages that are lost, doubled or late, one rule each. The person is asked once, whatever happens.
use std::time::Duration;

use card_ota::packet::Rsc;
use mss_core::{Operation, engine::WaiterId};

use super::{
    fake_card::Mood,
    world::{Pending, World, request},
};
use crate::{Delivery, HomeInput, Odd, Submission};

const SIGN_TEXT: u8 = 0x03;
const CONFIRM: u8 = 0x09;
const GET_RESULT: u8 = 0x0A;
const SET_CERT: u8 = 0x0B;

/// A world that has asked the person of card 1; the request has not arrived yet.
fn asking(seconds: u32) -> (World, WaiterId) {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, seconds));
    (world, waiter)
}

fn kinds(world: &World) -> Vec<u8> {
    world.sent.iter().map(|send| send.message[1]).collect()
}

/// What the card said on its way to us is lost; so are reports if told.
fn lose_answers(world: &mut World, reports: bool) {
    world.pending.retain(|pending| match pending {
        Pending::FromCard { .. } => false,
        Pending::Report { .. } => !reports,
        _ => true,
    });
}

fn asked_once(world: &mut World) {
    assert!(world.card(1).asked.values().all(|times| *times == 1), "nobody is asked twice");
}

#[test]
fn a_lost_report_and_a_lost_answer_are_made_good_by_the_repeat() {
    let (mut world, waiter) = asking(120);
    world.pump();
    lose_answers(&mut world, true);
    world.run();
    world.pass(Duration::from_secs(30));
    world.signature(waiter);
    assert_eq!(kinds(&world), [SIGN_TEXT, SIGN_TEXT, CONFIRM]);
    asked_once(&mut world);
}

#[test]
fn a_lost_question_is_repeated_and_so_is_a_lost_answer_to_it() {
    for lose_question in [true, false] {
        let (mut world, waiter) = asking(120);
        world.pump();
        lose_answers(&mut world, false);
        world.run();
        world.now = world.now.plus(Duration::from_secs(40));
        world.turn(vec![]);
        if lose_question {
            world.pending.clear();
        } else {
            world.pump();
            lose_answers(&mut world, true);
        }
        world.run();
        world.pass(Duration::from_secs(9));
        assert!(!world.answers.contains_key(&waiter));
        world.pass(Duration::from_secs(1));
        world.signature(waiter);
        assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT, GET_RESULT, CONFIRM]);
        asked_once(&mut world);
    }
}

#[test]
fn a_person_who_reads_for_long_is_left_alone() {
    let (mut world, waiter) = asking(300);
    world.card(1).mood = Mood::Silent;
    world.run();
    world.pass(Duration::from_secs(150));
    assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT, GET_RESULT], "at 40 s and at 120 s");
    let card = world.card_of(1);
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    world.pending.push_back(Pending::FromCard { card, counter, message });
    world.run();
    world.signature(waiter);
    asked_once(&mut world);
}

#[test]
fn under_the_quiet_policy_a_receipt_is_the_sign_of_life() {
    let mut world = World::with_people_and(1, |config| config.delivery = Delivery::REPORT_ERRORS);
    world.card(1).mood = Mood::Silent;
    let _waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    let name = world.sent[0].send.unwrap();
    let Some(Pending::ToCard(send)) = world.pending.pop_front() else { panic!("no request") };
    let id = send.card.id;
    world.cards.get_mut(&id).unwrap().receive(send.counter, &send.message);
    world.turn(vec![HomeInput::submitted(name, Submission::Accepted), HomeInput::delivered(name)]);
    world.pass(Duration::from_secs(39));
    assert_eq!(kinds(&world), [SIGN_TEXT], "no repeat while the person reads");
    world.pass(Duration::from_secs(1));
    assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT]);
}

#[test]
fn a_copy_that_the_network_made_moves_no_counter() {
    // The report on the first one is lost, then late: either way the card is asked and has what is wanted.
    for late in [false, true] {
        let (mut world, waiter) = asking(120);
        let Some(Pending::ToCard(send)) = world.pending.pop_front() else { panic!("no request") };
        world.card(1).mood = Mood::Silent;
        let id = world.card_of(1);
        world.card(1).receive(send.counter, &send.message);
        let (again, _) = world.card(1).receive(send.counter, &send.message);
        assert_eq!(again, Rsc::CNTR_LOW);
        let reserved = world.store.tables().cards[&id].next_counter;
        for rsc in [Rsc::CNTR_LOW].into_iter().chain(late.then_some(Rsc::OK)) {
            let reply = world.reply();
            world.turn(vec![HomeInput::report(id, send.counter, rsc, true, reply)]);
        }
        assert!(world.saw(&Odd::CounterInDoubt));
        world.run();
        assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT]);
        let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
        world.pending.push_back(Pending::FromCard { card: id, counter, message });
        world.run();
        world.signature(waiter);
        assert!(!world.notices.iter().any(|odd| matches!(odd, Odd::CounterResync { .. })));
        assert_eq!(world.store.tables().cards[&id].next_counter, reserved, "no counter was abandoned");
        asked_once(&mut world);
    }
}

#[test]
fn a_request_that_the_repeat_overtook_is_refused_and_nothing_is_wrong() {
    let (mut world, waiter) = asking(120);
    world.card(1).mood = Mood::Silent;
    let id = world.card_of(1);
    let Some(Pending::ToCard(late)) = world.pending.pop_front() else { panic!("no request") };
    world.now = world.now.plus(Duration::from_secs(30));
    world.turn(vec![]);
    let Some(Pending::ToCard(repeat)) = world.pending.pop_front() else { panic!("no repeat") };
    // The report on the repeat is lost; the one on the late first copy says 02.
    assert_eq!(world.card(1).receive(repeat.counter, &repeat.message).0, Rsc::OK);
    assert_eq!(world.card(1).receive(late.counter, &late.message).0, Rsc::CNTR_LOW);
    let reply = world.reply();
    world.turn(vec![HomeInput::report(id, late.counter, Rsc::CNTR_LOW, true, reply)]);
    assert_eq!(kinds(&world), [SIGN_TEXT, SIGN_TEXT]);
    assert!(!world.saw(&Odd::CounterInDoubt));
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    world.pending.push_back(Pending::FromCard { card: id, counter, message });
    world.run();
    world.signature(waiter);
    asked_once(&mut world);
}

#[test]
fn a_request_that_never_reached_the_card_goes_out_again_when_the_card_says_so() {
    // The receipt was of another part, or the handset dropped the message: delivered, and the card knows nothing.
    let (mut world, waiter) = asking(120);
    let name = world.sent[0].send.unwrap();
    world.pending.clear();
    world.turn(vec![HomeInput::submitted(name, Submission::Accepted), HomeInput::delivered(name)]);
    world.pass(Duration::from_secs(40));
    world.signature(waiter);
    assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT, SIGN_TEXT, CONFIRM]);
    assert_eq!(world.sent[2].message[6], 3, "an attempt of its own");
    asked_once(&mut world);

    // And too late for the person it ends at once.
    let (mut world, waiter) = asking(120);
    world.pending.clear();
    world.turn(vec![HomeInput::delivered(name_of_last(&world))]);
    while world.sent.len() < 5 && !world.answers.contains_key(&waiter) {
        world.now = world.engine_wake();
        world.turn(vec![]);
        if world.now.until(world.store.tables().rows.values().last().unwrap().opening.card_deadline)
            > Duration::ZERO
        {
            world.pending.clear();
        }
        world.run();
    }
    assert_eq!(world.fault(waiter).code.0, 208);
}

fn name_of_last(world: &World) -> u64 {
    world.sent.last().unwrap().send.unwrap()
}

#[test]
fn an_answer_that_is_out_of_date_does_not_end_what_the_person_is_doing() {
    let (mut world, waiter) = asking(120);
    world.card(1).mood = Mood::Silent;
    let id = world.card_of(1);
    let name = name_of_last(&world);
    world.pending.clear();
    world.turn(vec![HomeInput::delivered(name)]);
    // The question overtakes the lost request: the card knows nothing, and its word takes its time.
    world.now = world.now.plus(Duration::from_secs(40));
    world.turn(vec![]);
    world.pump();
    let stale = world.pending.iter().position(|pending| matches!(pending, Pending::FromCard { .. })).unwrap();
    let stale = world.pending.remove(stale).unwrap();
    world.run();
    // Meanwhile the next question, whose answer brings the request, and the person signs; the answer is lost.
    world.pass(Duration::from_secs(10));
    assert_eq!(kinds(&world), [SIGN_TEXT, GET_RESULT, GET_RESULT, SIGN_TEXT]);
    world.card(1).decide(Mood::Agrees).unwrap();
    world.now = world.now.plus(Duration::from_secs(44));
    world.turn(vec![]);
    world.pending.clear();
    world.arrive(stale);
    assert!(world.saw(&Odd::OldAnswer));
    assert!(!world.answers.contains_key(&waiter), "a stale word ends nothing");
    world.pass(Duration::from_secs(10));
    world.signature(waiter);
    let _ = id;
    asked_once(&mut world);
}

#[test]
fn a_lost_confirm_is_made_good_by_the_next_request() {
    let (mut world, waiter) = asking(120);
    while !world.answers.contains_key(&waiter) {
        assert!(world.pump());
    }
    assert_eq!(world.sent.last().unwrap().message[1], CONFIRM);
    world.pending.clear();
    world.signature(waiter);
    let waiter = world.ask(request("S2-aa", 1, "Pay again?", world.now, 120));
    world.run();
    world.signature(waiter);
    asked_once(&mut world);
}

#[test]
fn a_lost_acknowledgement_of_a_certificate_is_asked_for_soon() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let public_key = world.generate(1, Operation::Sign, "g").unwrap();
    world.sent.clear();
    let certificate = world.certificate(1, Operation::Sign, &public_key, Duration::from_secs(86_400));
    let parameters = [
        ("MSISDN", super::world::number(1).international()),
        ("Operation", Operation::Sign.word().to_owned()),
        ("Certificate", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &certificate)),
        ("Certificate", world.issuing()),
    ];
    let name = mss_core::registration::operation::SET_CERTIFICATE;
    let waiter = world.start_order("c1", name, &parameters, vec![]);
    world.pump();
    lose_answers(&mut world, false);
    world.run();
    world.pass(Duration::from_secs(10));
    world.outcome_of(waiter).unwrap();
    assert_eq!(kinds(&world), [SET_CERT, SET_CERT]);
}
