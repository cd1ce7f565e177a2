//! Every state of a transaction against every event: what becomes durable and what leaves.

use std::time::Duration;

use crate::world::*;
use mss_core::{Fault, FaultCode, MsspTransId, StatusCode, engine::Engine};
use role_ae::{AeConfig, AeInput, HomeSignature, TroubleKind};

type Act = fn(&mut World);

/// The states, each reached from an empty engine. Row 1 is in the state; its AP is the bank, and a synch waiter waits.
const STATES: &[(&str, Act)] = &[
    ("forwarding", |_| {}),
    ("forward pause", |w| trouble(w)),
    ("asking", |w| {
        w.pass(secs(50));
        trouble(w);
        w.pass(Duration::from_millis(500));
    }),
    ("ask pause", |w| {
        w.pass(secs(50));
        trouble(w);
        w.pass(Duration::from_millis(500));
        trouble(w);
    }),
    ("overdue asking", |w| w.pass(secs(65))),
    ("overdue pause", |w| {
        w.pass(secs(65));
        trouble(w);
    }),
    ("signed", |w| w.turn(vec![answered(1)])),
    ("failed", |w| w.turn(vec![fault_answer(401)])),
];

const EVENTS: &[(&str, Act)] = &[
    ("repeat", |w| {
        w.ask("bank", request("bank", "T1", START));
    }),
    ("repeat, other content", |w| {
        let mut other = request("bank", "T1", START);
        other.dtbs = text("Pay 9999 €");
        w.ask("bank", other);
    }),
    ("poll", |w| {
        let id = w.trans_id(1);
        w.poll("bank", &id);
    }),
    ("poll by another AP", |w| {
        let id = w.trans_id(1);
        w.poll("shop", &id);
    }),
    ("poll with a guess", |w| {
        w.poll("bank", &MsspTransId::parse("S1-00000000000000000000").unwrap());
    }),
    ("home: signature", |w| w.turn(vec![answered(1)])),
    ("home: fault", |w| w.turn(vec![fault_answer(402)])),
    ("home: internal", |w| w.turn(vec![fault_answer(900)])),
    ("home: nonsense", |w| {
        let outcome = Ok(HomeSignature { cms: vec![], ..signature(1) });
        w.turn(vec![AeInput::HomeAnswered { row: 1, outcome }]);
    }),
    ("status: open", |w| w.turn(vec![AeInput::StatusAnswered { row: 1, outcome: Ok(None) }])),
    ("status: signature", |w| {
        w.turn(vec![AeInput::StatusAnswered { row: 1, outcome: Ok(Some(signature(1))) }]);
    }),
    ("status: nonsense", |w| {
        let outcome = Ok(Some(HomeSignature { status: StatusCode::REQUEST_OK, ..signature(1) }));
        w.turn(vec![AeInput::StatusAnswered { row: 1, outcome }]);
    }),
    ("status: unknown", |w| w.turn(vec![status_fault(101)])),
    ("status: expired", |w| w.turn(vec![status_fault(208)])),
    ("status: refused", |w| w.turn(vec![status_fault(104)])),
    ("status: internal", |w| w.turn(vec![status_fault(900)])),
    ("trouble", |w| trouble(w)),
    ("old trouble", |w| w.turn(vec![AeInput::HomeTrouble { row: 1, attempt: 0, kind: TroubleKind::Broken }])),
    ("waiter gone", |w| w.turn(vec![AeInput::WaiterGone { waiter: mss_core::engine::WaiterId(1) }])),
    ("nothing", |w| w.turn(vec![])),
];

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was sent last comes to nothing.
fn trouble(world: &mut World) {
    let forward = world.forwards.iter().map(|f| f.attempt).max().unwrap_or(0);
    let asked = world.questions.iter().map(|q| q.attempt).max().unwrap_or(0);
    world.turn(vec![AeInput::HomeTrouble {
        row: 1,
        attempt: forward.max(asked),
        kind: TroubleKind::Unreachable,
    }]);
}

fn fault_answer(code: u16) -> AeInput {
    AeInput::HomeAnswered { row: 1, outcome: Err(Fault::new(FaultCode(code), "of the home")) }
}

fn status_fault(code: u16) -> AeInput {
    AeInput::StatusAnswered { row: 1, outcome: Err(Fault::new(FaultCode(code), "of the home")) }
}

fn in_state(state: Act) -> World {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    state(&mut world);
    world
}

/// `+end` the row's outcome, `#` an audit record, `!` an answer, `>` a message to the home, `*` when the engine now wants
/// to be woken earlier than before.
fn observe(state: Act, event: Act) -> String {
    let mut world = in_state(state);
    let before = world.engine.next_wake();
    event(&mut world);
    let mut seen = world.seen.join(" ");
    if world.engine.next_wake().is_some_and(|after| before.is_none_or(|before| after < before)) {
        seen.push_str(" *");
    }
    seen.trim().to_owned()
}

#[test]
fn every_state_meets_every_event() {
    let table = include_str!("events.txt");
    let mut written = String::new();
    for (state, reach) in STATES {
        written.push_str(&format!("[{state}]\n"));
        for (event, happen) in EVENTS {
            let seen = observe(*reach, *happen);
            written.push_str(format!("{event:<22} | {seen}").trim_end());
            written.push('\n');
        }
    }
    for (line, (is, should)) in written.lines().zip(table.lines()).enumerate() {
        assert_eq!(is, should, "line {} of events.txt", line + 1);
    }
    assert_eq!(written.lines().count(), table.lines().count(), "{written}");
}

