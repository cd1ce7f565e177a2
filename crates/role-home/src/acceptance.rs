//! May this acquiring entity ask this, now? The checks that need no user, in the order of their codes' meanings
//! (mss-soap 10). What the AE has checked already is checked again: the home answers for what its cards show.
use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    Dtbd, Dtbs, DtbsContent, Fault, FaultCode, Msisdn, MsspTransId, NodeName, Operation, SignatureFormat,
    SignatureProfile, TextLimits, Timestamp,
    message::{DataToBeDisplayed, DataToBeSigned, MobileUser, RoamingEntry, SignatureReq},
};
use mss_pki::Content;

use crate::{EngineConfig, deadlines::Deadlines, title};

/// The protocol versions that requests of the field carry (mss-soap 2.5).
pub(crate) fn check_version(version: (u8, u8)) -> Result<(), Fault> {
    if matches!(version, (1, 1 | 2) | (2, 0)) {
        Ok(())
    } else {
        Err(Fault::new(FaultCode::INCOMPATIBLE_INTERFACE, "the version is not 1.1"))
    }
}

/// Whether the acquiring entity may speak for the AP.
pub(crate) fn check_grant(config: &EngineConfig, ae: &NodeName, ap_id: &str) -> Result<(), Fault> {
    if config.grants.get(ae).is_some_and(|grants| grants.allow(ap_id)) {
        Ok(())
    } else {
        Err(Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the acquiring entity may not speak for this AP_ID"))
    }
}

/// The last entry of the roaming header: the one of the node that sent the message to us.
pub(crate) fn sender<'a>(
    config: &EngineConfig,
    request: &'a SignatureReq,
) -> Result<&'a RoamingEntry, Fault> {
    let Some(last) = request.roaming.last() else {
        return Err(Fault::new(FaultCode::ROAMING_HEADER_MISSING, "a roaming header entry is needed"));
    };
    let passed_here = |entry: &RoamingEntry| entry.sender.uri.as_deref() == Some(config.node_uri.as_str());
    if request.roaming.len() > config.limits.roaming_entries || request.roaming.iter().any(passed_here) {
        return Err(Fault::new(FaultCode::UNABLE_TO_PROVIDE_ROUTING, "the message runs in a circle"));
    }
    Ok(last)
}

/// The sender's own number of the transaction.
pub(crate) fn trace_of(entry: &RoamingEntry) -> Result<Arc<str>, Fault> {
    let number = MsspTransId::parse(&entry.transaction_id);
    let number =
        number.ok_or_else(|| Fault::new(FaultCode::WRONG_PARAM, "RE_TransactionID cannot be used"))?;
    Ok(number.as_str().into())
}

/// What a request asks for, checked as far as it can be without knowing the user.
pub(crate) struct Accepted {
    pub(crate) deadlines: Deadlines,
    pub(crate) operation: Operation,
    pub(crate) content: Content,
    pub(crate) label: Option<String>,
    pub(crate) title: String,
}

/// The checks of a new request, after those of its sender.
pub(crate) fn check_request(
    config: &EngineConfig,
    request: &SignatureReq,
    entry: &RoamingEntry,
    now: Timestamp,
) -> Result<Accepted, Fault> {
    let deadlines = Deadlines::until(end_of(entry, now), now, &config.limits)?;
    check_format(request)?;
    let dtbs = signed(&request.dtbs)?;
    let label = request.dtbd.as_ref().map(displayed).transpose()?;
    let operation = profile(request)?.operation;
    let content = match (dtbs.content(), operation) {
        (DtbsContent::Text(_), Operation::Sign | Operation::Authn)
        | (DtbsContent::Sha256(_), Operation::Digest) => Content::from(dtbs.content()),
        _ => return Err(Fault::new(FaultCode::INAPPROPRIATE_DATA, "the MIME type does not fit the profile")),
    };
    if operation == Operation::Digest && label.is_none() {
        return Err(Fault::new(FaultCode::MISSING_PARAM, "a digest needs a DataToBeDisplayed").with_sub(1021));
    }
    Ok(Accepted { deadlines, operation, content, label, title: title::of(request) })
}

