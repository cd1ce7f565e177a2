use super::keys::KeyError;

/// How a packet is ciphered, TS 102 225 5.1.2: always with a zero IV, in CBC unless the name says otherwise.
///
/// The withdrawn ones have names in every build, so that they can be refused by name; only a build with the feature
/// `legacy` makes keys for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CipherAlgorithm {
    /// AES with 128, 192 or 256 bits, as long as the key.
    Aes,
    /// Outer CBC with K1 K2 K1.
    TripleDes2,
    /// Outer CBC with K1 K2 K3.
    TripleDes3,
    /// Withdrawn.
    Des,
    /// Withdrawn.
    DesEcb,
    /// Never in the standard; some senders agreed on it with their cards.
    TripleDesEcb,
}

/// How a packet is checked, TS 102 225 5.1.3: with a key (a cryptographic checksum) or without (a redundancy check).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckAlgorithm {
    /// AES-CMAC, of which the leftmost octets are sent.
    AesCmac,
    /// CBC-MAC with K1 K2 K1, zero padding, the last block.
    TripleDesMac2,
    /// CBC-MAC with K1 K2 K3.
    TripleDesMac3,
    /// CBC-MAC with one DES key. Withdrawn.
    DesMac,
    /// CRC-16 of annex B (as in X.25), 2 octets.
    Crc16,
    /// CRC-32 of annex B (as in Ethernet), 4 octets.
    Crc32,
    /// The exclusive or of all words of 4 octets. Never in the standard; some senders agreed on it with their cards.
    Xor4,
    /// The exclusive or of all words of 8 octets. As [`Self::Xor4`].
    Xor8,
}

/// What the low nibble of KIc or KID says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<A> {
    /// This one.
    Algorithm(A),
    /// One that sender and card agreed on elsewhere: the implicit and the proprietary values.
    Agreed,
    /// A value that the standard reserves.
    Reserved,
}

impl<A: PartialEq + Copy> Named<A> {
    /// Whether a packet with this nibble may be handled with this algorithm.
    #[must_use]
    pub fn permits(self, algorithm: A) -> bool {
        match self {
            Self::Algorithm(named) => named == algorithm,
            Self::Agreed => true,
            Self::Reserved => false,
        }
    }

    /// The algorithm: the one named, or else the one agreed on.
    #[must_use]
    pub fn or_agreed(self, agreed: Option<A>) -> Option<A> {
        match self {
            Self::Algorithm(named) => Some(named),
            Self::Agreed => agreed,
            Self::Reserved => None,
        }
    }
}

impl CipherAlgorithm {
    /// What a KIc names.
    #[must_use]
    pub const fn named(kic: u8) -> Named<Self> {
        match kic & 0x0F {
            0x1 => Named::Algorithm(Self::Des),
            0x2 => Named::Algorithm(Self::Aes),
            0x5 => Named::Algorithm(Self::TripleDes2),
            0x9 => Named::Algorithm(Self::TripleDes3),
            0xD => Named::Algorithm(Self::DesEcb),
            low if low & 0x03 == 0 || low & 0x03 == 3 => Named::Agreed,
            _ => Named::Reserved,
        }
    }

    /// The low nibble of KIc for it; 0, implicit, for what has no value of its own.
    #[must_use]
    pub const fn nibble(self) -> u8 {
        match self {
            Self::Des => 0x1,
            Self::Aes => 0x2,
            Self::TripleDes2 => 0x5,
            Self::TripleDes3 => 0x9,
            Self::DesEcb => 0xD,
            Self::TripleDesEcb => 0x0,
        }
    }

    /// Whether it is withdrawn or never was in the standard: readable with the feature `legacy`, permitted in no profile.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        matches!(self, Self::Des | Self::DesEcb | Self::TripleDesEcb)
    }

    /// Octets of a block.
    #[must_use]
    pub const fn block(self) -> usize {
        if matches!(self, Self::Aes) { 16 } else { 8 }
    }

    /// Whether a key may have this many octets.
    pub(super) const fn takes(self, length: usize) -> Result<(), KeyError> {
        let fits = match self {
            Self::Aes => matches!(length, 16 | 24 | 32),
            Self::TripleDes2 => length == 16,
            Self::TripleDes3 => length == 24,
            Self::TripleDesEcb => matches!(length, 16 | 24),
            Self::Des | Self::DesEcb => length == 8,
        };
        if fits { Ok(()) } else { Err(KeyError::Length) }
    }
}

impl CheckAlgorithm {
    /// What a KID names where the packet carries a cryptographic checksum.
    #[must_use]
    pub const fn named_checksum(kid: u8) -> Named<Self> {
        match kid & 0x0F {
            0x1 => Named::Algorithm(Self::DesMac),
            0x2 => Named::Algorithm(Self::AesCmac),
            0x5 => Named::Algorithm(Self::TripleDesMac2),
            0x9 => Named::Algorithm(Self::TripleDesMac3),
            low if low & 0x03 == 0 || low & 0x03 == 3 => Named::Agreed,
            _ => Named::Reserved,
        }
    }

