//! The messages of TS 102 204 as typed values. `mss-wire` turns octets into these and back; roles never see octets.
mod profile_query;
mod shared;
mod signature;
mod status_query;

pub use profile_query::{ProfileQuery, ProfileResp, UserCertificate};
pub use shared::{ApInfo, Instant, MobileUser, MsspInfo, RoamingEntry};
pub use signature::{
    AdditionalService, DataToBeDisplayed, DataToBeSigned, MessagingMode, SignatureReq, SignatureResp,
};
pub use status_query::{StatusQuery, StatusResp};
