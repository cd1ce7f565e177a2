use mss_core::{
    ApPassword, Fault, FaultCode, NodeName, SignatureProfile, Timestamp,
    message::{ApInfo, MsspInfo, ProfileQuery, ProfileResp},
};

use crate::{
    AeConfig, AuthenticatedAp, HomeRouter,
    acceptance::{check_skew, home},
};

/// A profile query on its way to the home.
#[derive(Debug)]
pub struct ProfileForward {
    /// Where to.
    pub home: NodeName,
    /// The message; AP_PWD is left out.
    pub request: ProfileQuery,
}

/// The gate of `MSS_ProfileQuery`, which has no state: the shell forwards what passes.
///
/// # Errors
/// 104, 101 for a skewed clock, 102 or 105 for the user.
pub fn accept_profile_query(
    config: &AeConfig,
    router: &dyn HomeRouter,
    ap: &AuthenticatedAp,
    query: &ProfileQuery,
    now: Timestamp,
) -> Result<ProfileForward, Fault> {
    if query.ap_info.ap_id != *ap.ap_id() {
        return Err(Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the proof is of another AP_ID"));
    }
    check_skew(config, query.ap_info.instant.at, now)?;
    let home = home(router, &query.mobile_user)?;
    let request = ProfileQuery {
        version: query.version,
        ap_info: ApInfo {
            ap_id: query.ap_info.ap_id.clone(),
            ap_trans_id: query.ap_info.ap_trans_id.clone(),
            ap_pwd: ApPassword::default(),
            instant: query.ap_info.instant.clone(),
            ap_url: None,
        },
        mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: None },
        mobile_user: query.mobile_user.clone(),
        with_certificates: query.with_certificates,
    };
    Ok(ProfileForward { home, request })
}

/// Makes the AP's answer of the home's: the AP's own `AP_Info`, our name, and only profiles that the AP may use.
#[must_use]
pub fn answer_profile_query(
    config: &AeConfig,
    ap: &AuthenticatedAp,
    query: ProfileQuery,
    home: ProfileResp,
    now: Timestamp,
) -> ProfileResp {
    let granted = |uri: &String| SignatureProfile::from_uri(uri).is_some_and(|profile| ap.may_use(profile));
    let mut certificates = home.certificates;
    for certificate in &mut certificates {
        certificate.profile_uris.retain(granted);
    }
    certificates.retain(|certificate| !certificate.profile_uris.is_empty());
    ProfileResp {
        ap_info: query.ap_info,
        mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: Some(now) },
        profile_uris: home.profile_uris.into_iter().filter(granted).collect(),
        certificates,
    }
}
