use super::OsapError;

/// The key reference octet of a slot on the card. Which slot serves what is personalisation; the constants are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u8);

impl Slot {
    /// Signatures of will, over a text.
    pub const SIGN: Self = Self(1);
    /// Authentication, over a text.
    pub const AUTHN: Self = Self(2);
    /// Signatures over a digest made elsewhere.
    pub const DIGEST: Self = Self(3);
}

/// What a key computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256, raw r and s.
    EcdsaP256,
}

impl Algorithm {
    /// Its octet in PARAMS.
    #[must_use]
    pub const fn octet(self) -> u8 {
        match self {
            Self::EcdsaP256 => 0x01,
        }
    }

    pub(super) const fn from_octet(octet: u8) -> Result<Self, OsapError> {
        match octet {
            0x01 => Ok(Self::EcdsaP256),
            _ => Err(OsapError::Unsupported),
        }
    }
}

/// How a key signs, fixed when the key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The card builds and signs CAdES signed attributes over the text that it showed.
    SignedAttributes = 2,
    /// The card signs the digest that it was given, and shows a label.
    Digest = 3,
}

impl Mode {
    /// Its octet in PARAMS.
    #[must_use]
    pub const fn octet(self) -> u8 {
        self as u8
    }

    pub(super) const fn from_octet(octet: u8) -> Result<Self, OsapError> {
        match octet {
            2 => Ok(Self::SignedAttributes),
            3 => Ok(Self::Digest),
            _ => Err(OsapError::Unsupported),
        }
    }
}
