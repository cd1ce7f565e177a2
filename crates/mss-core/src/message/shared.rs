use crate::{ApId, ApPassword, ApTransId, MeshMember, Msisdn, Timestamp};

/// A time as its sender wrote it, and as we read it. Answers echo the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instant {
    /// The time.
    pub at: Timestamp,
    /// The sender's spelling.
    pub text: String,
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self { at, text: at.to_string() }
    }
}

/// `AP_Info`: copied into every answer.
#[derive(Debug)]
pub struct ApInfo {
    /// `@AP_ID`.
    pub ap_id: ApId,
    /// `@AP_TransID`.
    pub ap_trans_id: ApTransId,
    /// `@AP_PWD`, empty when absent.
    pub ap_pwd: ApPassword,
    /// `@Instant`.
    pub instant: Instant,
    /// `@AP_URL`.
    pub ap_url: Option<String>,
}

/// `MSSP_Info`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MsspInfo {
    /// `MSSP_ID`.
    pub mssp_id: MeshMember,
    /// `@Instant`, set in answers.
    pub instant: Option<Timestamp>,
}

/// `MobileUser`, as sent. Answers copy it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MobileUser {
    /// `IdentityIssuer`.
    pub identity_issuer: Option<MeshMember>,
    /// `UserIdentifier`.
    pub user_identifier: Option<String>,
    /// `HomeMSSP`.
    pub home_mssp: Option<MeshMember>,
    /// `MSISDN`, parsed.
    pub msisdn: Option<Msisdn>,
    /// Whether the sender wrote the number with `+`; the copy keeps the form.
    pub msisdn_with_plus: bool,
}

impl MobileUser {
    /// A user named by number alone.
    #[must_use]
    pub fn from_msisdn(msisdn: Msisdn) -> Self {
        Self { msisdn: Some(msisdn), msisdn_with_plus: true, ..Self::default() }
    }
}

/// One `RoamingHeaderEntry` (TS 102 207; the names follow the public fragments, the rest is our reading).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoamingEntry {
    /// `RE_SenderInfo/@RE_TransactionID`: the sender's own MSSP_TransID.
    pub transaction_id: String,
    /// `RE_SenderInfo/@Instant`.
    pub instant: Timestamp,
    /// `RE_SenderInfo/@TimeOut`: seconds that are left.
    pub timeout_s: u32,
    /// Which mesh member sent it.
    pub sender: MeshMember,
}
