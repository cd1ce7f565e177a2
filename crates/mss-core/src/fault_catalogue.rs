//! Every fault code of TS 102 204 and TS 102 207 that the field knows, as data.

/// A fault code: the number in the SOAP subcode `mss:_NNN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultCode(pub u16);

/// Whose mistake it is: the SOAP fault code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The request cannot succeed as it is.
    Sender,
    /// The request was right; the platform, the phone or the person could not or would not.
    Receiver,
}

/// One line of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry {
    /// The number.
    pub code: FaultCode,
    /// The standard's name, used as the fault's `Reason`.
    pub name: &'static str,
    /// Whose mistake.
    pub side: Side,
    /// What an outsider is told: says what to do next, names nothing inside.
    pub text: &'static str,
}

macro_rules! catalogue {
    ($($code:literal $name:ident $side:ident $text:literal;)*) => {
        impl FaultCode {
            $(#[doc = concat!(stringify!($code), ": ", $text)] pub const $name: Self = Self($code);)*
        }
        /// The catalogue, in the order of the codes.
        pub const CATALOGUE: &[CatalogueEntry] = &[
            $(CatalogueEntry { code: FaultCode($code), name: stringify!($name), side: Side::$side, text: $text },)*
        ];
    };
}

catalogue! {
    101 WRONG_PARAM Sender "A parameter has a value that cannot be used.";
    102 MISSING_PARAM Sender "A mandatory parameter is missing.";
    103 WRONG_DATA_LENGTH Sender "The data to be signed or displayed is too long or too short.";
    104 UNAUTHORIZED_ACCESS Sender "The Application Provider may not make this request.";
    105 UNKNOWN_CLIENT Sender "The mobile user is not known.";
    107 INAPPROPRIATE_DATA Sender "The data's MIME type, encoding or characters cannot be shown on the user's device.";
    108 INCOMPATIBLE_INTERFACE Sender "The interface version or operation is not supported.";
    109 UNSUPPORTED_PROFILE Receiver "The signature profile is not known or not available to this user.";
    208 EXPIRED_TRANSACTION Receiver "The time limit passed before the user answered.";
    209 OTA_ERROR Receiver "The user's device could not be reached.";
    401 USER_CANCEL Receiver "The user refused.";
    402 PIN_NR_BLOCKED Receiver "The user's PIN is blocked.";
    403 CARD_BLOCKED Receiver "The user's card or account is blocked.";
    404 NO_KEY_FOUND Receiver "The user has no usable key for this profile.";
    405 NO_URL_FOUND Receiver "A certificate URL could not be resolved.";
    406 PB_SIGNATURE_PROCESS Receiver "Signing failed, or another transaction is already running for this user.";
    407 REGISTRATION_NOK Receiver "Registration failed.";
    422 NO_CERT_FOUND Receiver "No usable certificate belongs to the signature.";
    423 CRL_PB Receiver "Revocation data could not be used.";
    424 CRL_EXPIRED Receiver "Revocation data has expired.";
    425 ERROR_CERTIFICATE Receiver "The certificate is not valid.";
    701 ROAMING_HEADER_MISSING Sender "The roaming header block is missing.";
    702 IDENTITY_ISSUER_HEADER_MISSING Sender "The identity issuer header block is missing.";
    703 HOME_MSSP_HEADER_MISSING Sender "The home MSSP header block is missing.";
    710 INPUT_INFORMATION_MISSING Sender "Information needed for routing is missing.";
    720 VALIDITY_DATE_EXPIRED Sender "The transaction's time limit passed on its way.";
    750 UNABLE_TO_PROVIDE_ROUTING Receiver "The routing entity cannot serve the request now.";
    760 UNABLE_TO_PROVIDE_IDENTITY Receiver "The identity issuer cannot serve the request now.";
    770 UNABLE_TO_PROVIDE_VERIFICATION Receiver "The verifying entity cannot serve the request now.";
    780 UNABLE_TO_PROVIDE_SERVICES Receiver "The home MSSP cannot be reached now; ask again with a status query.";
    900 INTERNAL_ERROR Receiver "The service failed; quote the transaction number to support.";
}

impl FaultCode {
    /// The code's line; a code that is not in the catalogue has the line of 900.
    #[must_use]
    pub fn entry(self) -> CatalogueEntry {
        let unknown = CatalogueEntry {
            code: Self::INTERNAL_ERROR,
            name: "INTERNAL_ERROR",
            side: Side::Receiver,
            text: "The service failed; quote the transaction number to support.",
        };
        CATALOGUE.iter().find(|entry| entry.code == self).copied().unwrap_or(unknown)
    }
}
