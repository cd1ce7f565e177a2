use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use mss_core::{Operation, registration::operation};

use super::{
    fake_card::{FakeCard, Mood},
    world::{World, iccid, imported, number, request},
};
use crate::{AuditEvent, HomeInput, KeyState, Odd};

fn code<T>(result: Result<T, mss_core::Fault>) -> Result<(), u16> {
    result.map(drop).map_err(|fault| fault.code.0)
}

#[test]
fn the_order_of_a_keys_life() {
    let mut world = World::new();
    world.import(1).unwrap();
    assert_eq!(code(world.generate(1, Operation::Sign, "g")), Err(105), "nobody is bound yet");
    world.bind(1).unwrap();
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(waiter).code.0, 404);
    let state = |world: &World| world.store.tables().keys.values().next().unwrap().state;
    let public_key = world.generate(1, Operation::Sign, "g").unwrap();
    assert_eq!(state(&world), KeyState::Uncertified);
    let waiter = world.ask(request("S2-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(waiter).code.0, 404, "no certificate, no signature");
    world.certify(1, Operation::Sign, &public_key, "c").unwrap();
    assert_eq!(state(&world), KeyState::Active);
    let waiter = world.ask(request("S3-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.signature(waiter);
    assert_eq!(code(world.generate(1, Operation::Sign, "h")), Err(407), "an active key stays");
}

#[test]
fn repeats_join_their_order() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let public_key = world.generate(1, Operation::Sign, "g").unwrap();
    let rows = world.store.tables().rows.len();
    assert_eq!(world.generate(1, Operation::Sign, "g").unwrap(), public_key);
    world.bind(1).unwrap();
    let again = world.order("i1", operation::IMPORT_CARDS, &[], vec![imported(1, 1)]).unwrap();
    assert_eq!(again.outputs[0].parameters[0].value, "1");
    assert_eq!(world.store.tables().rows.len(), rows);
    world.crash();
    assert_eq!(world.generate(1, Operation::Sign, "g").unwrap(), public_key, "from the store");
    // Another order under the same number.
    let parameters = [("MSISDN", number(1).international()), ("Operation", "authn".to_owned())];
    assert_eq!(code(world.order("g1-sign", operation::GENERATE_KEY, &parameters, vec![])), Err(101));
}

#[test]
fn cards_are_imported_once() {
    let mut world = World::new();
    let mut order = |name: &str, cards| {
        let done = world.order(name, operation::IMPORT_CARDS, &[], cards);
        done.map(|done| done.outputs[0].parameters[0].value.clone()).map_err(|fault| fault.code.0)
    };
    assert_eq!(order("a", vec![imported(1, 1), imported(2, 2), imported(1, 1)]), Ok("3".into()));
    assert_eq!(order("b", vec![imported(1, 1), imported(3, 3)]), Ok("2".into()));
    assert_eq!(order("c", vec![imported(4, 4), imported(5, 1)]), Err(407), "another number for the card");
    assert_eq!(order("d", vec![imported(1, 6)]), Err(407), "another card for the number");
    assert_eq!(order("e", vec![imported(7, 7), imported(8, 7)]), Err(407), "in one batch");
    assert_eq!(order("f", vec![]), Err(102));
    assert_eq!(world.store.tables().cards.len(), 3, "all or none");
}

#[test]
fn a_card_has_one_person() {
    let mut world = World::new();
    world.import(1).unwrap();
    let mut bind = |name: &str, person, card, serial: &str| {
        let parameters = [
            ("MSISDN", number(person).international()),
            ("ICCID", iccid(card)),
            ("UserSerial", serial.to_owned()),
        ];
        code(world.order(name, operation::BIND_USER, &parameters, vec![]))
    };
    assert_eq!(bind("a", 1, 2, "FI-1"), Err(407), "no such card");
    assert_eq!(bind("b", 2, 1, "FI-1"), Err(407), "another number");
    assert_eq!(bind("c", 1, 1, "FI-1"), Ok(()));
    assert_eq!(bind("d", 1, 1, "FI-1"), Ok(()));
    assert_eq!(bind("e", 1, 1, "FI-2"), Err(407), "another person");
    assert_eq!(bind("f", 1, 1, ""), Err(102));
    assert_eq!(world.store.tables().users.len(), 1);
}

#[test]
fn certificates_must_fit() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let month = Duration::from_secs(30 * 86_400);
    let sign = world.generate(1, Operation::Sign, "g").unwrap();
    let authn = world.generate(1, Operation::Authn, "g").unwrap();
    let fits = world.certificate(1, Operation::Sign, &sign, month);
    let others = world.certificate(1, Operation::Sign, &authn, month);
    let short = world.certificate(1, Operation::Sign, &sign, Duration::from_secs(5));
    let second = world.certificate(1, Operation::Sign, &sign, month);
    assert_eq!(code(world.set_certificate(1, Operation::Digest, &fits, "a")), Err(404), "no such key");
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &others, "b")), Err(407), "another key");
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &[1, 2], "c")), Err(407), "no certificate");
    world.pass(Duration::from_secs(10));
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &short, "d")), Err(407), "expired");
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &fits, "e")), Ok(()));
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &second, "f")), Err(407), "a second one");
    world.sent.clear();
    assert_eq!(code(world.set_certificate(1, Operation::Sign, &fits, "h")), Ok(()), "the same again");
    assert_eq!(world.sent.len(), 0, "the card knows it");
}

