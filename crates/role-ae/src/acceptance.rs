//! May this AP ask this, now? The checks in the order of their codes' meanings (mss-soap 10): mode and time limits, data,
//! profile and grants, the rest of the request, the user.
use mss_core::{
    DtbsContent, Fault, FaultCode, NodeName, SignatureFormat, SignatureProfile, Timestamp,
    message::{MessagingMode, MobileUser, SignatureReq},
};
use std::time::Duration;

use crate::{AeConfig, AuthenticatedAp, HomeRouter, data, service};

/// What acceptance makes of a request.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) deadline: Timestamp,
    pub(crate) dtbs: DtbsContent,
    pub(crate) dtbd: Option<String>,
    pub(crate) profile: SignatureProfile,
    pub(crate) home: NodeName,
}

/// The checks that hold for every request, a repeat included: is it this AP's, in a mode we have, and of today?
pub(crate) fn check_sender(
    config: &AeConfig,
    ap: &AuthenticatedAp,
    request: &SignatureReq,
    now: Timestamp,
) -> Result<(), Fault> {
    if request.ap_info.ap_id != *ap.ap_id() {
        return Err(Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the proof is of another AP_ID"));
    }
    if request.mode == MessagingMode::AsynchServerServer {
        return Err(wrong("MessagingMode asynchServerServer is not offered").with_sub(1013));
    }
    check_skew(config, request.ap_info.instant.at, now)
}

/// Clocks must agree: a replay of an old message is refused, and the index of repeats stays small.
pub(crate) fn check_skew(config: &AeConfig, instant: Timestamp, now: Timestamp) -> Result<(), Fault> {
    let apart = now.until(instant).max(instant.until(now));
    if apart > config.max_skew {
        return Err(wrong(&format!("Instant is more than {} s from our clock", config.max_skew.as_secs())));
    }
    Ok(())
}

/// The checks of a new request.
pub(crate) fn check_request(
    config: &AeConfig,
    router: &dyn HomeRouter,
    ap: &AuthenticatedAp,
    request: &SignatureReq,
    now: Timestamp,
) -> Result<Accepted, Fault> {
    let deadline = deadline(config, request, now)?;
    let dtbs = data::check_signed(&request.dtbs, config.signed)?;
    let dtbd = request.dtbd.as_ref().map(|dtbd| data::check_displayed(dtbd, config.displayed)).transpose()?;
    let profile = profile(ap, request)?;
    data::check_fit(&dtbs, profile.operation)?;
    check_format(request)?;
    service::check(&request.services)?;
    let home = home(router, &request.mobile_user)?;
    if request.has_key_reference {
        let fault = Fault::new(FaultCode::NO_KEY_FOUND, "KeyReference cannot be satisfied");
        return Err(fault.with_sub(4041));
    }
    Ok(Accepted { deadline, dtbs, dtbd, profile, home })
}

/// TimeOut counts from now, ValidityDate is absolute, the earlier decides; neither means the default.
fn deadline(config: &AeConfig, request: &SignatureReq, now: Timestamp) -> Result<Timestamp, Fault> {
    let timeout = request.timeout_s.map(|seconds| now.plus(Duration::from_secs(seconds.into())));
    let deadline = match (timeout, request.validity_date) {
        (Some(timeout), Some(date)) => timeout.min(date),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => now.plus(config.default_timeout),
    };
    if request.timeout_s == Some(0) {
        return Err(wrong("TimeOut must be positive"));
    }
    if deadline <= now {
        return Err(Fault::new(FaultCode::EXPIRED_TRANSACTION, "ValidityDate has passed"));
    }
    let least = config.home_minimum + config.hop_margin;
    let left = now.until(deadline);
    if left < least {
        return Err(wrong(&format!("the time limit is shorter than {} s", least.as_secs())));
    }
    if left > config.max_timeout {
        return Err(wrong(&format!("the time limit is longer than {} s", config.max_timeout.as_secs())));
    }
    Ok(deadline)
}

fn profile(ap: &AuthenticatedAp, request: &SignatureReq) -> Result<SignatureProfile, Fault> {
    // Each operation has one profile, so "at least as good" is the profile itself, and nothing is better.
    match request.profile_comparison.as_deref() {
        None | Some("exact" | "minimum") => {}
        Some("better") => {
            return Err(Fault::new(FaultCode::UNSUPPORTED_PROFILE, "no better profile exists"));
        }
        Some(_) => return Err(wrong("SignatureProfileComparison is not exact, minimum or better")),
    }
    let profile = match request.profile_uri.as_deref() {
        None => SignatureProfile::DEFAULT,
        Some(uri) => SignatureProfile::from_uri(uri)
            .ok_or_else(|| Fault::new(FaultCode::UNSUPPORTED_PROFILE, "the SignatureProfile is not known"))?,
    };
    if ap.may_use(profile) {
        Ok(profile)
    } else {
        Err(Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the profile is not granted to the AP").with_sub(1044))
    }
}

fn check_format(request: &SignatureReq) -> Result<(), Fault> {
    match request.format_uri.as_deref().map(SignatureFormat::from_uri) {
        None | Some(Some(SignatureFormat::Cms)) => Ok(()),
        Some(None) => Err(wrong("MSS_Format is not offered").with_sub(1017)),
    }
}

/// The home of a user, who must be named by number.
pub(crate) fn home(router: &dyn HomeRouter, user: &MobileUser) -> Result<NodeName, Fault> {
    match (&user.msisdn, &user.user_identifier) {
        (Some(_), _) => router.route(user),
        (None, Some(_)) => {
            let fault = Fault::new(FaultCode::UNKNOWN_CLIENT, "UserIdentifier without MSISDN is not offered");
            Err(fault.with_sub(1051))
        }
        (None, None) => Err(Fault::new(FaultCode::MISSING_PARAM, "MobileUser has no MSISDN")),
    }
}

fn wrong(why: &str) -> Fault {
    Fault::new(FaultCode::WRONG_PARAM, why)
}
