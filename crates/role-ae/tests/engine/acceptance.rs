//! Which requests are refused, with which code, and that nothing but an audit record follows a refusal.

use std::time::Duration;

use crate::world::*;
use mss_core::{Msisdn, StatusCode, message::*};
use role_ae::{AeAnswer, disclose};

type Change = fn(&mut SignatureReq);

fn secs(seconds: i64) -> mss_core::Timestamp {
    mss_core::Timestamp::from_millis(START.millis() + seconds * 1000)
}

fn service(uri: &str) -> Vec<AdditionalService> {
    vec![AdditionalService { uri: uri.into(), parameter: Some("x".into()) }]
}

/// One change to a good request, and the answer it gets: `-` waits for the home.
const REQUESTS: &[(&str, Change, &str)] = &[
    ("as it is", |_| {}, "-"),
    ("asynch", |r| r.mode = MessagingMode::AsynchClientServer, "100"),
    ("server to server", |r| r.mode = MessagingMode::AsynchServerServer, "101.1013"),
    ("instant 10 min ahead", |r| r.ap_info.instant.at = secs(600), "-"),
    ("instant 10 min behind", |r| r.ap_info.instant.at = secs(-600), "-"),
    ("instant too far ahead", |r| r.ap_info.instant.at = secs(601), "101"),
    ("instant too old", |r| r.ap_info.instant.at = secs(-601), "101"),
    ("no limit", |r| r.timeout_s = None, "-"),
    ("zero limit", |r| r.timeout_s = Some(0), "101"),
    ("limit too short", |r| r.timeout_s = Some(15), "101"),
    ("shortest limit", |r| r.timeout_s = Some(16), "-"),
    ("longest limit", |r| r.timeout_s = Some(900), "-"),
    ("limit too long", |r| r.timeout_s = Some(901), "101"),
    ("limit absurd", |r| r.timeout_s = Some(u32::MAX), "101"),
    ("valid until the past", |r| r.validity_date = Some(secs(-1)), "208"),
    ("valid until now", |r| r.validity_date = Some(secs(0)), "208"),
    ("valid for too short", |r| r.validity_date = Some(secs(10)), "101"),
    ("the earlier limit decides", |r| r.validity_date = Some(secs(10_000)), "-"),
    (
        "validity alone too long",
        |r| {
            r.timeout_s = None;
            r.validity_date = Some(secs(10_000));
        },
        "101",
    ),
    ("empty text", |r| r.dtbs.text = String::new(), "103"),
    ("text too long", |r| r.dtbs.text = "x".repeat(240), "103"),
    ("text that hides", |r| r.dtbs.text = "a\u{202E}b".into(), "107"),
    ("octets", |r| r.dtbs.mime_type = Some("application/octet-stream".into()), "107.1016"),
    ("label", |r| r.dtbd = Some(text("Order 7")), "-"),
    ("label too long", |r| r.dtbd = Some(text(&"x".repeat(111))), "103"),
    ("digest under sign", |r| digest(r), "107.1016"),
    (
        "digest",
        |r| {
            digest(r);
            r.profile_uri = Some("mss::digest:loa4:sim".into());
        },
        "-",
    ),
    ("text under digest", |r| r.profile_uri = Some("mss::digest:loa4:sim".into()), "107.1016"),
    ("no profile", |r| r.profile_uri = None, "-"),
    ("a profile of the field", |r| r.profile_uri = Some(" http://alauda.mobi/nonRepudiation ".into()), "-"),
    ("unknown profile", |r| r.profile_uri = Some("http://example.org/p".into()), "109"),
    ("exact", |r| r.profile_comparison = Some("exact".into()), "-"),
    ("minimum", |r| r.profile_comparison = Some("minimum".into()), "-"),
    ("better", |r| r.profile_comparison = Some("better".into()), "109"),
    ("no comparison", |r| r.profile_comparison = Some("best".into()), "101"),
    ("cms", |r| r.format_uri = Some("http://uri.etsi.org/TS102204/v1.1.2#CMS-Signature".into()), "-"),
    ("pkcs1", |r| r.format_uri = Some("http://mss.ficom.fi/TS102204/v1.0.0#PKCS1".into()), "101.1017"),
    ("language", |r| r.services = service("http://mss.ficom.fi/TS102204/v1.0.0#userLang"), "-"),
    ("event id", |r| r.services = service("http://mss.ficom.fi/TS102204/v1.0.0#eventId"), "-"),
    ("display name", |r| r.services = service("http://mss.ficom.fi/TS102204/v1.0.0#displayName"), "-"),
    ("validate", |r| r.services = service("http://uri.etsi.org/TS102204/v1.1.2#validate"), "101.1014"),
    ("unknown service", |r| r.services = service("http://example.org/#s"), "101.1014"),
    ("nobody", |r| r.mobile_user = MobileUser::default(), "102"),
    (
        "by identifier",
        |r| r.mobile_user = MobileUser { user_identifier: Some("a@b".into()), ..MobileUser::default() },
        "105.1051",
    ),
    (
        "unknown user",
        |r| r.mobile_user = MobileUser::from_msisdn(Msisdn::parse("+4179000000").unwrap()),
        "105",
    ),
    ("key reference", |r| r.has_key_reference = true, "404.4041"),
];

