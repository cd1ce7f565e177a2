/// Key usage bits (RFC 5280 4.2.1.3), bit 0 lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature: authentication, TLS.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// nonRepudiation, also called contentCommitment: a person's will.
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// keyCertSign: certificates.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// cRLSign: revocation lists.
    pub const CRL_SIGN: Self = Self(1 << 6);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Extended key usage, as far as the platform looks at it (RFC 5280 4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtKeyUsage {
    /// id-kp-serverAuth.
    pub server_auth: bool,
    /// id-kp-clientAuth.
    pub client_auth: bool,
    /// Any other purpose.
    pub other: bool,
}
