use super::Rsc;
use thiserror::Error;

/// Why a packet was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// SPI1 is below minimum security level 16; such a packet never leaves.
    #[error("SPI1 is below the minimum security level")]
    BelowMsl,
    /// The security level asks for a signature (DS), for a key or check that was not given, or for another algorithm than
    /// KIc and KID name.
    #[error("this protection is not supported")]
    Unsupported,
    /// The packet would be longer than its length field or its segments can carry.
    #[error("the packet is too long")]
    TooLong,
    /// The counter stands at FFFFFFFFFF: the key set must be replaced.
    #[error("the counter is used up")]
    CounterBlocked,
}

/// Why a packet was refused. Nothing of it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PacketError {
    /// Shorter than its own lengths say, longer than they say, or lengths that contradict each other.
    #[error("the packet's lengths are wrong")]
    Length,
    /// SPI1 is below the minimum security level.
    #[error("the packet is below the minimum security level")]
    BelowMsl,
    /// A signature (DS), or a key or check that is not there.
    #[error("this protection is not supported")]
    Unsupported,
    /// KIc or KID name another key version or algorithm than the keys given.
    #[error("the packet names another key set")]
    KeySet,
    /// The checksum field has a length other than the one fixed for the card.
    #[error("the checksum has the wrong length")]
    CcLength,
    /// The ciphered part is not a whole number of cipher blocks.
    #[error("the ciphered part is not whole blocks")]
    Alignment,
    /// The checksum is wrong: other keys, or somebody changed the packet.
    #[error("the checksum is wrong")]
    CcMismatch,
    /// The padding counter is a block or more, or more than there is data.
    #[error("the padding counter is wrong")]
    Padding,
}

impl PacketError {
    /// The status with which a card answers this refusal.
    #[must_use]
    pub const fn rsc(self) -> Rsc {
        match self {
            Self::CcMismatch | Self::CcLength => Rsc::CC_FAILED,
            Self::Alignment | Self::Padding => Rsc::CIPHERING_ERROR,
            Self::BelowMsl => Rsc::INSUFFICIENT_SECURITY,
            Self::Length | Self::Unsupported | Self::KeySet => Rsc::SECURITY_ERROR,
        }
    }
}
