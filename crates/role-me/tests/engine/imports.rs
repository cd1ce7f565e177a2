//! Card batches pass through to the home.
use std::time::Duration;

use mss_core::registration::{RegistrationReq, operation};

use crate::world::*;

fn import(trans_id: &str, batch: &str) -> RegistrationReq {
    request(trans_id, operation::IMPORT_CARDS, vec![parameter("Batch", batch)])
}

#[test]
fn a_batch_goes_to_the_home_as_it_is() {
    let mut world = World::new();
    let waiter = world.ask(import("T1", "QUJD"));
    let order = world.at_home.first().unwrap();
    assert_eq!(order.home.as_str(), "home-0");
    assert_eq!(order.request.operations.first().unwrap().parameter("Batch"), Some("QUJD"));
    world.home_does();
    assert_eq!(
        (world.code(waiter).as_str(), world.output(waiter, "Imported").as_deref()),
        ("408", Some("3"))
    );
    let store = world.store.lock().unwrap();
    assert_eq!((store.rows.len(), store.audit.len()), (0, 2), "nothing of it is kept");
}

#[test]
fn repeats_join_and_keep_their_number_across_a_restart() {
    let mut world = World::new();
    let first = world.ask(import("T1", "QUJD"));
    let second = world.ask(import("T1", "QUJD"));
    let other = world.ask(import("T1", "REVG"));
    let another = world.ask_as("rb", import("T1", "QUJD"));
    assert_eq!(world.at_home.len(), 2);
    world.home_does();
    assert_eq!(
        (world.code(first), world.code(second), world.code(other)),
        ("408".into(), "408".into(), "101".into())
    );
    assert_eq!(world.code(another), "-");
    world.restart();
    world.ask(import("T1", "QUJD"));
    let numbers: Vec<&str> = world.ordered.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(numbers.first(), numbers.last(), "to the home it is the same order");
    assert_ne!(numbers.first(), numbers.get(1), "another operator's is another");
}

#[test]
fn trouble_is_waited_out_until_the_limit() {
    let mut world = World::new();
    let waiter = world.ask(import("T1", "QUJD"));
    world.home_is_away();
    world.pass(Duration::from_secs(1));
    world.home_refuses(900);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.at_home.len(), 1);
    world.pass(Duration::from_secs(15 * 60));
    assert_eq!(world.code(waiter), "407");
    let waiter = world.ask(import("T2", "QUJD"));
    world.at_home.remove(0);
    world.home_refuses(101);
    assert_eq!(world.code(waiter), "101");
}
