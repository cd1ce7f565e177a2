use std::time::Duration;

use card_ota::osap::Request;
use mss_core::{Operation, SignatureProfile, message::AdditionalService};

use super::{
    fake_card::Mood,
    world::{AE, AP, World, digest_request, node, number, plain, request},
};
use crate::{AuditEvent, Delivery, HomeInput, Odd, Outcome, RowId};

const CONFIRM: u8 = 0x09;
const CANCEL: u8 = 0x08;
const GET_RESULT: u8 = 0x0A;

/// The types of the messages sent since the last look.
fn kinds(world: &mut World) -> Vec<u8> {
    world.sent.drain(..).map(|send| send.message[1]).collect()
}

#[test]
fn a_text_becomes_a_signature_in_two_durable_waits() {
    let mut world = World::with_people(1);
    let before = world.store.tables().commits;
    let mut asked = request("S1-aa", 1, "Maksa 12 €?", world.now, 120);
    asked.dtbd = Some(plain("Lasku 7"));
    asked.services = vec![AdditionalService {
        uri: "http://mss.ficom.fi/TS102204/v1.0.0#displayName".into(),
        parameter: Some("Kauppa".into()),
    }];
    let waiter = world.ask(asked);
    assert_eq!(world.status(AE, AP, "S1-aa"), Ok((504, false)));
    world.run();
    assert_eq!(world.store.tables().commits - before, 2);
    let answer = world.signature(waiter).into_resp().unwrap();
    assert_eq!((answer.status.0, answer.mssp_trans_id.as_str()), (500, "S1-aa"));
    assert_eq!(answer.profile_uri.as_deref(), Some("mss::sign:loa4:sim"));
    assert_eq!(answer.mobile_user.msisdn, Some(number(1)));
    let content = world.verify(&answer.signature.unwrap(), None);
    assert_eq!(content.as_deref(), Some("Maksa 12 €?".as_bytes()));
    match world.card(1).shown.last().unwrap() {
        Request::SignText { title, headline, text, ttl_s, .. } => {
            assert_eq!(title.as_ref().unwrap().as_str(), "Kauppa");
            assert_eq!(headline.as_ref().unwrap().as_str(), "Lasku 7");
            assert_eq!((text.as_str(), *ttl_s), ("Maksa 12 €?", 90));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(kinds(&mut world), vec![0x03, CONFIRM]);
    assert_eq!(world.notices, vec![]);
    assert_eq!(world.unacknowledged.len(), 0);
    assert_eq!(world.status(AE, AP, "S1-aa"), Ok((500, true)));
    let events: Vec<_> = world.store.tables().audit.iter().rev().take(2).map(|record| record.event).collect();
    assert_eq!(events, vec![AuditEvent::Signed, AuditEvent::Opened]);
}

#[test]
fn each_operation_signs_with_its_key() {
    let mut world = World::with_people(1);
    let mut asked = request("S1-aa", 1, "Log in?", world.now, 120);
    asked.profile_uri = None;
    let waiter = world.ask(asked);
    world.run();
    let answer = world.signature(waiter).into_resp().unwrap();
    assert_eq!(answer.profile_uri.as_deref(), Some("mss::authn:loa4:sim"));
    let waiter = world.ask(digest_request("S2-aa", 1, b"a long contract", world.now));
    world.run();
    let answer = world.signature(waiter).into_resp().unwrap();
    assert_eq!(answer.profile_uri.as_deref(), Some("mss::digest:loa4:sim"));
    assert_eq!(world.verify(&answer.signature.unwrap(), Some(b"a long contract")), None, "detached");
    match world.card(1).shown.last().unwrap() {
        Request::SignDigest { title, label, .. } => {
            assert_eq!((title.as_ref().unwrap().as_str(), label.as_str()), ("ae.example", "Contract 7"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn repeats_join_and_other_content_does_not() {
    for remembered in [100, 0] {
        let mut world = World::with_people_and(1, |config| config.limits.remembered_outcomes = remembered);
        world.card(1).mood = Mood::Silent;
        let first = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        world.run();
        world.pass(Duration::from_secs(20));
        let second = world.ask(request("S1-aa", 1, "Pay?", world.now, 99));
        let other = world.ask(request("S1-aa", 1, "Pay more?", world.now, 99));
        assert_eq!(world.fault(other).code.0, 101);
        let gone = world.ask(request("S1-aa", 1, "Pay?", world.now, 99));
        world.turn(vec![HomeInput::WaiterGone { waiter: gone }]);
        let id = world.card_of(1);
        let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
        let reply = world.reply();
        world.turn(vec![HomeInput::answer(id, counter, message, reply)]);
        world.run();
        let raw = world.signature(first).signed.raw;
        assert_eq!(world.signature(second).signed.raw, raw);
        assert!(!world.answers.contains_key(&gone));
        world.turn(vec![]);
        // After the end, from memory or from the store; even when there would be no time left for a new one.
        let late = world.ask(request("S1-aa", 1, "Pay?", world.now, 3));
        let answer = world.signature(late);
        assert_eq!(answer.signed.raw, raw);
        world.verify(&answer.into_resp().unwrap().signature.unwrap(), None);
        let other = world.ask(request("S1-aa", 1, "Pay more?", world.now, 99));
        assert_eq!(world.fault(other).code.0, 101);
        assert_eq!(world.status(AE, AP, "S1-aa"), Ok((500, true)));
        assert_eq!(
            world.card(1).asked.values().copied().collect::<Vec<_>>(),
            vec![1; 4],
            "three keys, one signature"
        );
    }
}

#[test]
fn nobody_sees_anothers_transaction() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.signature(waiter);
    assert_eq!(world.status("other.example", AP, "S1-aa"), Err(101));
    assert_eq!(world.status(AE, "http://ae.example/shop", "S1-aa"), Err(101));
    assert_eq!(world.status(AE, "http://elsewhere", "S1-aa"), Err(104));
    assert_eq!(world.status(AE, AP, "S1-ab"), Err(101));
    // The same number of another AE is another transaction.
    let other = world.ask_as("other.example", request("S1-aa", 1, "Other?", world.now, 120));
    world.run();
    world.signature(other);
}

#[test]
fn one_transaction_for_each_card() {
    let mut world = World::with_people(2);
    world.card(1).mood = Mood::Silent;
    let _first = world.ask(request("S1-aa", 1, "One?", world.now, 120));
    let second = world.ask(request("S2-aa", 1, "Two?", world.now, 120));
    assert_eq!(world.fault(second).code.0, 406);
    let other = world.ask(request("S3-aa", 2, "Three?", world.now, 120));
    world.run();
    world.signature(other);
    world.pass(Duration::from_secs(120));
    world.card(1).mood = Mood::Agrees;
    let again = world.ask(request("S4-aa", 1, "Two?", world.now, 120));
    world.run();
    world.signature(again);
}

#[test]
fn what_the_person_does_is_one_final_answer() {
    for (mood, code, sub) in [(Mood::Cancels, 401, 4011), (Mood::Blocked, 402, 4021)] {
        let mut world = World::with_people(1);
        world.card(1).mood = mood;
        let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        world.run();
        let fault = world.fault(waiter);
        assert_eq!((fault.code.0, fault.sub), (code, Some(sub)));
        assert_eq!(world.status(AE, AP, "S1-aa"), Err(code));
        let again = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
        assert_eq!(world.fault(again).code.0, code);
    }
}

#[test]
fn silence_ends_at_the_deadline() {
    let mut world = World::with_people(1);
    world.card(1).mood = Mood::Silent;
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.pass(Duration::from_secs(39));
    assert_eq!(kinds(&mut world), vec![0x03], "a proof of receipt stops T2");
    world.pass(Duration::from_secs(1));
    assert_eq!(kinds(&mut world), vec![GET_RESULT], "T3");
    world.pass(Duration::from_secs(54));
    assert_eq!(kinds(&mut world), vec![0_u8; 0]);
    world.pass(Duration::from_secs(1));
    assert_eq!(kinds(&mut world), vec![GET_RESULT], "the card's time is over");
    world.pass(Duration::from_millis(24_999));
    assert_eq!(kinds(&mut world), vec![GET_RESULT; 2], "it said nothing final: 5 s, 10 s");
    assert!(!world.answers.contains_key(&waiter));
    world.pass(Duration::from_millis(1));
    assert_eq!(world.fault(waiter).code.0, 208);
    assert_eq!(kinds(&mut world), vec![CANCEL]);
}

#[test]
fn a_lost_answer_is_not_a_lost_signature() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.pump();
    // The report arrives, the answer never does.
    world.pending.retain(|pending| !matches!(pending, super::world::Pending::FromCard { .. }));
    world.run();
    world.pass(Duration::from_secs(40));
    world.signature(waiter);
    assert_eq!(kinds(&mut world), vec![0x03, GET_RESULT, CONFIRM]);
    assert_eq!(world.card(1).asked.values().max(), Some(&1));
}

#[test]
fn a_lost_request_is_sent_again_under_the_next_counter() {
    let mut world = World::with_people(1);
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.pending.clear();
    world.pass(Duration::from_secs(31));
    world.signature(waiter);
    assert_eq!(world.notices, vec![Odd::SentAgain { sends: 2 }]);
    let sent: Vec<_> =
        world.sent.iter().map(|send| (send.message[1], send.message[6], send.counter)).collect();
    let first = sent[0].2;
    assert_eq!(sent, vec![(0x03, 1, first), (0x03, 2, first + 1), (CONFIRM, 2, first + 2)]);
    assert_eq!(world.sent[0].validity, Duration::from_secs(90));
    assert_eq!(world.sent[1].validity, Duration::from_secs(60));
}

#[test]
fn the_next_request_confirms_under_the_quiet_policy() {
    let mut world = World::with_people_and(1, |config| config.delivery = Delivery::REPORT_ERRORS);
    for trace in ["S1-aa", "S2-aa"] {
        let waiter = world.ask(request(trace, 1, "Pay?", world.now, 120));
        world.run();
        world.signature(waiter);
    }
    assert_eq!(kinds(&mut world), vec![0x03, 0x03]);
    assert!(world.sent.iter().all(|send| send.spi == [0x16, 0x3A]));
}

#[test]
fn a_profile_is_what_the_user_can_sign_with() {
    let mut world = World::with_people(1);
    let uris: Vec<String> =
        Operation::ALL.map(|operation| SignatureProfile { operation }.uri().to_owned()).into();
    assert_eq!(world.profile(number(1)), Ok((uris, 3)));
    assert_eq!(world.profile(number(9)), Err(105));
    let record = world.store.tables().audit.iter().rev().nth(1).unwrap().event;
    assert_eq!(record, AuditEvent::ProfileRead);
}

#[test]
fn many_in_one_turn_are_one_commit() {
    let mut world = World::with_people(8);
    let before = world.store.tables().commits;
    let asked: Vec<_> = (1..=8)
        .map(|person| {
            let waiter = world.waiter();
            let request = Box::new(request(&format!("S{person}-aa"), person, "Pay?", world.now, 120));
            HomeInput::SignatureRequested { waiter, ae: node(AE), request }
        })
        .collect();
    world.turn(asked);
    assert_eq!(world.store.tables().commits - before, 1);
    world.run();
    let tables = world.store.tables();
    let signed = tables.rows.values().filter(|row| matches!(row.outcome, Some(Outcome::Signed(_)))).count();
    assert_eq!(signed, 8);
    assert!(tables.rows.keys().copied().eq((1..=tables.rows.len() as u64).map(RowId)));
}

#[test]
fn cards_that_are_forgotten_are_read_again() {
    let mut world = World::with_people_and(6, |config| {
        config.limits.cached_cards = 1;
        config.limits.remembered_outcomes = 0;
    });
    for round in 0..3 {
        for person in 1..=6 {
            let waiter = world.ask(request(&format!("S{round}{person}-aa"), person, "Pay?", world.now, 120));
            world.run();
            world.signature(waiter);
        }
    }
    assert_eq!(world.notices, vec![]);
    world.turn(vec![]);
    let joins: usize = world.engine.joins.values().map(std::collections::BTreeMap::len).sum();
    assert_eq!((joins, world.engine.ended.len()), (0, 0), "nothing is left behind");
}
