//! `MSS_RegistrationReq` with its `mreg` payload (mss-soap 13): the one road by which people, cards and keys are managed.
use crate::{
    StatusCode,
    message::{ApInfo, MobileUser, MsspInfo},
};

/// The namespace of our own operation names. Ours, not the standard's.
pub const NAMESPACE: &str = "urn:sinetti:mreg:1";

/// `MSS_RegistrationReq`.
#[derive(Debug)]
pub struct RegistrationReq {
    /// `AP_Info`: names the ME or operator that asks.
    pub ap_info: ApInfo,
    /// `MSSP_Info`.
    pub mssp_info: MsspInfo,
    /// `mreg:RegistrationInput/Target/MobileUser`.
    pub target: MobileUser,
    /// `mreg:MregRequest`: what shall be done, in order.
    pub operations: Vec<MregOperation>,
}

/// The kind of an operation: the element's name without `Operation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MregKind {
    /// Something on the card, over the air.
    Wireless,
    /// Something with a certificate.
    Certification,
    /// A record of a person or a card.
    Provisioning,
    /// A record of an AP, a CA, an MSSP.
    Entity,
}

/// One operation with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MregOperation {
    /// Which element carries it.
    pub kind: MregKind,
    /// `@Name`.
    pub name: String,
    /// `@NameSpace`.
    pub namespace: Option<String>,
    /// `Parameter`, in order.
    pub parameters: Vec<MregParameter>,
}

/// One `Parameter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MregParameter {
    /// `@Name`.
    pub name: String,
    /// `@Value`, or the element's text.
    pub value: String,
}

impl MregOperation {
    /// The value of the first parameter with this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name == name).map(|p| p.value.as_str())
    }
}

/// `MSS_RegistrationResp`.
#[derive(Debug)]
pub struct RegistrationResp {
    /// Copy of the request's.
    pub ap_info: ApInfo,
    /// Who answers.
    pub mssp_info: MsspInfo,
    /// 408 when all operations succeeded; a failed one is a fault instead.
    pub status: StatusCode,
    /// `mreg:OperationOutput`, one for each operation.
    pub outputs: Vec<MregOutput>,
}

/// What one operation yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MregOutput {
    /// `@Name` of the operation.
    pub name: String,
    /// `Parameter`, in order.
    pub parameters: Vec<MregParameter>,
}

/// The operations that the platform itself uses, by `@Name`, all in [`NAMESPACE`]. Ours.
pub mod operation {
    /// ME and HMSSP: import cards. Parameter `Batch`: base64 of a card batch. Answers `Imported`.
    pub const IMPORT_CARDS: &str = "ImportCards";
    /// HMSSP: bind a number to a card. Parameters `MSISDN`, `ICCID`, `UserSerial`.
    pub const BIND_USER: &str = "BindUser";
    /// HMSSP: the card makes a key, the person chooses or confirms the PIN. Parameters `MSISDN`, `Operation`. Answers
    /// `PublicKey`: base64 of the SubjectPublicKeyInfo, possession proven.
    pub const GENERATE_KEY: &str = "GenerateKey";
    /// HMSSP: the card learns the key's certificate. Parameters `MSISDN`, `Operation`, `Certificate` (base64 DER, one or
    /// more: signer first, then intermediates).
    pub const SET_CERTIFICATE: &str = "SetCertificate";
    /// ME: register a person: bind, three keys, three certificates. Parameters `MSISDN`, `ICCID`, `GivenName`,
    /// `SurName`, `SerialNumber`.
    pub const REGISTER_USER: &str = "RegisterUser";
    /// ME: how far a person's registration is. Parameter `MSISDN`. Answers `State`.
    pub const QUERY_USER: &str = "QueryMobileUser";
}
