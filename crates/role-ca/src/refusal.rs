/// Why there is no certificate. The words are part of the API; the sentences are for people and name nothing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The message could not be read.
    #[error("the message is not the JSON that was expected")]
    Malformed,
    /// No such code was ever made here.
    #[error("the code is not known; codes are made by `sinetti ca code`")]
    CodeUnknown,
    /// The code has been used.
    #[error("the code has been used; each serves once, ask for a new one")]
    CodeUsed,
    /// The code is too old.
    #[error("the code has expired; ask for a new one")]
    CodeExpired,
    /// The certificate request does not hold.
    #[error("the certificate request is refused: {0}")]
    Request(#[from] mss_pki::csr::RequestError),
    /// The order's number is empty, too long or not printable.
    #[error("order_id must be 1 to {} printable ASCII characters", crate::OrderId::MAX)]
    OrderId,
    /// The same number was used for another order.
    #[error("this order_id belongs to an order with other content")]
    OrderExists,
    /// The key has a certificate already: another order's, another person's or a node's.
    #[error("this public key has a certificate already, under another order")]
    KeyCertified,
    /// Not a P-256 key.
    #[error("public_key_spki_b64 is no P-256 public key")]
    PublicKey,
    /// A value cannot stand in the certificate's name.
    #[error("subject: {0}")]
    Subject(#[from] mss_pki::issuance::InvalidName),
    /// The common name is not what the certificate would say.
    #[error("subject: common_name must be given_name, a space, surname")]
    CommonName,
    /// The authority's own certificate has ended, or has not begun.
    #[error("the authority's own certificate cannot be used now")]
    Authority,
    /// The key could not sign, or the store could not be read: ask again.
    #[error("the CA cannot issue now; ask again")]
    Unavailable,
}

impl Refusal {
    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::CodeUnknown => "code_unknown",
            Self::CodeUsed => "code_used",
            Self::CodeExpired => "code_expired",
            Self::Request(_) => "request_refused",
            Self::OrderId => "order_id",
            Self::OrderExists => "order_exists",
            Self::KeyCertified => "key_certified",
            Self::PublicKey => "public_key",
            Self::Subject(_) | Self::CommonName => "subject",
            Self::Authority => "authority",
            Self::Unavailable => "unavailable",
        }
    }

    /// Whether asking the same again later may succeed.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Authority | Self::Unavailable)
    }
}
