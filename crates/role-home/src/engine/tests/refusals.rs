use std::time::Duration;

use mss_core::{MeshMember, message::SignatureReq};

use super::{
    fake_card::Mood,
    world::{AE, Pending, World, digest_request, plain, request},
};
use crate::{AuditEvent, Odd};

type Change = fn(&mut SignatureReq);

/// What is wrong with a request, and the fault with its sub-code.
const TABLE: &[(&str, Change, u16, Option<u16>)] = &[
    ("version", |r| r.version = (3, 1), 108, None),
    ("no roaming header", |r| r.roaming.clear(), 701, None),
    ("a circle", |r| r.roaming[0].sender = MeshMember::from_uri("http://home.example"), 750, None),
    ("a long way", |r| r.roaming = vec![r.roaming[0].clone(); 9], 750, None),
    ("no number", |r| r.roaming[0].transaction_id = String::new(), 101, None),
    ("another's AP", |r| r.ap_info.ap_id = mss_core::ApId::parse("http://elsewhere/ap").unwrap(), 104, None),
    ("little time", |r| r.roaming[0].timeout_s = 14, 101, None),
    (
        "expired",
        |r| r.roaming[0].instant = r.roaming[0].instant.minus(Duration::from_secs(120)),
        208,
        Some(2081),
    ),
    ("format", |r| r.format_uri = Some("http://mss.ficom.fi/TS102204/v1.0.0#PKCS1".into()), 101, Some(1017)),
    ("empty text", |r| r.dtbs.text.clear(), 103, None),
    ("long text", |r| r.dtbs.text = "a".repeat(240), 103, None),
    ("hidden text", |r| r.dtbs.text = "a\u{202E}b".into(), 107, None),
    ("MIME type", |r| r.dtbs.mime_type = Some("text/html".into()), 107, None),
    ("encoding", |r| r.dtbs.encoding = Some("base64".into()), 107, None),
    ("long label", |r| r.dtbd = Some(plain(&"a".repeat(111))), 103, None),
    ("profile", |r| r.profile_uri = Some("urn:other".into()), 109, None),
    ("better", |r| r.profile_comparison = Some("better".into()), 109, None),
    ("comparison", |r| r.profile_comparison = Some("nice".into()), 101, None),
    ("text for a digest", |r| r.profile_uri = Some("mss::digest:loa4:sim".into()), 107, None),
    ("no user", |r| r.mobile_user.msisdn = None, 102, None),
    (
        "another name",
        |r| {
            r.mobile_user.msisdn = None;
            r.mobile_user.user_identifier = Some("aino@ra.example".into());
        },
        105,
        Some(1051),
    ),
    ("unknown user", |r| r.mobile_user.msisdn = Some(super::world::number(9)), 105, Some(1052)),
    ("key reference", |r| r.has_key_reference = true, 404, Some(4041)),
];

#[test]
fn every_refusal_has_its_fault_and_its_record() {
    let mut world = World::with_people(1);
    for (n, (what, change, code, sub)) in TABLE.iter().enumerate() {
        let mut asked = request(&format!("S{n}-aa"), 1, "Pay?", world.now, 120);
        change(&mut asked);
        let records = world.store.tables().audit.len();
        let waiter = world.ask(asked);
        let fault = world.fault(waiter);
        assert_eq!((fault.code.0, fault.sub), (*code, *sub), "{what}");
        let tables = world.store.tables();
        assert_eq!(tables.audit.len(), records + 1, "{what}");
        assert_eq!(tables.audit.last().unwrap().event, AuditEvent::Refused(fault.code), "{what}");
    }
    assert_eq!(world.sent.len(), 0);
    assert_eq!(world.store.tables().rows.values().filter(|row| row.outcome.is_none()).count(), 0);
}

#[test]
fn a_way_of_eight_nodes_is_not_too_long() {
    let mut world = World::with_people(1);
    let mut asked = request("S1-aa", 1, "Pay?", world.now, 120);
    asked.roaming = vec![asked.roaming[0].clone(); 8];
    let waiter = world.ask(asked);
    world.run();
    let answer = world.signature(waiter);
    assert_eq!(answer.mssp_info.mssp_id, MeshMember::from_uri("http://home.example"));
    assert_eq!(answer.mssp_info.instant, Some(world.now));
}

#[test]
fn a_late_copy_of_a_refused_request_asks_nobody() {
    let mut world = World::with_people(1);
    world.card(1).mood = Mood::Silent;
    world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    let asked = world.card(1).asked.len();
    let busy = world.ask(request("S2-aa", 1, "Pay more?", world.now, 120));
    let code = world.fault(busy).code;
    let card = world.card_of(1);
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    world.pending.push_back(Pending::FromCard { card, counter, message });
    world.run();
    // The card is free, and the asker has told its AP of the refusal.
    let copy = world.ask(request("S2-aa", 1, "Pay more?", world.now, 120));
    assert_eq!(world.fault(copy).code, code);
    assert_eq!(world.card(1).asked.len(), asked);
    world.card(1).mood = Mood::Agrees;
    let next = world.ask(request("S3-aa", 1, "Pay more?", world.now, 120));
    world.run();
    world.signature(next);
}

#[test]
fn digests_are_checked_too() {
    let mut world = World::with_people(1);
    let table: &[(Change, u16, Option<u16>)] = &[
        (|r| r.dtbd = None, 102, Some(1021)),
        (|r| r.dtbs.text = "AAAA".into(), 103, None),
        (|r| r.dtbs.text = "!".into(), 107, None),
        (|r| r.profile_uri = None, 107, None),
    ];
    for (n, (change, code, sub)) in table.iter().enumerate() {
        let mut asked = digest_request(&format!("S{n}-aa"), 1, b"document", world.now);
        change(&mut asked);
        let waiter = world.ask(asked);
        let fault = world.fault(waiter);
        assert_eq!((fault.code.0, fault.sub), (*code, *sub), "{n}");
    }
}

#[test]
fn an_expired_certificate_asks_nobody() {
    let mut world = World::with_people(1);
    world.now = world.now.plus(Duration::from_secs(91 * 86_400));
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(waiter).code.0, 422);
}

#[test]
fn a_broken_store_is_an_alarm_and_900() {
    let mut world = World::with_people_and(1, |config| config.limits.cached_cards = 0);
    world.turn(vec![]);
    world.turn(vec![]);
    world.store.tables().broken = true;
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    assert_eq!(world.fault(waiter).code.0, 900);
    assert!(world.notices.iter().any(|odd| matches!(odd, Odd::Unreadable(_))));
    let unknown = world.status("stranger.example", "http://ae.example/bank", "S1-aa");
    assert_eq!(unknown, Err(104));
    assert_eq!(world.status(AE, "http://ae.example/bank", "S1-aa"), Err(101));
}

#[test]
fn a_skewed_clock_never_gives_more_time() {
    let mut world = World::with_people(1);
    world.card(1).mood = super::fake_card::Mood::Silent;
    let mut asked = request("S1-aa", 1, "Pay?", world.now, 120);
    asked.roaming[0].instant = world.now.minus(Duration::from_secs(30));
    world.ask(asked);
    let deadline = |world: &World| world.store.tables().rows.values().last().unwrap().opening.deadline;
    assert_eq!(world.now.until(deadline(&world)), Duration::from_secs(90));
    world.run();
    world.pass(Duration::from_secs(90));
    let mut asked = request("S2-aa", 1, "Pay?", world.now, 120);
    asked.roaming[0].instant = world.now.plus(Duration::from_secs(30));
    world.ask(asked);
    assert_eq!(world.now.until(deadline(&world)), Duration::from_secs(120));
}
