use super::{ApInfo, MobileUser, MsspInfo};
use crate::{MsspTransId, StatusCode};

/// `MSS_StatusReq`.
#[derive(Debug)]
pub struct StatusQuery {
    /// `@MajorVersion`, `@MinorVersion`.
    pub version: (u8, u8),
    /// `AP_Info`; clients use a fresh AP_TransID, so only AP_ID and MSSP_TransID count.
    pub ap_info: ApInfo,
    /// `MSSP_Info`.
    pub mssp_info: MsspInfo,
    /// `@MSSP_TransID`, or the child element that some clients send.
    pub mssp_trans_id: MsspTransId,
}

/// `MSS_StatusResp`.
#[derive(Debug)]
pub struct StatusResp {
    /// Copy of the request's.
    pub ap_info: ApInfo,
    /// Who answers.
    pub mssp_info: MsspInfo,
    /// The user of the transaction.
    pub mobile_user: MobileUser,
    /// The CMS SignedData in DER.
    pub signature: Option<Vec<u8>>,
    /// `Status/StatusCode`.
    pub status: StatusCode,
}
