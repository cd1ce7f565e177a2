//! Additional services (mss-soap 9): which are taken, and the one that is sent on.
use mss_core::{Fault, FaultCode, message::AdditionalService};

/// Sub-code: unknown additional service (FiCom).
const UNKNOWN_SERVICE: u16 = 1014;
/// Carries the title of the screen from us to the home.
pub(crate) const DISPLAY_NAME_URI: &str = "http://mss.ficom.fi/TS102204/v1.0.0#displayName";

/// Services that may stand in a request and change nothing. The language is the card's; who asks is what the directory
/// says, never what the request claims; the event id is the AP's own.
const IGNORED: [&str; 3] = [
    "http://mss.ficom.fi/TS102204/v1.0.0#userLang",
    DISPLAY_NAME_URI,
    "http://mss.ficom.fi/TS102204/v1.0.0#eventId",
];

/// Refuses services that are not offered, `#validate` and noSpam among them: ignoring those would promise too much.
pub(crate) fn check(services: &[AdditionalService]) -> Result<(), Fault> {
    match services.iter().find(|service| !IGNORED.contains(&service.uri.trim())) {
        Some(_) => {
            let fault = Fault::new(FaultCode::WRONG_PARAM, "an AdditionalService is not offered");
            Err(fault.with_sub(UNKNOWN_SERVICE))
        }
        None => Ok(()),
    }
}

/// The service that names the AP towards the home.
pub(crate) fn display_name(title: &str) -> AdditionalService {
    AdditionalService { uri: DISPLAY_NAME_URI.to_owned(), parameter: Some(title.to_owned()) }
}
