//! Profile queries: the gate before the home, and what of the home's answer an AP sees.
use std::time::Duration;

use mss_core::{
    Fault, FaultCode, Msisdn, NodeName,
    message::{MobileUser, MsspInfo, ProfileQuery, ProfileResp, UserCertificate},
};
use role_ae::{ProfileForward, accept_profile_query, answer_profile_query};

use crate::world::*;

fn query(ap: &str) -> ProfileQuery {
    ProfileQuery {
        version: (2, 0),
        ap_info: ap_info(ap, "Q1", START),
        mssp_info: MsspInfo::default(),
        mobile_user: MobileUser::from_msisdn(Msisdn::parse("+358401234567").unwrap()),
        with_certificates: true,
    }
}

fn ask(proof: &str, query: &ProfileQuery, late: u64) -> Result<ProfileForward, String> {
    let world = World::new();
    let router = |user: &MobileUser| match user.msisdn.as_ref().is_some_and(|n| n.digits().starts_with("358"))
    {
        true => Ok(NodeName::parse("home-1").unwrap()),
        false => Err(Fault::new(FaultCode::UNKNOWN_CLIENT, "")),
    };
    let now = START.plus(Duration::from_secs(late));
    let accepted = accept_profile_query(&world.config, &router, &world.ap(proof), query, now);
    accepted.map_err(|fault| answer_code(&Err(fault)))
}

#[test]
fn the_gate_knows_ap_clock_and_user() {
    let good = query("bank");
    let forward = ask("bank", &good, 600).unwrap();
    assert_eq!((forward.home.as_str(), forward.request.ap_info.ap_pwd.expose()), ("home-1", ""));
    assert_eq!(forward.request.version, (2, 0));
    let mut nobody = query("bank");
    nobody.mobile_user = MobileUser::default();
    let mut by_identifier = query("bank");
    by_identifier.mobile_user = MobileUser { user_identifier: Some("a@b".into()), ..MobileUser::default() };
    let mut abroad = query("bank");
    abroad.mobile_user = MobileUser::from_msisdn(Msisdn::parse("+4179000000").unwrap());
    for (proof, query, late, code) in [
        ("shop", &good, 0, "104"),
        ("bank", &good, 601, "101"),
        ("bank", &nobody, 0, "102"),
        ("bank", &by_identifier, 0, "105.1051"),
        ("bank", &abroad, 0, "105"),
    ] {
        assert_eq!(ask(proof, query, late).err().as_deref(), Some(code));
    }
}

#[test]
fn an_ap_sees_the_profiles_it_may_use() {
    let world = World::new();
    let certificate = |uri: &str| UserCertificate {
        state: "ACTIVE".into(),
        algorithm: "EC".into(),
        profile_uris: vec![uri.into()],
        path: vec![vec![1]],
    };
    let uris = ["mss::sign:loa4:sim", "mss::authn:loa4:sim", "urn:other"];
    let seen = |ap: &str| {
        let home = ProfileResp {
            ap_info: ap_info("bank", "of-the-home", START),
            mssp_info: MsspInfo::default(),
            profile_uris: uris.map(str::to_owned).to_vec(),
            certificates: uris.map(certificate).to_vec(),
        };
        let answer = answer_profile_query(&world.config, &world.ap(ap), query(ap), home, START);
        assert_eq!((answer.ap_info.ap_trans_id.as_str(), answer.ap_info.ap_pwd.expose()), ("Q1", "pwd"));
        assert_eq!(answer.profile_uris.len(), answer.certificates.len());
        answer.profile_uris
    };
    assert_eq!(seen("bank"), &uris[..2]);
    assert_eq!(seen("authn-only"), &uris[1..2]);
}