/// Lets time pass until something is sent; how long that took.
fn until_sent(world: &mut World) -> Duration {
    let sent = |world: &World| world.forwards.len() + world.questions.len();
    let (before, start) = (sent(world), world.now);
    while sent(world) == before {
        let wake = world.engine.next_wake().unwrap();
        world.pass(world.now.until(wake));
    }
    start.until(world.now)
}

fn assert_pauses(pauses: &[Duration], full: &[u64]) {
    for (pause, full) in pauses.iter().zip(full) {
        let full = Duration::from_millis(*full);
        assert!(*pause <= full && *pause * 4 >= full * 3, "{pauses:?}");
    }
}

#[test]
fn pauses_double_up_to_their_limits() {
    let mut world = in_state(|_| {});
    let mut pauses = vec![];
    while world.questions.is_empty() {
        trouble(&mut world);
        pauses.push(until_sent(&mut world));
    }
    assert_pauses(&pauses, &[500, 1000, 2000, 4000, 8000, 8000, 8000]);
    let shortest = world.forwards.iter().filter_map(|forward| forward.request.timeout_s).min();
    assert!(shortest.is_some_and(|left| left >= 15), "a home needs its time");
}

#[test]
fn reconciliation_slows_down_to_a_minute_and_never_ends() {
    let mut world = in_state(|w| w.pass(secs(65)));
    let mut pauses = vec![];
    for _ in 0..10 {
        world.turn(vec![AeInput::StatusAnswered { row: 1, outcome: Ok(None) }]);
        pauses.push(until_sent(&mut world));
    }
    assert_pauses(&pauses, &[500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert!(pauses[7] != pauses[8] || pauses[8] != pauses[9], "what failed together comes back apart");
    world.pass(secs(24 * 3600));
    assert_eq!(world.engine.open_transactions(), 1, "only the home ends it");
    let id = world.trans_id(1);
    assert_eq!(answer_code(world.poll("bank", &id)), "504");
    world.turn(vec![status_fault(208)]);
    assert_eq!(answer_code(world.poll("bank", &id)), "208");
}

#[test]
fn a_home_that_keeps_failing_inside_is_believed_in_the_end() {
    let mut world = in_state(|w| w.pass(secs(65)));
    world.turn(vec![status_fault(900)]);
    assert_eq!(world.engine.open_transactions(), 1);
    world.pass(secs(300));
    world.turn(vec![status_fault(900)]);
    assert_eq!(world.engine.open_transactions(), 0);
}

#[test]
fn patience_ends_with_its_last_moment() {
    for (short_of, open) in [(1, 1), (0, 0)] {
        let mut world = in_state(|w| w.pass(secs(65)));
        let deadline = world.store.lock().unwrap().rows[&1].0.deadline;
        world.now = deadline.plus(world.config.patience).minus(Duration::from_millis(short_of));
        world.turn(vec![]);
        world.turn(vec![status_fault(900)]);
        assert_eq!(world.engine.open_transactions(), open);
    }
}

#[test]
fn a_pause_too_short_to_spread_is_kept() {
    let mut config = AeConfig::new(mss_core::MeshMember::from_uri("http://ae"));
    config.first_retry = Duration::from_millis(3);
    let mut world = World::with(config);
    world.ask("bank", request("bank", "T1", START));
    trouble(&mut world);
    assert_eq!(until_sent(&mut world).as_millis(), 3);
}

#[test]
fn a_home_that_goes_down_with_900_is_asked_again() {
    let mut world = in_state(|w| w.turn(vec![fault_answer(900)]));
    until_sent(&mut world);
    assert_eq!(world.forwards.len(), 2);
    world.turn(vec![answered(1)]);
    let waiter = world.ask("bank", request("bank", "T1", START));
    assert_eq!(world.code(waiter), "500");
    let mut world = in_state(|_| {});
    for _ in 0..3 {
        assert_eq!(world.engine.open_transactions(), 1);
        world.turn(vec![fault_answer(900)]);
        if world.engine.open_transactions() == 1 {
            until_sent(&mut world);
        }
    }
    assert_eq!(world.engine.open_transactions(), 0, "three times is believed");
}

#[test]
fn a_status_answer_without_profile_gets_the_one_that_was_asked_for() {
    let mut world = in_state(|w| w.pass(secs(65)));
    let made = HomeSignature { profile_uri: String::new(), ..signature(1) };
    world.turn(vec![AeInput::StatusAnswered { row: 1, outcome: Ok(Some(made)) }]);
    let waiter = world.ask("bank", request("bank", "T1", START));
    let Some(Ok(role_ae::AeAnswer::Signature(resp))) = world.answer(waiter) else { panic!("no signature") };
    assert_eq!(resp.profile_uri.as_deref(), Some("mss::sign:loa4:sim"));
}

#[test]
fn a_clock_set_back_changes_nothing() {
    let mut world = in_state(|_| {});
    world.now = world.now.minus(secs(3600));
    world.turn(vec![answered(1)]);
    let store = world.store.lock().unwrap();
    assert!(store.audit.iter().all(|record| record.at >= START));
}
