use std::fmt;

/// The response status code of a response packet, TS 102 225 5.2. Unknown values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rsc(pub u8);

impl Rsc {
    /// Handed to the application. It does not say that anything was signed.
    pub const OK: Self = Self(0x00);
    /// The checksum failed.
    pub const CC_FAILED: Self = Self(0x01);
    /// The counter was not higher than the card's.
    pub const CNTR_LOW: Self = Self(0x02);
    /// The counter jumped and the strict mode forbids it.
    pub const CNTR_HIGH: Self = Self(0x03);
    /// The card's counter is used up.
    pub const CNTR_BLOCKED: Self = Self(0x04);
    /// Deciphering failed.
    pub const CIPHERING_ERROR: Self = Self(0x05);
    /// A security error not named; the packet is plain by definition.
    pub const SECURITY_ERROR: Self = Self(0x06);
    /// The card has no memory for it.
    pub const NO_MEMORY: Self = Self(0x07);
    /// The card needs more time; another response follows.
    pub const MORE_TIME: Self = Self(0x08);
    /// No application has this TAR.
    pub const TAR_UNKNOWN: Self = Self(0x09);
    /// The application's minimum security level is above this packet's.
    pub const INSUFFICIENT_SECURITY: Self = Self(0x0A);
    /// The actual response comes in an SMS-SUBMIT.
    pub const BY_SUBMIT: Self = Self(0x0B);
    /// The actual response comes by USSD.
    pub const BY_USSD: Self = Self(0x0C);
}

impl fmt::Display for Rsc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match *self {
            Self::OK => "ok",
            Self::CC_FAILED => "checksum failed",
            Self::CNTR_LOW => "counter low",
            Self::CNTR_HIGH => "counter high",
            Self::CNTR_BLOCKED => "counter blocked",
            Self::CIPHERING_ERROR => "ciphering error",
            Self::SECURITY_ERROR => "unidentified security error",
            Self::NO_MEMORY => "insufficient memory",
            Self::MORE_TIME => "more time",
            Self::TAR_UNKNOWN => "TAR unknown",
            Self::INSUFFICIENT_SECURITY => "insufficient security level",
            Self::BY_SUBMIT => "response follows by SMS-SUBMIT",
            Self::BY_USSD => "response follows by USSD",
            Self(0xC0..=0xFE) => "proprietary",
            Self(_) => "reserved",
        };
        write!(f, "RSC {:02X} ({word})", self.0)
    }
}
