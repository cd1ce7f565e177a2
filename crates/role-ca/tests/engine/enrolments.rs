use std::{sync::atomic::Ordering, time::Duration};

use mss_core::{Network, Timestamp};
use mss_pki::{Certificate, path::validate, peer::identify};
use role_ca::{
    AuditEvent, CaAnswer, CaEngine, CodeHash, Enrolment, Notice, Refusal, ResumeError, ResumeState,
};

use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_code_becomes_the_certificate_that_it_was_made_for() {
    let mut world = World::new();
    for (network, spec) in [
        (Network::Ap, "ap:ae:ae.demo:localhost,127.0.0.1"),
        (Network::Mesh, "mesh:home:home.demo"),
        (Network::Me, "me:operator:ra"),
    ] {
        let code = world.code(spec);
        let request = world.request();
        let asked = role_ca::CaInput::Redeem { waiter: world.waiter(), code, request: request.clone() };
        let Ok(CaAnswer::Enrolled { path, roots }) = world.one(asked) else { panic!("{spec}") };
        let [leaf] = path.as_slice() else { panic!("the root is not in the path") };
        let certificate = Certificate::parse(leaf).unwrap();
        let root = &world.roots[&network];
        assert_eq!(roots, vec![(network, root.der().to_vec())]);
        validate(&[&certificate], std::slice::from_ref(root), world.now).unwrap();
        assert_eq!(certificate.public_key(), request.public_key());
        // The request asked for another identity; the code decides.
        let enrolment = Enrolment::parse(spec).unwrap();
        assert_eq!(identify(leaf).unwrap().identity.as_ref(), Some(enrolment.identity()));
        let validity = certificate.validity();
        assert_eq!(validity.not_before.secs(), world.now.secs() - 300);
        assert_eq!(validity.not_after.secs(), world.now.plus(397 * DAY).secs());
        let memory = world.memory.lock().unwrap();
        let row = memory.certificates.last().unwrap();
        assert_eq!(&row.der, leaf);
        assert_eq!(mss_pki::hex_lower(&row.serial), certificate.serial_hex());
        let AuditEvent::NodeCertified { serial, .. } = &memory.audit.last().unwrap().event else { panic!() };
        assert_eq!(*serial, row.serial);
    }
}

#[test]
fn a_code_serves_once() {
    let mut world = World::new();
    let code = world.code("mesh:ae:ae.demo");
    let both = vec![world.redeem(code), world.redeem(code)];
    let (answers, notices) = world.turn(both);
    assert!(answers[0].is_ok());
    assert_eq!(answers[1], Err(Refusal::CodeUsed), "in the same turn");
    assert!(
        matches!(&notices[1], Notice::CodeRefused { identity: Some(who), .. } if who.name.as_str() == "ae.demo")
    );
    let again = world.redeem(code);
    assert_eq!(world.one(again), Err(Refusal::CodeUsed), "in a later turn");
    world.restart();
    let again = world.redeem(code);
    assert_eq!(world.one(again), Err(Refusal::CodeUsed), "after a restart");
    assert_eq!(world.memory.lock().unwrap().certificates.len(), 1);
}

#[test]
fn a_code_has_a_quarter_of_an_hour() {
    let mut world = World::new();
    let (early, late) = (world.code("mesh:ae:a"), world.code("mesh:ae:b"));
    world.now = world.now.plus(Duration::from_millis(15 * 60 * 1000 - 1));
    let input = world.redeem(early);
    assert!(world.one(input).is_ok());
    world.now = world.now.plus(Duration::from_millis(1));
    let input = world.redeem(late);
    assert_eq!(world.one(input), Err(Refusal::CodeExpired));
    // A clock that is set back does not bring it to life again.
    world.now = world.now.minus(Duration::from_secs(60));
    let input = world.redeem(late);
    assert_eq!(world.one(input), Err(Refusal::CodeExpired));
}

#[test]
fn strangers_make_nobody_write() {
    let mut world = World::new();
    let used = world.code("mesh:ae:ae.demo");
    let input = world.redeem(used);
    world.one(input).unwrap();
    let before = world.memory.lock().unwrap().audit.len();
    let unknown = world.redeem(CodeHash::from_octets([9; 32]));
    assert_eq!(world.one(unknown), Err(Refusal::CodeUnknown));
    let again = world.redeem(used);
    assert_eq!(world.one(again), Err(Refusal::CodeUsed));
    assert_eq!(world.memory.lock().unwrap().audit.len(), before);
}

#[test]
fn a_code_is_kept_when_nothing_could_be_issued() {
    let mut world = World::new();
    let code = world.code("mesh:ae:ae.demo");
    world.broken.store(true, Ordering::Relaxed);
    let input = world.redeem(code);
    assert_eq!(world.one(input), Err(Refusal::Unavailable));
    world.broken.store(false, Ordering::Relaxed);
    world.memory.lock().unwrap().unreadable = true;
    let input = world.redeem(code);
    let (answers, notices) = world.turn(vec![input]);
    assert_eq!(answers, vec![Err(Refusal::Unavailable)]);
    assert!(matches!(notices.as_slice(), [Notice::Trouble(_), Notice::CodeRefused { .. }]));
    world.memory.lock().unwrap().unreadable = false;
    let input = world.redeem(code);
    assert!(world.one(input).is_ok());
}

#[test]
fn nothing_outlives_its_authority() {
    let mut world = World::new();
    let years = 365 * DAY;
    world.now = world.now.plus(20 * years - 100 * DAY);
    let code = world.code("mesh:ae:ae.demo");
    let input = world.redeem(code);
    let Ok(CaAnswer::Enrolled { path, .. }) = world.one(input) else { panic!() };
    let certificate = Certificate::parse(&path[0]).unwrap();
    let root = &world.roots[&Network::Mesh];
    assert_eq!(certificate.validity().not_after, root.validity().not_after);
    world.now = world.now.plus(101 * DAY);
    let code = world.code("mesh:ae:ae.demo");
    let input = world.redeem(code);
    assert_eq!(world.one(input), Err(Refusal::Authority));
}

#[test]
fn a_clock_behind_the_last_commit_starts_nothing() {
    let world = World::new();
    let state = |last: Timestamp| ResumeState { last_row: 7, last_commit: Some(last) };
    let late = world.now.plus(Duration::from_millis(1));
    let refused = CaEngine::resume(world.parts(), state(late), world.now).err();
    assert_eq!(refused, Some(ResumeError::ClockBehind { now: world.now, last: late }));
    assert!(CaEngine::resume(world.parts(), state(world.now), world.now).is_ok());
}
