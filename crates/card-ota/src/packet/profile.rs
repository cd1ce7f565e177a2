use super::algorithm::{CheckAlgorithm, CipherAlgorithm, Named};
use super::{Msl, Spi};
use thiserror::Error;

/// Why a card profile is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// The application's minimum security level is below 06: somebody without keys could talk to it.
    #[error("the minimum security level is below 06")]
    LevelTooLow,
    /// KIc and KID name different key versions.
    #[error("KIc and KID name different key versions")]
    KeyVersions,
    /// KIc and KID name version 0, so that nobody knows which keys.
    #[error("KIc and KID name no key version")]
    NoKeyVersion,
    /// Single DES, ECB or XOR.
    #[error("the profile names a withdrawn algorithm")]
    Withdrawn,
    /// 3DES with two keys, which the profile's own rule forbids.
    #[error("the profile forbids 3DES with two keys")]
    TwoKeys,
    /// A reserved value, an implicit one without agreement, or a check that needs no key.
    #[error("KIc or KID names no algorithm")]
    NoAlgorithm,
    /// A checksum has 8 octets, or 4 under AES.
    #[error("the checksum has the wrong length")]
    CcLength,
}

/// What is permitted and should be mended all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileWarning {
    /// The application accepts packets without a counter that must rise, so a recorded one works again.
    LevelBelowFull,
    /// 3DES with two keys.
    TwoKeys,
    /// A checksum of 4 octets.
    ShortChecksum,
}

/// What is known of a card's application and its key set. [`super::PacketKeys`] come from a profile that passed
/// [`CardProfile::check`], whatever features the build has: reading an old packet is one thing, talking that way another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardProfile {
    /// The application's minimum security level on the card.
    pub msl: Msl,
    /// KIc as it stands in packets.
    pub kic: u8,
    /// KID as it stands in packets.
    pub kid: u8,
    /// What an implicit KIc means for this card.
    pub agreed_cipher: Option<CipherAlgorithm>,
    /// What an implicit KID means for this card.
    pub agreed_check: Option<CheckAlgorithm>,
    /// Octets of the checksum.
    pub cc_length: usize,
    /// The rule for 3DES with two keys (80 bits of strength and a block of 64): permitted with a warning, or refused.
    pub two_key_triple_des: bool,
}

/// What a permitted profile means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermittedProfile {
    /// The key version, 1 to 15.
    pub kvn: u8,
    /// The cipher.
    pub cipher: CipherAlgorithm,
    /// The checksum.
    pub check: CheckAlgorithm,
    /// What should be mended.
    pub warnings: Vec<ProfileWarning>,
}

impl CardProfile {
    /// AES with checksums of 8 octets, the full level, two-key 3DES refused; `None` unless the version is 1 to 15.
    #[must_use]
    pub const fn aes(kvn: u8) -> Option<Self> {
        if kvn == 0 || kvn > 15 {
            return None;
        }
        Some(Self {
            msl: Msl::FULL,
            kic: kvn << 4 | CipherAlgorithm::Aes.nibble(),
            kid: kvn << 4 | CheckAlgorithm::AesCmac.nibble(),
            agreed_cipher: None,
            agreed_check: None,
            cc_length: 8,
            two_key_triple_des: false,
        })
    }

    /// Checks the profile against the rules that hold for every card.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn check(&self) -> Result<PermittedProfile, ProfileError> {
        let level = Spi([self.msl.0, 0]);
        if !level.satisfies(Msl::LEAST) {
            return Err(ProfileError::LevelTooLow);
        }
        let kvn = self.kic >> 4;
        if kvn != self.kid >> 4 {
            return Err(ProfileError::KeyVersions);
        }
        if kvn == 0 {
            return Err(ProfileError::NoKeyVersion);
        }
        let cipher = chosen(CipherAlgorithm::named(self.kic), self.agreed_cipher)?;
        let check = chosen(CheckAlgorithm::named_checksum(self.kid), self.agreed_check)?;
        if cipher.is_legacy() || check.is_legacy() {
            return Err(ProfileError::Withdrawn);
        }
        if !check.is_keyed() {
            return Err(ProfileError::NoAlgorithm);
        }
        let two_keys = cipher == CipherAlgorithm::TripleDes2 || check == CheckAlgorithm::TripleDesMac2;
        if two_keys && !self.two_key_triple_des {
            return Err(ProfileError::TwoKeys);
        }
        let short = self.cc_length == 4 && check == CheckAlgorithm::AesCmac;
        if self.cc_length != 8 && !short {
            return Err(ProfileError::CcLength);
        }
        let warnings = [
            (!level.satisfies(Msl::FULL), ProfileWarning::LevelBelowFull),
            (two_keys, ProfileWarning::TwoKeys),
            (short, ProfileWarning::ShortChecksum),
        ];
        let warnings = warnings.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect();
        Ok(PermittedProfile { kvn, cipher, check, warnings })
    }
}