#[test]
fn a_lost_acknowledgement_is_made_good_by_the_same_certificate() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let key = world.generate(1, Operation::Sign, "g").unwrap();
    let month = Duration::from_secs(30 * 86_400);
    let (fits, second) = (
        world.certificate(1, Operation::Sign, &key, month),
        world.certificate(1, Operation::Sign, &key, month),
    );
    let issuing = world.issuing();
    let parameters = |der: &[u8]| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        [
            ("MSISDN", number(1).international()),
            ("Operation", "sign".to_owned()),
            ("Certificate", STANDARD.encode(der)),
            ("Certificate", issuing.clone()),
        ]
    };
    let waiter = world.start_order("a", operation::SET_CERTIFICATE, &parameters(&fits), vec![]);
    let busy = world.start_order("b", operation::SET_CERTIFICATE, &parameters(&fits), vec![]);
    assert_eq!(world.outcome_of(busy).unwrap_err().code.0, 406);
    world.pump();
    world.pending.clear();
    while !world.answers.contains_key(&waiter) {
        // Nothing comes back, whatever is tried.
        world.now = world.engine_wake();
        world.turn(vec![]);
        world.pending.clear();
    }
    assert_eq!(world.outcome_of(waiter).unwrap_err().code.0, 208);
    assert_eq!(world.store.tables().keys.values().next().unwrap().state, KeyState::Certified);
    let other = world.order("c", operation::SET_CERTIFICATE, &parameters(&second), vec![]);
    assert_eq!(code(other), Err(407), "the card may have the first");
    assert_eq!(code(world.order("d", operation::SET_CERTIFICATE, &parameters(&fits), vec![])), Ok(()));
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    world.signature(waiter);
}

#[test]
fn possession_is_proven_and_keys_are_nobody_elses() {
    // The proof names the card: that of another ICCID does not fit.
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    let id = world.card_of(1);
    world.cards.insert(id, FakeCard::new("8935801999999999999"));
    assert_eq!(code(world.generate(1, Operation::Sign, "g")), Err(407));
    assert!(world.saw(&Odd::WrongPossession));
    assert_eq!(world.store.tables().keys.len(), 0);
}

#[test]
fn two_cards_with_one_key_are_one_too_many() {
    let mut world = World::new();
    let rng = aws_lc_rs::rand::SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
    for person in [1, 2] {
        world.import(person).unwrap();
        world.bind(person).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        world.card(person).next_pair = Some(pair);
    }
    world.generate(1, Operation::Sign, "g").unwrap();
    assert_eq!(code(world.generate(2, Operation::Sign, "g")), Err(407));
    assert!(world.saw(&Odd::KeyOfAnother));
    assert_eq!(code(world.generate(2, Operation::Sign, "h")), Ok(()));
}

#[test]
fn a_late_key_is_not_taken_and_the_next_order_makes_another() {
    let mut world = World::new();
    world.import(1).unwrap();
    world.bind(1).unwrap();
    world.card(1).mood = Mood::Silent;
    let parameters = [("MSISDN", number(1).international()), ("Operation", "sign".to_owned())];
    let waiter = world.start_order("g", operation::GENERATE_KEY, &parameters, vec![]);
    world.pump();
    world.run();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    while !world.answers.contains_key(&waiter) {
        world.now = world.engine_wake();
        world.turn(vec![]);
        world.pending.clear();
    }
    assert_eq!(world.outcome_of(waiter).unwrap_err().code.0, 208);
    let id = world.card_of(1);
    let reply = world.reply();
    world.notices.clear();
    world.turn(vec![HomeInput::answer(id, counter, message, reply)]);
    world.run();
    assert!(world.saw(&Odd::LateResult { proven: true }));
    assert_eq!(world.store.tables().keys.len(), 0);
    assert!(
        world.store.tables().audit.iter().any(|record| record.event == AuditEvent::Late { proven: true })
    );
    world.card(1).mood = Mood::Agrees;
    world.generate(1, Operation::Sign, "h").unwrap();
}

#[test]
fn orders_that_are_not_ours() {
    let mut world = World::new();
    let number = || ("MSISDN", number(1).international());
    for (n, (name, parameters, expected)) in [
        ("Dance", vec![], 108),
        (operation::REGISTER_USER, vec![number()], 108),
        (operation::GENERATE_KEY, vec![number()], 102),
        (operation::GENERATE_KEY, vec![number(), ("Operation", "seal".into())], 101),
        (operation::GENERATE_KEY, vec![("MSISDN", "12".into()), ("Operation", "sign".into())], 101),
        (operation::GENERATE_KEY, vec![number(), ("Operation", "sign".into())], 105),
        (operation::BIND_USER, vec![number(), ("ICCID", "x".into()), ("UserSerial", "1".into())], 101),
        (operation::SET_CERTIFICATE, vec![number(), ("Operation", "sign".into())], 102),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(world.order(&format!("o{n}"), name, &parameters, vec![])), Err(expected), "{name}");
    }
    assert_eq!(world.store.tables().rows.len(), 0);
    assert_eq!(world.store.tables().audit.len(), 8, "every refusal is on record");
}