    /// What a KID names where the packet carries a redundancy check.
    #[must_use]
    pub const fn named_redundancy(kid: u8) -> Named<Self> {
        match kid & 0x0F {
            0x1 => Named::Algorithm(Self::Crc16),
            0x5 => Named::Algorithm(Self::Crc32),
            low if low & 0x03 == 0 || low & 0x03 == 3 => Named::Agreed,
            _ => Named::Reserved,
        }
    }

    /// The low nibble of KID for it; 0, implicit, for what has no value of its own.
    #[must_use]
    pub const fn nibble(self) -> u8 {
        match self {
            Self::DesMac | Self::Crc16 => 0x1,
            Self::AesCmac => 0x2,
            Self::TripleDesMac2 | Self::Crc32 => 0x5,
            Self::TripleDesMac3 => 0x9,
            Self::Xor4 | Self::Xor8 => 0x0,
        }
    }

    /// Whether it is withdrawn or never was in the standard: readable with the feature `legacy`, permitted in no profile.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        matches!(self, Self::DesMac | Self::Xor4 | Self::Xor8)
    }

    /// Whether it needs a key, so that a right value proves who made the packet.
    #[must_use]
    pub const fn is_keyed(self) -> bool {
        matches!(self, Self::AesCmac | Self::TripleDesMac2 | Self::TripleDesMac3 | Self::DesMac)
    }

    /// Octets of a redundancy check; `None` for a cryptographic checksum, whose length the card's profile fixes.
    #[must_use]
    pub const fn redundancy_length(self) -> Option<usize> {
        match self {
            Self::Crc16 => Some(2),
            Self::Crc32 | Self::Xor4 => Some(4),
            Self::Xor8 => Some(8),
            Self::AesCmac | Self::TripleDesMac2 | Self::TripleDesMac3 | Self::DesMac => None,
        }
    }

    /// Whether a key may have this many octets.
    pub(super) const fn takes(self, length: usize) -> Result<(), KeyError> {
        let fits = match self {
            Self::AesCmac => matches!(length, 16 | 24 | 32),
            Self::TripleDesMac2 => length == 16,
            Self::TripleDesMac3 => length == 24,
            Self::DesMac => length == 8,
            Self::Crc16 | Self::Crc32 | Self::Xor4 | Self::Xor8 => length == 0,
        };
        if fits { Ok(()) } else { Err(KeyError::Length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nibble() {
        use Named::{Agreed, Algorithm, Reserved};
        for nibble in 0..=0xF_u8 {
            let cipher = match nibble {
                1 => Algorithm(CipherAlgorithm::Des),
                2 => Algorithm(CipherAlgorithm::Aes),
                5 => Algorithm(CipherAlgorithm::TripleDes2),
                9 => Algorithm(CipherAlgorithm::TripleDes3),
                0xD => Algorithm(CipherAlgorithm::DesEcb),
                0 | 4 | 8 | 0xC | 3 | 7 | 0xB | 0xF => Agreed,
                _ => Reserved,
            };
            let checksum = match nibble {
                1 => Algorithm(CheckAlgorithm::DesMac),
                2 => Algorithm(CheckAlgorithm::AesCmac),
                5 => Algorithm(CheckAlgorithm::TripleDesMac2),
                9 => Algorithm(CheckAlgorithm::TripleDesMac3),
                0 | 4 | 8 | 0xC | 3 | 7 | 0xB | 0xF => Agreed,
                _ => Reserved,
            };
            let redundancy = match nibble {
                1 => Algorithm(CheckAlgorithm::Crc16),
                5 => Algorithm(CheckAlgorithm::Crc32),
                0 | 4 | 8 | 0xC | 3 | 7 | 0xB | 0xF => Agreed,
                _ => Reserved,
            };
            for high in [0x00, 0x30, 0xF0] {
                assert_eq!(CipherAlgorithm::named(high | nibble), cipher, "{nibble:x}");
                assert_eq!(CheckAlgorithm::named_checksum(high | nibble), checksum, "{nibble:x}");
                assert_eq!(CheckAlgorithm::named_redundancy(high | nibble), redundancy, "{nibble:x}");
            }
            if let Algorithm(algorithm) = cipher {
                assert_eq!(algorithm.nibble(), nibble);
            }
            for algorithm in [checksum, redundancy] {
                if let Algorithm(algorithm) = algorithm {
                    assert_eq!(algorithm.nibble(), nibble);
                }
            }
        }
        assert_eq!(CipherAlgorithm::TripleDesEcb.nibble(), 0);
        assert_eq!(CheckAlgorithm::Xor8.nibble(), 0);
    }

    #[test]
    fn agreed_means_agreed() {
        let aes = CipherAlgorithm::Aes;
        assert!(Named::Agreed.permits(aes) && Named::Algorithm(aes).permits(aes));
        assert!(!Named::Algorithm(CipherAlgorithm::TripleDes3).permits(aes) && !Named::Reserved.permits(aes));
        assert_eq!(Named::Agreed.or_agreed(Some(aes)), Some(aes));
        assert_eq!(Named::Agreed.or_agreed(None::<CipherAlgorithm>), None);
        assert_eq!(Named::Algorithm(aes).or_agreed(None), Some(aes));
        assert_eq!(Named::Reserved.or_agreed(Some(aes)), None);
    }
}