fn chosen<A: Copy + PartialEq>(named: Named<A>, agreed: Option<A>) -> Result<A, ProfileError> {
    named.or_agreed(agreed).ok_or(ProfileError::NoAlgorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> CardProfile {
        CardProfile::aes(3).unwrap()
    }

    #[test]
    fn levels() {
        for msl in 0..=0x1F_u8 {
            let checked = CardProfile { msl: Msl(msl), ..profile() }.check();
            let (integrity, ciphered, counter) = (msl & 3, msl & 4 != 0, msl >> 3);
            if integrity < 2 || !ciphered {
                assert_eq!(checked, Err(ProfileError::LevelTooLow), "{msl:02x}");
            } else {
                let warned = checked.unwrap().warnings == [ProfileWarning::LevelBelowFull];
                assert_eq!(warned, counter < 2, "{msl:02x}");
            }
        }
    }

    #[test]
    fn key_versions() {
        assert_eq!(CardProfile::aes(0), None);
        assert_eq!(CardProfile::aes(16), None);
        let differ = CardProfile { kid: 0x42, ..profile() };
        assert_eq!(differ.check(), Err(ProfileError::KeyVersions));
        let none = CardProfile { kic: 0x02, kid: 0x02, ..profile() };
        assert_eq!(none.check(), Err(ProfileError::NoKeyVersion));
    }

    #[test]
    fn no_profile_permits_what_is_withdrawn() {
        for (kic, kid) in [(0x31, 0x32), (0x3D, 0x32), (0x32, 0x31), (0x31, 0x31), (0x39, 0x31)] {
            for two_key_triple_des in [false, true] {
                let profile = CardProfile { kic, kid, two_key_triple_des, ..profile() };
                assert_eq!(profile.check(), Err(ProfileError::Withdrawn), "{kic:02x} {kid:02x}");
            }
        }
        let agreed = |cipher, check| {
            CardProfile {
                kic: 0x30,
                kid: 0x30,
                agreed_cipher: Some(cipher),
                agreed_check: Some(check),
                ..profile()
            }
            .check()
            .map(|permitted| (permitted.cipher, permitted.check))
        };
        use {CheckAlgorithm as Check, CipherAlgorithm as Cipher};
        for cipher in [Cipher::Des, Cipher::DesEcb, Cipher::TripleDesEcb] {
            assert_eq!(agreed(cipher, Check::AesCmac), Err(ProfileError::Withdrawn));
        }
        for check in [Check::DesMac, Check::Xor4, Check::Xor8] {
            assert_eq!(agreed(Cipher::Aes, check), Err(ProfileError::Withdrawn));
        }
        for check in [Check::Crc16, Check::Crc32] {
            assert_eq!(agreed(Cipher::Aes, check), Err(ProfileError::NoAlgorithm));
        }
        assert_eq!(agreed(Cipher::TripleDes2, Check::AesCmac), Err(ProfileError::TwoKeys));
        assert_eq!(agreed(Cipher::Aes, Check::TripleDesMac2), Err(ProfileError::TwoKeys));
        assert_eq!(
            agreed(Cipher::TripleDes3, Check::TripleDesMac3),
            Ok((Cipher::TripleDes3, Check::TripleDesMac3))
        );
    }

    #[test]
    fn implicit_without_agreement_and_reserved() {
        for nibble in [0x0, 0x3, 0x4, 0x6, 0x8, 0xA, 0xE] {
            assert_eq!(
                CardProfile { kic: 0x30 | nibble, ..profile() }.check(),
                Err(ProfileError::NoAlgorithm)
            );
            assert_eq!(
                CardProfile { kid: 0x30 | nibble, ..profile() }.check(),
                Err(ProfileError::NoAlgorithm)
            );
        }
    }

    #[test]
    fn warnings_and_checksums() {
        let lenient = CardProfile { kic: 0x35, kid: 0x35, two_key_triple_des: true, ..profile() };
        assert_eq!(lenient.check().unwrap().warnings, [ProfileWarning::TwoKeys]);
        assert_eq!(
            CardProfile { cc_length: 4, ..profile() }.check().unwrap().warnings,
            [ProfileWarning::ShortChecksum]
        );
        assert_eq!(CardProfile { cc_length: 4, ..lenient }.check(), Err(ProfileError::CcLength));
        for cc_length in [0, 2, 7, 16] {
            assert_eq!(CardProfile { cc_length, ..profile() }.check(), Err(ProfileError::CcLength));
        }
        assert_eq!(profile().check().unwrap().warnings, []);
    }
}
