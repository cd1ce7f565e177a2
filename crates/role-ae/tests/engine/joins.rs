//! Repeats: the same request is one transaction, whenever and however often it comes.
use std::time::Duration;

use mss_core::{
    MeshMember, Timestamp,
    message::{AdditionalService, SignatureReq},
};
use role_ae::{AeAnswer, AeConfig, AeInput, NoticeEvent};

use crate::world::*;

#[test]
fn a_repeat_waits_with_the_first_and_both_get_the_signature() {
    let mut world = World::new();
    let first = world.ask("bank", request("bank", "T1", START));
    let second = world.ask("bank", request("bank", "T1", START));
    assert_eq!((world.forwards.len(), world.engine.open_transactions()), (1, 1));
    world.turn(vec![answered(1)]);
    assert_eq!((world.code(first), world.code(second)), ("500".into(), "500".into()));
    let third = world.ask("bank", request("bank", "T1", START));
    assert_eq!(world.code(third), "500", "a finished one answers again");
    assert_eq!(world.forwards.len(), 1, "nobody is asked twice");
}

#[test]
fn two_in_one_turn_are_one_transaction() {
    let mut world = World::new();
    let inputs = (0..3)
        .map(|_| AeInput::SignatureRequested {
            waiter: world.waiter(),
            ap: world.ap("bank"),
            request: Box::new(request("bank", "T1", START)),
        })
        .collect();
    world.turn(inputs);
    assert_eq!(world.forwards.len(), 1);
    world.turn(vec![answered(1)]);
    assert_eq!(world.answers.len(), 3);
}

#[test]
fn an_asynch_repeat_gets_the_same_number() {
    let mut world = World::new();
    let mut ids = vec![];
    for _ in 0..2 {
        let waiter = world.ask("bank", asynch("bank", "T1", START));
        let Some(Ok(AeAnswer::Signature(resp))) = world.answer(waiter) else { panic!("no answer") };
        assert_eq!((resp.status.0, resp.signature.is_none()), (100, true));
        ids.push(resp.mssp_trans_id.clone());
    }
    world.turn(vec![answered(1)]);
    let waiter = world.ask("bank", asynch("bank", "T1", START));
    assert_eq!(world.code(waiter), "100");
    assert_eq!(ids.first(), ids.last());
    for _ in 0..3 {
        let Ok(AeAnswer::Status(resp)) = world.poll("bank", &ids[0]) else { panic!("no status") };
        assert_eq!((resp.status.0, resp.signature.as_deref()), (500, Some([1; 40].as_slice())));
    }
}

#[test]
fn a_password_or_a_spelling_makes_no_other_content_but_a_letter_does() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    let mut same = request("bank", "T1", START);
    same.ap_info.ap_pwd = mss_core::ApPassword::new("other".into());
    same.ap_info.instant.text = "2023-11-14T23:13:20+01:00".into();
    let joined = world.ask("bank", same);
    let mut other = request("bank", "T1", START);
    other.timeout_s = Some(61);
    let refused = world.ask("bank", other);
    assert_eq!((world.code(joined), world.code(refused)), ("-".into(), "101".into()));
    let elsewhere = world.ask("bank", request("bank", "T1", START.plus(Duration::from_millis(1))));
    assert_eq!((world.code(elsewhere), world.forwards.len()), ("-".into(), 2));
}

/// One part of a request, and how it becomes another.
type Change<'a> = (&'a str, &'a dyn Fn(&mut SignatureReq));

#[test]
fn every_part_that_decides_what_is_asked_makes_another_content() {
    let member = |uri: &str| Some(MeshMember::from_uri(uri));
    let service = |uri: &str, parameter: Option<&str>| AdditionalService {
        uri: uri.into(),
        parameter: parameter.map(Into::into),
    };
    let differ: [Change<'_>; 17] = [
        ("user identifier", &|r| r.mobile_user.user_identifier = Some("u".into())),
        ("empty user identifier", &|r| r.mobile_user.user_identifier = Some(String::new())),
        ("issuer", &|r| r.mobile_user.identity_issuer = member("http://issuer")),
        ("home", &|r| r.mobile_user.home_mssp = member("http://issuer")),
        ("text", &|r| r.dtbs.text = "Pay 11 €".into()),
        ("text's type", &|r| r.dtbs.mime_type = None),
        ("text's encoding", &|r| r.dtbs.encoding = None),
        ("shown text", &|r| r.dtbd = Some(text("Pay 10 €"))),
        ("profile", &|r| r.profile_uri = None),
        ("format", &|r| r.format_uri = Some("http://uri.etsi.org/TS102204/v1.1.2#PKCS7".into())),
        ("comparison", &|r| r.profile_comparison = Some("minimum".into())),
        ("key reference", &|r| r.has_key_reference = true),
        ("validity", &|r| r.validity_date = Some(START.plus(Duration::from_secs(60)))),
        ("time limit", &|r| r.timeout_s = None),
        ("mode", &|r| r.mode = mss_core::message::MessagingMode::AsynchClientServer),
        ("service", &|r| r.services = vec![service("http://uri.etsi.org/TS102204/v1.1.2#userLang", None)]),
        ("service's value", &|r| {
            r.services = vec![service("http://uri.etsi.org/TS102204/v1.1.2#userLang", Some("EN"))];
        }),
    ];
    // Each is another content than the plain request, and than every other of the list.
    for (n, (first_name, first)) in differ.iter().enumerate() {
        let mut world = World::new();
        let mut original = request("bank", "T1", START);
        first(&mut original);
        world.ask("bank", original);
        if world.forwards.is_empty() {
            // Refused for itself: nothing to join. The plain request is the original then.
            world.ask("bank", request("bank", "T1", START));
        }
        for (m, (name, change)) in differ.iter().enumerate() {
            let mut other = request("bank", "T1", START);
            change(&mut other);
            if n == m {
                continue;
            }
            let answer = world.ask("bank", other);
            assert_eq!(world.code(answer), "101", "{name} after {first_name}");
        }
        assert_eq!(world.forwards.len(), 1, "{first_name}");
    }
}