/// Two clocks that differ must not give more time than either allows, so the earlier end counts.
fn end_of(entry: &RoamingEntry, now: Timestamp) -> Timestamp {
    let left = Duration::from_secs(entry.timeout_s.into());
    now.plus(left).min(entry.instant.plus(left))
}

fn check_format(request: &SignatureReq) -> Result<(), Fault> {
    match request.format_uri.as_deref().map(SignatureFormat::from_uri) {
        None | Some(Some(SignatureFormat::Cms)) => Ok(()),
        Some(None) => Err(Fault::new(FaultCode::WRONG_PARAM, "MSS_Format is not offered").with_sub(1017)),
    }
}

/// Each operation has one profile, so "at least as good" is the profile itself, and nothing is better.
fn profile(request: &SignatureReq) -> Result<SignatureProfile, Fault> {
    match request.profile_comparison.as_deref() {
        None | Some("exact" | "minimum") => {}
        Some("better") => return Err(Fault::new(FaultCode::UNSUPPORTED_PROFILE, "no better profile exists")),
        Some(_) => return Err(Fault::new(FaultCode::WRONG_PARAM, "SignatureProfileComparison is not known")),
    }
    match request.profile_uri.as_deref() {
        None => Ok(SignatureProfile::DEFAULT),
        Some(uri) => SignatureProfile::from_uri(uri)
            .ok_or_else(|| Fault::new(FaultCode::UNSUPPORTED_PROFILE, "the SignatureProfile is not known")),
    }
}

fn signed(data: &DataToBeSigned) -> Result<Dtbs, Fault> {
    match (data.mime_type.as_deref(), data.encoding.as_deref()) {
        (None | Some("text/plain"), None | Some("utf-8")) => {
            Dtbs::text(data.text.clone(), TextLimits::SIGNED)
        }
        (Some("application/x-sha256"), None | Some("base64")) => {
            let unusable = |_| Fault::new(FaultCode::INAPPROPRIATE_DATA, "the digest is not base64");
            let digest = STANDARD.decode(data.text.trim()).map_err(unusable)?;
            let digest = <[u8; 32]>::try_from(digest);
            let digest = digest
                .map_err(|_| Fault::new(FaultCode::WRONG_DATA_LENGTH, "a SHA-256 digest has 32 octets"))?;
            Ok(Dtbs::sha256(digest))
        }
        _ => Err(unsupported("DataToBeSigned")),
    }
}

fn displayed(data: &DataToBeDisplayed) -> Result<String, Fault> {
    match (data.mime_type.as_deref(), data.encoding.as_deref()) {
        (None | Some("text/plain"), None | Some("utf-8")) => {
            Dtbd::parse(data.text.clone(), TextLimits::DISPLAYED).map(|dtbd| dtbd.as_str().to_owned())
        }
        _ => Err(unsupported("DataToBeDisplayed")),
    }
}

fn unsupported(what: &str) -> Fault {
    Fault::new(FaultCode::INAPPROPRIATE_DATA, format!("the MimeType or Encoding of {what} is not supported"))
}

/// The user's number, by which alone users are known here.
pub(crate) fn number_of(user: &MobileUser) -> Result<&Msisdn, Fault> {
    match (&user.msisdn, &user.user_identifier) {
        (Some(msisdn), _) => Ok(msisdn),
        (None, Some(_)) => {
            Err(Fault::new(FaultCode::UNKNOWN_CLIENT, "UserIdentifier without MSISDN is not known")
                .with_sub(1051))
        }
        (None, None) => Err(Fault::new(FaultCode::MISSING_PARAM, "MobileUser has no MSISDN")),
    }
}

/// Nobody is known under the number.
pub(crate) fn unknown_user() -> Fault {
    Fault::new(FaultCode::UNKNOWN_CLIENT, "the number belongs to no user").with_sub(1052)
}
