/// A status code inside a `Status` element (TS 102 204). Unknown values survive; only replies carry one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusCode(pub u16);

impl StatusCode {
    /// 100: accepted.
    pub const REQUEST_OK: Self = Self(100);
    /// 408: registered.
    pub const REGISTRATION_OK: Self = Self(408);
    /// 500: signature made, revocation not checked by the MSSP.
    pub const SIGNATURE: Self = Self(500);
    /// 501: signature made, certificate revoked.
    pub const REVOKED_CERTIFICATE: Self = Self(501);
    /// 502: signature made and validated.
    pub const VALID_SIGNATURE: Self = Self(502);
    /// 503: validation failed or certificate expired.
    pub const INVALID_SIGNATURE: Self = Self(503);
    /// 504: not finished.
    pub const OUTSTANDING_TRANSACTION: Self = Self(504);
    /// 505: valid, but the certificate lacks what the profile demands (FiCom).
    pub const CONSTRAINT_MISMATCH: Self = Self(505);

    /// The code's name, as `StatusMessage` carries it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            100 => "REQUEST_OK",
            408 => "REGISTRATION_OK",
            500 => "SIGNATURE",
            501 => "REVOKED_CERTIFICATE",
            502 => "VALID_SIGNATURE",
            503 => "INVALID_SIGNATURE",
            504 => "OUTSTANDING_TRANSACTION",
            505 => "CONSTRAINT_MISMATCH",
            _ => "UNKNOWN",
        }
    }
}