#[test]
fn a_repeat_is_noticed_under_its_transaction() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    world.notices.clear();
    world.ask("bank", request("bank", "T1", START));
    let id = world.trans_id(1);
    let joined =
        |n: &role_ae::Notice| n.trans_id.as_ref() == Some(&id) && matches!(n.event, NoticeEvent::Joined);
    assert!(world.notices.iter().any(joined), "{:?}", world.notices);
}

#[test]
fn another_ap_may_use_the_same_numbers() {
    let mut world = World::new();
    world.ask("bank", request("bank", "T1", START));
    world.ask("shop", request("shop", "T1", START));
    assert_eq!(world.forwards.len(), 2);
}

#[test]
fn a_refused_request_may_be_repeated_and_is_looked_at_again() {
    let mut world = World::new();
    let mut bad = request("bank", "T1", START);
    bad.dtbs.text = String::new();
    world.ask("bank", bad);
    let good = world.ask("bank", request("bank", "T1", START));
    assert_eq!(world.code(good), "-");
}

#[test]
fn a_repeat_after_validity_still_joins_and_an_old_one_is_skewed() {
    let mut world = World::new();
    let with_date = || {
        let mut request = request("bank", "T1", START);
        request.validity_date = Some(START.plus(Duration::from_secs(60)));
        request
    };
    world.ask("bank", with_date());
    world.turn(vec![answered(1)]);
    world.pass(Duration::from_secs(600));
    let late = world.ask("bank", with_date());
    assert_eq!(world.code(late), "500");
    world.pass(Duration::from_secs(1));
    let later = world.ask("bank", with_date());
    assert_eq!(world.code(later), "101");
    assert_eq!(world.forwards.len(), 1);
}

#[test]
fn a_repeat_after_giving_up_is_told_at_once_to_ask_again() {
    let mut world = World::new();
    let first = world.ask("bank", request("bank", "T1", START));
    world.pass(Duration::from_secs(65));
    let second = world.ask("bank", request("bank", "T1", START));
    assert_eq!((world.code(first), world.code(second)), ("780".into(), "780".into()));
    world.turn(vec![answered(1)]);
    let third = world.ask("bank", request("bank", "T1", START));
    assert_eq!(world.code(third), "500");
}

#[test]
fn finished_rows_are_read_from_the_store_when_memory_is_short() {
    let mut config = AeConfig::new(MeshMember::from_uri("http://ae"));
    config.recent_finals = 1;
    let mut world = World::with(config);
    for number in 1..=3_u64 {
        world.ask("bank", asynch("bank", &format!("T{number}"), START));
        world.turn(vec![answered(number)]);
    }
    let joined = world.ask("bank", asynch("bank", "T1", START));
    assert_eq!(world.code(joined), "100");
    for row in 1..=3 {
        let id = world.trans_id(row);
        assert_eq!(answer_code(world.poll("bank", &id)), "500");
        assert_eq!(answer_code(world.poll("shop", &id)), "101");
    }
    world.store.lock().unwrap().broken = true;
    let (old, new) = (world.trans_id(1), world.trans_id(3));
    assert_eq!(answer_code(world.poll("bank", &old)), "900");
    assert_eq!(answer_code(world.poll("bank", &new)), "500");
    let again = world.ask("bank", asynch("bank", "T1", START));
    assert_eq!(world.code(again), "900");
}

#[test]
fn one_who_leaves_is_not_answered_and_the_transaction_goes_on() {
    let mut world = World::new();
    let stays = world.ask("bank", request("bank", "T1", START));
    let leaves = world.ask("bank", request("bank", "T1", START));
    world.turn(vec![AeInput::WaiterGone { waiter: leaves }]);
    world.turn(vec![answered(1)]);
    assert_eq!((world.code(stays), world.code(leaves)), ("500".into(), "-".into()));
    world.turn(vec![AeInput::WaiterGone { waiter: stays }]);
}

#[test]
fn polls_for_nothing_all_get_the_same_answer() {
    let mut world = World::new();
    world.ask("bank", asynch("bank", "T1", START));
    let own = world.trans_id(1);
    let mut details = vec![];
    for (ap, id) in [
        ("shop", own.as_str()),
        ("bank", "S1-00000000000000000000"),
        ("bank", "S2-00000000000000000000"),
        ("bank", "Sffffffffffffffff-1"),
        ("bank", "h4iof"),
        ("bank", "S-"),
    ] {
        let id = mss_core::MsspTransId::parse(id).unwrap();
        let fault = world.poll(ap, &id).as_ref().unwrap_err().clone();
        details.push((fault.code.0, fault.sub, fault.detail));
    }
    details.dedup();
    assert_eq!(details.len(), 1);
    assert_eq!(details[0].0, 101);
}

#[test]
fn time_does_not_pass_backwards_for_rows() {
    let mut world = World::new();
    world.now = Timestamp::from_millis(START.millis() - 5_000);
    world.ask("bank", request("bank", "T1", START));
    let store = world.store.lock().unwrap();
    assert_eq!(store.rows.get(&1).unwrap().0.accepted_at, START);
}
