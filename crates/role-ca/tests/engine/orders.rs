use std::{sync::atomic::Ordering, time::Duration};

use mss_core::{NodeName, Operation};
use mss_pki::{Certificate, Signer, UserCertificate, certificate::KeyUsage, path::validate};
use role_ca::{AuditEvent, BadOrder, CaInput, Notice, OrderId, Refusal};

use crate::world::{SERIAL, World, order, path};

#[test]
fn an_order_becomes_a_path_to_the_users_root() {
    let mut world = World::new();
    for operation in Operation::ALL {
        let key = world.key();
        let input = world.order("me", order(operation.word(), operation, key.public_key()));
        let path = path(world.one(input));
        assert_eq!(path.len(), 2, "leaf and issuing CA, never the root");
        assert_eq!(path[1], world.users_issuing());
        let certificates: Vec<_> = path.iter().map(|der| Certificate::parse(der).unwrap()).collect();
        let [leaf, _] = certificates.as_slice() else { panic!() };
        validate(
            &certificates.iter().collect::<Vec<_>>(),
            std::slice::from_ref(&world.users_root),
            world.now,
        )
        .unwrap();
        UserCertificate::parse(&path).unwrap();
        assert_eq!(leaf.public_key(), key.public_key());
        let will = leaf.key_usage().unwrap().contains(KeyUsage::NON_REPUDIATION);
        assert_eq!(will, operation != Operation::Authn, "{operation:?}");
        for value in ["Väinö", "Ääri", SERIAL] {
            assert!(leaf.subject().contains(value), "{}", leaf.subject());
        }
        let validity = leaf.validity();
        let two_years = Duration::from_secs(730 * 86_400);
        assert_eq!(validity.not_before.secs(), world.now.secs() - 300);
        assert_eq!(validity.not_after.secs(), world.now.plus(two_years).secs());
    }
}

#[test]
fn a_repeat_gets_the_same_certificate() {
    let mut world = World::new();
    let (key, other) = (world.key(), world.key());
    let sign = || order("S1-sign", Operation::Sign, key.public_key());
    let inputs = vec![world.order("me", sign()), world.order("me", sign())];
    let (answers, notices) = world.turn(inputs);
    let [first, second] = <[_; 2]>::try_from(answers).unwrap().map(path);
    assert_eq!(first, second, "in the same turn");
    assert!(matches!(notices.as_slice(), [Notice::UserCertified { .. }, Notice::OrderRepeated { .. }]));
    world.now = world.now.plus(Duration::from_secs(3600));
    world.restart();
    let again = world.order("me", sign());
    assert_eq!(path(world.one(again)), first, "after a restart");
    for changed in [
        order("S1-sign", Operation::Sign, other.public_key()),
        order("S1-sign", Operation::Authn, key.public_key()),
    ] {
        let input = world.order("me", changed);
        assert_eq!(world.one(input), Err(Refusal::OrderExists));
    }
    let elsewhere = world.order("me-2", order("S1-sign", Operation::Sign, other.public_key()));
    assert_ne!(path(world.one(elsewhere)), first, "another ME's numbers are its own");
    let memory = world.memory.lock().unwrap();
    assert_eq!(memory.certificates.iter().map(|row| row.row).collect::<Vec<_>>(), vec![1, 2]);
    let refused = |record: &&role_ca::AuditRecord| matches!(record.event, AuditEvent::OrderRefused { .. });
    assert_eq!(memory.audit.iter().filter(refused).count(), 2);
    assert_eq!(memory.audit.len(), 4, "a repeat changes nothing");
}

#[test]
fn serial_numbers_differ_and_are_of_full_length() {
    let mut world = World::new();
    let keys: Vec<_> = (0..50).map(|_| world.key()).collect();
    let orders = keys.iter().zip(0..);
    let inputs: Vec<_> = orders
        .map(|(key, n)| world.order("me", order(&format!("S{n}"), Operation::Sign, key.public_key())))
        .collect();
    let (answers, _) = world.turn(inputs);
    let mut serials: Vec<_> = answers
        .into_iter()
        .map(|answer| Certificate::parse(&path(answer)[0]).unwrap().serial_hex())
        .collect();
    assert!(serials.iter().all(|serial| serial.len() == 32));
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 50);
}

#[test]
fn a_refused_order_is_on_record_and_can_be_made_again() {
    let mut world = World::new();
    let me = NodeName::parse("me").unwrap();
    let bad = BadOrder { order_id: OrderId::parse("S1"), refusal: Refusal::CommonName };
    let input = CaInput::Order { waiter: world.waiter(), me: me.clone(), order: Err(bad) };
    assert_eq!(world.one(input), Err(Refusal::CommonName));
    let event = AuditEvent::OrderRefused { me, order_id: OrderId::parse("S1"), refusal: "subject" };
    assert_eq!(world.memory.lock().unwrap().audit.last().unwrap().event, event);

    let key = world.key();
    world.broken.store(true, Ordering::Relaxed);
    let input = world.order("me", order("S1", Operation::Sign, key.public_key()));
    let refusal = world.one(input).unwrap_err();
    assert!(refusal.is_temporary());
    world.broken.store(false, Ordering::Relaxed);
    let input = world.order("me", order("S1", Operation::Sign, key.public_key()));
    assert!(world.one(input).is_ok());
}

#[test]
fn a_key_has_one_certificate_whoever_orders_the_second() {
    let mut world = World::new();
    let key = world.key();
    let input = world.order("me", order("S1-sign", Operation::Sign, key.public_key()));
    let first = path(world.one(input));
    let seconds = [
        ("me", "S2-sign", Operation::Sign),
        ("me", "S1-authn", Operation::Authn),
        ("me-2", "S1-sign", Operation::Sign),
    ];
    for (me, number, operation) in seconds {
        let input = world.order(me, order(number, operation, key.public_key()));
        assert_eq!(world.one(input), Err(Refusal::KeyCertified), "{me} {number}");
        let event = AuditEvent::OrderRefused {
            me: NodeName::parse(me).unwrap(),
            order_id: OrderId::parse(number),
            refusal: "key_certified",
        };
        assert_eq!(world.memory.lock().unwrap().audit.last().unwrap().event, event);
        world.restart();
    }
    let again = world.order("me", order("S1-sign", Operation::Sign, key.public_key()));
    assert_eq!(path(world.one(again)), first, "its own order still gets it");

    // In one turn the first wins.
    let key = world.key();
    let inputs = vec![
        world.order("me", order("S3-sign", Operation::Sign, key.public_key())),
        world.order("me", order("S4-sign", Operation::Sign, key.public_key())),
    ];
    let (answers, notices) = world.turn(inputs);
    assert!(answers[0].is_ok());
    assert_eq!(answers[1], Err(Refusal::KeyCertified));
    assert!(matches!(notices.as_slice(), [Notice::UserCertified { .. }, Notice::OrderRefused { .. }]));
    // What cannot be looked up is not issued.
    let key = world.key();
    world.memory.lock().unwrap().unreadable = true;
    let input = world.order("me", order("S5-sign", Operation::Sign, key.public_key()));
    let (answers, _) = world.turn(vec![input]);
    assert!(answers[0].as_ref().unwrap_err().is_temporary());
}
