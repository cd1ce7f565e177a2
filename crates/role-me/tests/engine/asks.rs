//! What operators may ask, and what a repeat gets.
use mss_core::{Msisdn, message::MobileUser, registration::operation};
use role_me::MeInput;

use crate::world::*;

fn with(name: &str, value: &str) -> mss_core::registration::RegistrationReq {
    let mut request = register("T1");
    let parameters = &mut request.operations.first_mut().unwrap().parameters;
    parameters.retain(|p| p.name != name);
    if !value.is_empty() {
        parameters.push(parameter(name, value));
    }
    request
}

#[test]
fn bad_orders_are_refused_with_the_right_code() {
    let many = {
        let mut request = register("T1");
        request.operations.push(request.operations.first().unwrap().clone());
        request
    };
    let none = {
        let mut request = register("T1");
        request.operations.clear();
        request
    };
    let foreign = {
        let mut request = register("T1");
        request.operations.first_mut().unwrap().namespace = Some("urn:else".into());
        request
    };
    let mut other_target = register("T1");
    other_target.target = MobileUser::from_msisdn(Msisdn::parse("+358400000000").unwrap());
    for (request, code) in [
        (many, "101"),
        (none, "102"),
        (foreign, "101"),
        (other_target, "101"),
        (request("T1", "DropTables", vec![]), "101"),
        (request("T1", operation::BIND_USER, person()), "101"),
        (with("MSISDN", ""), "102"),
        (with("MSISDN", "040"), "101"),
        (with("MSISDN", "+46701234567"), "105"),
        (with("ICCID", ""), "102"),
        (with("ICCID", "12345"), "101"),
        (with("ICCID", "8935801234567890123x"), "101"),
        (with("GivenName", ""), "102"),
        (with("SurName", " "), "102"),
        (with("SurName", &"x".repeat(500)), "101"),
        (with("SerialNumber", "FI\u{1}0123456789ABCDEF"), "101"),
        (request_query("+358400000000"), "105"),
    ] {
        let mut world = World::new();
        let waiter = world.ask(request);
        assert_eq!(world.code(waiter), code);
        let store = world.store.lock().unwrap();
        assert_eq!((store.rows.len(), store.audit.len()), (0, 1), "audited and nothing else");
    }
}

fn request_query(number: &str) -> mss_core::registration::RegistrationReq {
    request("Q", operation::QUERY_USER, vec![parameter("MSISDN", number)])
}

#[test]
fn the_target_may_name_the_number() {
    let mut world = World::new();
    let mut request = with("MSISDN", "");
    request.target = MobileUser::from_msisdn(Msisdn::parse(NUMBER).unwrap());
    let waiter = world.ask(request);
    assert_eq!(world.code(waiter), "-");
}

#[test]
fn the_same_order_and_the_same_person_join() {
    let mut world = World::new();
    let waiters = [
        world.ask(register("T1")),
        world.ask(register("T1")),
        world.ask(register("T2")),
        world.ask_as("rb", register("T9")),
    ];
    assert_eq!(world.store.lock().unwrap().rows.len(), 1);
    world.everybody_works();
    for waiter in waiters {
        assert_eq!(world.code(waiter), "408");
    }
    let ordered = world.ordered.len();
    let later = world.ask(register("T3"));
    assert_eq!((world.code(later).as_str(), world.ordered.len()), ("408", ordered), "active already");
}

#[test]
fn another_person_on_the_number_is_refused() {
    let mut world = World::new();
    world.ask(register("T1"));
    let mut other = with("GivenName", "Aino");
    let same_order = world.ask(other);
    other = with("GivenName", "Aino");
    other.ap_info.ap_trans_id = mss_core::ApTransId::parse("T2").unwrap();
    let other_order = world.ask(other);
    assert_eq!((world.code(same_order), world.code(other_order)), ("101".into(), "407".into()));
    world.everybody_works();
    let mut other = with("GivenName", "Aino");
    other.ap_info.ap_trans_id = mss_core::ApTransId::parse("T2").unwrap();
    let when_active = world.ask(other);
    assert_eq!(world.code(when_active), "407");
}

#[test]
fn a_failed_one_answers_its_own_repeat_and_a_new_order_starts_anew() {
    let mut world = World::new();
    world.ask(register("T1"));
    world.home_refuses(401);
    for restart in [false, true] {
        if restart {
            world.restart();
        }
        let repeat = world.ask(register("T1"));
        assert_eq!(world.code(repeat), "401");
    }
    let new = world.ask(register("T2"));
    world.everybody_works();
    assert_eq!(world.code(new), "408");
    assert_eq!(world.row(2).ap_trans_id.as_str(), "T2");
    assert_ne!(world.row(1).id, world.row(2).id, "the home sees other orders");
}

#[test]
fn a_query_tells_how_far_it_is() {
    let mut world = World::new();
    world.ask(register("T1"));
    world.home_does();
    let running = world.ask(request_query(NUMBER));
    assert_eq!(world.output(running, "State").as_deref(), Some("RUNNING"));
    assert_eq!(world.output(running, "Step").as_deref(), Some("key-sign"));
    world.everybody_works();
    world.restart();
    let active = world.ask(request_query(NUMBER));
    assert_eq!(world.output(active, "State").as_deref(), Some("ACTIVE"));
    world.store.lock().unwrap().broken = true;
    let broken = world.ask(request_query(NUMBER));
    assert_eq!(world.code(broken), "900");
}

#[test]
fn what_happens_in_one_turn_is_known_within_it() {
    let mut world = World::new();
    world.ask(register("T1"));
    let order = world.at_home.remove(0);
    let refused = Err(mss_core::Fault::new(mss_core::FaultCode::USER_CANCEL, ""));
    let end = MeInput::HomeAnswered { row: order.row, attempt: order.attempt, outcome: refused };
    let name = mss_core::NodeName::parse("ra").unwrap();
    let identity = mss_core::RoleIdentity {
        network: mss_core::Network::Me,
        role: mss_core::NetworkRole::Operator,
        name: name.clone(),
    };
    let operator = role_me::authenticate(&[name], &identity).unwrap();
    let waiter = mss_core::engine::WaiterId(77);
    let repeat = MeInput::RegistrationAsked { waiter, operator, request: Box::new(register("T1")) };
    world.turn(vec![end, repeat]);
    assert_eq!(world.code(waiter), "401");
}

#[test]
fn one_who_leaves_is_not_answered() {
    let mut world = World::new();
    let waiter = world.ask(register("T1"));
    world.turn(vec![MeInput::WaiterGone { waiter }]);
    world.everybody_works();
    assert_eq!(world.code(waiter), "-");
    assert!(world.row(1).step().is_none());
}
