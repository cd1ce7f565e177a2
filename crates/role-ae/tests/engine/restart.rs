//! A restart at every point: the transaction goes on, ends once, and the AP that repeats gets its answer.
use std::time::Duration;

use mss_core::{Fault, FaultCode, MeshMember};
use role_ae::{AeConfig, AeEngine, AeInput, AeParts, ResumeError, TroubleKind};

use crate::world::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn an_open_row_is_forwarded_again_and_the_repeat_joins() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    let id = world.trans_id(1);
    world.pass(secs(10));
    world.restart();
    assert_eq!(world.forwards.len(), 2);
    let again = world.forwards.last().unwrap();
    assert_eq!(again.request.roaming[0].transaction_id, id.as_str(), "the home joins by this");
    assert_eq!(again.request.timeout_s, Some(49), "the time that is left");
    let repeat = world.ask("bank", request("bank", "T1", START));
    world.turn(vec![answered(1)]);
    assert_eq!((world.code(repeat), world.forwards.len()), ("500".into(), 2));
}

#[test]
fn near_and_past_the_deadline_the_home_is_asked_instead() {
    for (wait, overdue) in [(50, false), (62, false), (65, true), (4000, true)] {
        let mut world = World::new();
        world.ask("bank", asynch("bank", "T1", START));
        world.now = world.now.plus(secs(wait));
        world.restart();
        assert_eq!((world.forwards.len(), world.questions.len()), (1, 1), "{wait}");
        assert_eq!(world.questions[0].query.mssp_trans_id, world.trans_id(1));
        world.pass(secs(100));
        let audited = world.store.lock().unwrap().audit.len();
        assert_eq!(audited, if overdue { 1 } else { 2 }, "{wait}");
        world.turn(vec![AeInput::StatusAnswered { row: 1, outcome: Ok(Some(signature(7))) }]);
        let id = world.trans_id(1);
        assert_eq!(answer_code(world.poll("bank", &id)), "500");
    }
}

#[test]
fn a_finished_row_stays_finished() {
    let mut world = World::new();
    world.ask("bank", asynch("bank", "T1", START));
    world.ask("bank", asynch("bank", "T2", START));
    world.turn(vec![answered(1)]);
    world.turn(vec![AeInput::HomeAnswered {
        row: 2,
        outcome: Err(Fault::new(FaultCode::USER_CANCEL, "").with_sub(4011)),
    }]);
    world.restart();
    assert_eq!((world.forwards.len(), world.engine.open_transactions()), (2, 0));
    let (first, second) = (world.trans_id(1), world.trans_id(2));
    assert_eq!(answer_code(world.poll("bank", &first)), "500");
    assert_eq!(answer_code(world.poll("bank", &second)), "401.4011");
    let repeat = world.ask("bank", asynch("bank", "T1", START));
    assert_eq!(world.code(repeat), "100");
    world.turn(vec![answered(1)]);
    let new = world.ask("bank", request("bank", "T3", START));
    assert_eq!((world.code(new), world.store.lock().unwrap().rows.len()), ("-".into(), 3));
}

#[test]
fn a_trouble_report_of_the_last_run_does_no_harm() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    world.restart();
    world.turn(vec![AeInput::HomeTrouble { row: 1, attempt: 1, kind: TroubleKind::Broken }]);
    world.pass(secs(1));
    assert_eq!(world.forwards.len(), 3, "at worst the home is asked once more");
}

#[test]
fn a_clock_behind_the_last_commit_refuses_to_start() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    let parts = AeParts {
        config: AeConfig::new(MeshMember::default()),
        router: Box::new(|_: &mss_core::message::MobileUser| Err(Fault::new(FaultCode::UNKNOWN_CLIENT, ""))),
        reader: Box::new(Nothing),
        hasher: hash,
    };
    let state = world.store.lock().unwrap().resume_state();
    let early = START.minus(Duration::from_millis(1));
    let started = AeEngine::resume(parts, state, early, &mut world.entropy);
    assert!(matches!(started, Err(ResumeError::ClockBehind { now, last }) if now == early && last == START));
}

struct Nothing;

impl role_ae::AeReader for Nothing {
    fn transaction(&self, _: u64) -> Result<Option<role_ae::StoredTransaction>, role_ae::ReadError> {
        Ok(None)
    }
}
