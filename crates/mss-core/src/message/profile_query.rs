use super::{ApInfo, MobileUser, MsspInfo};

/// `MSS_ProfileReq`.
#[derive(Debug)]
pub struct ProfileQuery {
    /// `@MajorVersion`, `@MinorVersion`; 2.0 comes with `Params`.
    pub version: (u8, u8),
    /// `AP_Info`.
    pub ap_info: ApInfo,
    /// `MSSP_Info`.
    pub mssp_info: MsspInfo,
    /// `MobileUser`.
    pub mobile_user: MobileUser,
    /// `GetCertificates`, or `certs` among `Params`.
    pub with_certificates: bool,
}

/// `MSS_ProfileResp`.
#[derive(Debug)]
pub struct ProfileResp {
    /// Copy of the request's.
    pub ap_info: ApInfo,
    /// Who answers.
    pub mssp_info: MsspInfo,
    /// `SignatureProfile/mssURI`, one for each profile the user can sign with.
    pub profile_uris: Vec<String>,
    /// `mcs:ProfileQueryExtension/MobileUserCertificate`, when asked for.
    pub certificates: Vec<UserCertificate>,
}

/// One certificate of a user in a profile answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCertificate {
    /// `@State`, such as `ACTIVE`.
    pub state: String,
    /// `@Algorithm`, such as `EC`.
    pub algorithm: String,
    /// `@SignatureProfiles`.
    pub profile_uris: Vec<String>,
    /// Path in DER, signer first.
    pub path: Vec<Vec<u8>>,
}