fn digest(request: &mut SignatureReq) {
    request.dtbs = DataToBeSigned {
        mime_type: Some("application/x-sha256".into()),
        encoding: Some("base64".into()),
        text: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
    };
}

#[test]
fn every_request_gets_its_code() {
    for (name, change, expected) in REQUESTS {
        let mut world = World::new();
        let mut request = request("bank", "T1", START);
        change(&mut request);
        let waiter = world.ask("bank", request);
        assert_eq!(world.code(waiter), *expected, "{name}");
        let accepted = ["-", "100"].contains(expected);
        assert_eq!(world.forwards.len(), usize::from(accepted), "{name}");
        let store = world.store.lock().unwrap();
        assert_eq!((store.rows.len(), store.audit.len()), (usize::from(accepted), 1), "{name}: audited once");
    }
}

#[test]
fn checks_come_in_the_order_of_the_standard() {
    // Each request has this fault and all later ones.
    let order: &[(Change, &str)] = &[
        (|r| r.mode = MessagingMode::AsynchServerServer, "101.1013"),
        (|r| r.validity_date = Some(secs(-1)), "208"),
        (|r| r.dtbs.text = String::new(), "103"),
        (|r| r.profile_uri = Some("x".into()), "109"),
        (|r| r.format_uri = Some("x".into()), "101.1017"),
        (|r| r.services = service("x"), "101.1014"),
        (|r| r.mobile_user = MobileUser::from_msisdn(Msisdn::parse("+4179000000").unwrap()), "105"),
        (|r| r.has_key_reference = true, "404.4041"),
    ];
    for (first, (_, expected)) in order.iter().enumerate() {
        let mut request = request("bank", "T1", START);
        order.iter().skip(first).for_each(|(change, _)| change(&mut request));
        let mut world = World::new();
        let waiter = world.ask("bank", request);
        assert_eq!(world.code(waiter), *expected);
    }
}

#[test]
fn grants_and_proofs_are_checked() {
    let mut world = World::new();
    let waiter = world.ask("authn-only", request("authn-only", "T1", START));
    assert_eq!(world.code(waiter), "104.1044");
    let waiter = world.ask("shop", request("bank", "T1", START));
    assert_eq!(world.code(waiter), "104", "the proof is of another AP");
    assert!(world.forwards.is_empty());
}

#[test]
fn the_home_is_asked_in_our_own_words() {
    let mut world = World::new();
    let mut asked = request("bank", "T1", START);
    asked.profile_uri = Some("http://alauda.mobi/nonRepudiation".into());
    asked.mobile_user.user_identifier = Some("somebody".into());
    asked.services = service("http://mss.ficom.fi/TS102204/v1.0.0#displayName");
    asked.ap_info.ap_url = Some("http://callback".into());
    world.ask("bank", asked);
    let forward = &world.forwards[0];
    let sent = &forward.request;
    assert_eq!(forward.home.as_str(), "home-1");
    assert_eq!(forward.give_up_at, START.plus(Duration::from_secs(65)));
    assert_eq!(sent.profile_uri.as_deref(), Some("mss::sign:loa4:sim"));
    assert_eq!(sent.mobile_user.user_identifier, None);
    assert_eq!((sent.ap_info.ap_pwd.expose(), &sent.ap_info.ap_url), ("", &None));
    assert_eq!(sent.ap_info.ap_trans_id.as_str(), "T1");
    assert_eq!(sent.timeout_s, Some(59), "the hop keeps a second");
    assert_eq!(sent.services[0].parameter.as_deref(), Some("Bank"), "who asks is the directory's word");
    assert_eq!(sent.roaming.len(), 1);
    assert_eq!(sent.roaming[0].transaction_id, world.trans_id(1).as_str());
    assert_eq!((sent.roaming[0].timeout_s, sent.dtbs.text.as_str()), (59, "Pay 10 €"));
}

#[test]
fn answers_echo_what_each_request_said() {
    let mut world = World::new();
    let mut asked = request("bank", "T1", START);
    asked.mobile_user.msisdn_with_plus = false;
    asked.profile_uri = None;
    let waiter = world.ask("bank", asked);
    world.turn(vec![answered(1)]);
    let Some(Ok(AeAnswer::Signature(resp))) = world.answer(waiter) else { panic!("no signature") };
    assert_eq!((resp.ap_info.ap_trans_id.as_str(), resp.ap_info.ap_pwd.expose()), ("T1", "pwd"));
    assert_eq!((resp.status, resp.signature.as_deref()), (StatusCode::SIGNATURE, Some([1; 40].as_slice())));
    assert_eq!(resp.mssp_info.mssp_id.uri.as_deref(), Some("http://ae"));
    assert_eq!((resp.mssp_trans_id.clone(), resp.mobile_user.msisdn_with_plus), (world.trans_id(1), false));
}

#[test]
fn an_overdue_answer_names_the_transaction() {
    let mut world = World::new();
    let waiter = world.ask("bank", request("bank", "T1", START));
    world.pass(Duration::from_secs(65));
    let fault = world.answer(waiter).unwrap().as_ref().unwrap_err();
    let public = disclose(fault, Some(&world.ap("bank")), "http://ae");
    assert_eq!(public.code.0, 780);
    assert!(public.detail.contains(world.trans_id(1).as_str()), "{}", public.detail);
}
