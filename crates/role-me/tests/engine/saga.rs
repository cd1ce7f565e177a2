//! A registration from its order to the active person, and everything that may come between.
use std::time::Duration;

use mss_core::registration::operation;
use role_me::{CaTrouble, HomeTrouble, MeInput, RegistrationState, Step};

use crate::world::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn ten_steps_make_a_person_active() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    world.everybody_works();
    assert_eq!(world.code(waiter), "408");
    assert_eq!(world.output(waiter, "State").as_deref(), Some("ACTIVE"));
    let operations: Vec<&str> = world.ordered.iter().map(|(_, operation)| operation.as_str()).collect();
    let key = [operation::GENERATE_KEY, operation::SET_CERTIFICATE];
    let expected: Vec<&str> = std::iter::once(operation::BIND_USER).chain([key, key, key].concat()).collect();
    assert_eq!(operations, expected);
    let row = world.row(1);
    assert_eq!((row.state, row.version, row.keys.len()), (RegistrationState::Active, 11, 3));
    assert!(row.keys.iter().all(|key| key.path.len() == 2));
    let events = world.store.lock().unwrap().audit.len();
    assert_eq!(events, 1 + 10 + 1);
}

#[test]
fn orders_say_what_the_home_needs_and_no_more() {
    let mut world = World::new();
    world.ask(register("T1"));
    let order = world.at_home.first().unwrap();
    assert_eq!((order.home.as_str(), order.request.ap_info.ap_id.as_str()), ("home-1", "http://me"));
    let bind = order.request.operations.first().unwrap();
    assert_eq!(bind.parameter("MSISDN"), Some(NUMBER));
    assert_eq!(bind.parameter("UserSerial"), Some("FI-0123456789ABCDEF"));
    assert!(bind.parameters.iter().all(|p| !p.value.contains("Väinö")), "names stay in ME");
    world.home_does();
    world.home_does();
    let order = world.at_ca.first().unwrap();
    assert_eq!((order.given_name.as_str(), order.common_name.as_str()), ("Väinö", "Väinö Ääri"));
    world.ca_does();
    let install = world.at_home.first().unwrap().request.operations.first().unwrap();
    let certificates = install.parameters.iter().filter(|p| p.name == "Certificate").count();
    assert_eq!((install.parameter("Operation"), certificates), (Some("sign"), 2));
}

#[test]
fn a_restart_at_every_step_asks_for_the_same_step_under_the_same_number() {
    let mut world = World::new();
    world.ask(register("T1"));
    let mut numbers = std::collections::BTreeSet::new();
    while world.store.lock().unwrap().rows.values().any(|row| row.step().is_some()) {
        let before: Vec<String> = numbers_of(&world);
        world.restart();
        assert_eq!(numbers_of(&world), before);
        numbers.extend(before);
        if world.at_ca.is_empty() { world.home_does() } else { world.ca_does() }
    }
    assert_eq!(numbers.len(), 10, "one number for each step");
    let again = world.ask(register("T1"));
    assert_eq!(world.code(again), "408");
}

fn numbers_of(world: &World) -> Vec<String> {
    let home = world.at_home.iter().map(|order| order.request.ap_info.ap_trans_id.as_str().to_owned());
    home.chain(world.at_ca.iter().map(|order| order.order_id.clone())).collect()
}

#[test]
fn trouble_is_waited_out() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    for _ in 0..3 {
        world.home_is_away();
        assert!(world.at_home.is_empty());
        world.pass(secs(10));
    }
    for code in [406, 900, 780] {
        world.home_refuses(code);
        world.pass(secs(10));
    }
    world.home_does();
    world.home_does();
    let order = world.at_ca.remove(0);
    let trouble = CaTrouble::Unreachable;
    world.turn(vec![MeInput::CaTrouble { row: order.row, attempt: order.attempt, kind: trouble }]);
    world.pass(secs(1));
    assert_eq!(world.at_ca.first().map(|again| again.order_id.as_str()), Some(order.order_id.as_str()));
    world.everybody_works();
    assert_eq!(world.code(waiter), "408");
    let numbers: std::collections::BTreeSet<_> = world.ordered.iter().collect();
    assert_eq!((world.ordered.len(), numbers.len()), (7 + 6, 7), "repeats have the number of the first");
}

#[test]
fn a_late_reply_to_an_older_attempt_changes_nothing() {
    let mut world = World::new();
    world.ask(register("T1"));
    world.home_is_away();
    world.pass(secs(1));
    let old = MeInput::HomeAnswered { row: 1, attempt: 1, outcome: Ok(vec![]) };
    let older = MeInput::HomeTrouble { row: 1, attempt: 1, kind: HomeTrouble::Broken };
    let unknown = MeInput::CertificateIssued { row: 1, attempt: 2, path: vec![] };
    world.turn(vec![old, older, unknown, MeInput::HomeAnswered { row: 9, attempt: 1, outcome: Ok(vec![]) }]);
    assert_eq!(world.row(1).step(), Some(Step::Bind));
    world.everybody_works();
    assert_eq!(world.row(1).state, RegistrationState::Active);
}

#[test]
fn what_the_home_refuses_for_good_ends_it() {
    for code in [101, 105, 208, 401, 402] {
        let mut world = World::new();
        let waiter = world.ask(register("T1"));
        world.home_does();
        world.home_refuses(code);
        assert_eq!(world.code(waiter), code.to_string());
        assert_eq!((world.engine.running(), world.at_home.len()), (0, 0));
    }
}

#[test]
fn a_wrong_certificate_or_key_never_reaches_the_card() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    world.home_does();
    world.home_does();
    let order = world.at_ca.remove(0);
    let path = vec![vec![1, 2, 3]];
    world.turn(vec![MeInput::CertificateIssued { row: order.row, attempt: order.attempt, path }]);
    assert_eq!(world.code(waiter), "407");
    for output in [vec![], vec![parameter("PublicKey", "AAAA")], vec![parameter("PublicKey", "?")]] {
        let mut world = World::new();
        let waiter = world.ask(register("T1"));
        world.home_does();
        let order = world.at_home.remove(0);
        let output =
            mss_core::registration::MregOutput { name: operation::GENERATE_KEY.into(), parameters: output };
        let outcome = Ok(vec![output]);
        world.turn(vec![MeInput::HomeAnswered { row: order.row, attempt: order.attempt, outcome }]);
        assert_eq!(world.code(waiter), "407");
    }
}

#[test]
fn a_ca_that_refuses_ends_it() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    world.home_does();
    world.home_does();
    let order = world.at_ca.remove(0);
    let kind = CaTrouble::Refused("order_conflict".into());
    world.turn(vec![MeInput::CaTrouble { row: order.row, attempt: order.attempt, kind }]);
    assert_eq!(world.code(waiter), "407");
}

#[test]
fn the_limit_holds_across_restarts() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    world.home_does();
    world.pass(secs(15 * 60 - 1));
    assert_eq!(world.code(waiter), "-");
    world.pass(secs(1));
    assert_eq!(world.code(waiter), "407");
    let mut world = World::new();
    world.ask(register("T1"));
    let before = world.ordered.len();
    world.now = world.now.plus(secs(15 * 60));
    world.restart();
    assert_eq!(world.ordered.len(), before, "past the limit nobody is asked");
    world.turn(vec![]);
    assert!(matches!(world.row(1).state, RegistrationState::Failed(_)));
}

#[test]
fn a_clock_behind_the_last_commit_refuses_to_start() {
    let mut world = World::new();
    world.ask(register("T1"));
    world.now = START.minus(secs(1));
    let restarted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.restart()));
    assert!(restarted.is_err());
}
