use super::{ApInfo, MobileUser, MsspInfo, RoamingEntry};
use crate::{MsspTransId, StatusCode, Timestamp};

/// How the AP wants its answer (TS 102 204 `MessagingModeType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessagingMode {
    /// The connection stays open until the answer.
    Synch,
    /// The AP polls with status queries.
    AsynchClientServer,
    /// The MSSP notifies the AP.
    AsynchServerServer,
}

/// `DataToBeSigned` as sent; the AE's acceptance makes a [`crate::Dtbs`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataToBeSigned {
    /// `@MimeType`, lower case; absent means `text/plain`.
    pub mime_type: Option<String>,
    /// `@Encoding`, lower case.
    pub encoding: Option<String>,
    /// The content.
    pub text: String,
}

/// `DataToBeDisplayed` as sent.
pub type DataToBeDisplayed = DataToBeSigned;

/// `AdditionalServices/Service` as sent: its URI and the one parameter that the platform reads so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdditionalService {
    /// `Description/mssURI`.
    pub uri: String,
    /// Text of the first parameter element, such as `fi:DisplayName` or `fi:UserLang`.
    pub parameter: Option<String>,
}

/// `MSS_SignatureReq`.
#[derive(Debug)]
pub struct SignatureReq {
    /// `@MajorVersion`, `@MinorVersion`.
    pub version: (u8, u8),
    /// `AP_Info`.
    pub ap_info: ApInfo,
    /// `MSSP_Info`.
    pub mssp_info: MsspInfo,
    /// `MobileUser`.
    pub mobile_user: MobileUser,
    /// `DataToBeSigned`.
    pub dtbs: DataToBeSigned,
    /// `DataToBeDisplayed`.
    pub dtbd: Option<DataToBeDisplayed>,
    /// `SignatureProfile/mssURI`.
    pub profile_uri: Option<String>,
    /// `AdditionalServices`.
    pub services: Vec<AdditionalService>,
    /// `MSS_Format/mssURI`.
    pub format_uri: Option<String>,
    /// Whether `KeyReference` is present; it cannot be satisfied yet (404).
    pub has_key_reference: bool,
    /// `SignatureProfileComparison`: `exact`, `minimum`, `better`.
    pub profile_comparison: Option<String>,
    /// `@ValidityDate`.
    pub validity_date: Option<Timestamp>,
    /// `@TimeOut` in seconds.
    pub timeout_s: Option<u32>,
    /// `@MessagingMode`.
    pub mode: MessagingMode,
    /// `msrs:RoamingHeader`, oldest entry first; empty towards an AE's AP listener.
    pub roaming: Vec<RoamingEntry>,
}

/// `MSS_SignatureResp`.
#[derive(Debug)]
pub struct SignatureResp {
    /// Copy of the request's.
    pub ap_info: ApInfo,
    /// Who answers.
    pub mssp_info: MsspInfo,
    /// Copy of the request's.
    pub mobile_user: MobileUser,
    /// The CMS SignedData in DER (`MSS_Signature/Base64Signature`).
    pub signature: Option<Vec<u8>>,
    /// The profile that was used.
    pub profile_uri: Option<String>,
    /// `Status/StatusCode`.
    pub status: StatusCode,
    /// `@MSSP_TransID`.
    pub mssp_trans_id: MsspTransId,
}
