use super::algorithm::{CheckAlgorithm, CipherAlgorithm, Named};
use super::profile::{CardProfile, ProfileError};
use super::{CheckKey, CipherKey};
use thiserror::Error;
use zeroize::ZeroizeOnDrop;

/// Why a key or key set was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// AES keys have 16, 24 or 32 octets, 3DES keys 16 or 24, DES keys 8, redundancy checks none.
    #[error("the key has the wrong length for its algorithm")]
    Length,
    /// A key version is 1 to 15.
    #[error("a key version is 1 to 15")]
    Version,
    /// Single DES, ECB or XOR, which this build does not have.
    #[error("the algorithm is withdrawn and not built")]
    Legacy,
    /// Parts of the 3DES key are equal, so that it is a key of a weaker kind.
    #[error("parts of the 3DES key are equal")]
    Weak,
    /// The card profile does not permit it.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// A key set of a card: KIc to encipher, KID for the checksum, under one key version.
///
/// No `Debug`, no `Clone`; the expanded keys are zeroized when dropped.
pub struct PacketKeys {
    kvn: u8,
    kic: CipherKey,
    kid: CheckKey,
    identifiers: [u8; 2],
    cc_length: usize,
}

impl ZeroizeOnDrop for PacketKeys {}

impl PacketKeys {
    /// An AES key set with version 1 to 15, keys of 16, 24 or 32 octets each, and checksums of 8 octets.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(kvn: u8, kic: &[u8], kid: &[u8]) -> Result<Self, KeyError> {
        let profile = CardProfile::aes(kvn).ok_or(KeyError::Version)?;
        Self::with_profile(&profile, kic, kid)
    }

    /// A key set as the profile of a card has it.
    ///
    /// # Errors
    /// [`KeyError::Profile`] when the profile is not permitted, [`KeyError::Weak`] when a 3DES key is really a single key, or
    /// one of two keys where the profile forbids them, [`KeyError::Length`].
    pub fn with_profile(profile: &CardProfile, kic: &[u8], kid: &[u8]) -> Result<Self, KeyError> {
        let permitted = profile.check()?;
        if matches!(permitted.cipher, CipherAlgorithm::TripleDes2 | CipherAlgorithm::TripleDes3) {
            strong(kic, profile.two_key_triple_des)?;
        }
        if matches!(permitted.check, CheckAlgorithm::TripleDesMac2 | CheckAlgorithm::TripleDesMac3) {
            strong(kid, profile.two_key_triple_des)?;
        }
        Ok(Self {
            kvn: permitted.kvn,
            kic: CipherKey::new(permitted.cipher, kic)?,
            kid: CheckKey::new(permitted.check, kid)?,
            identifiers: [profile.kic, profile.kid],
            cc_length: profile.cc_length,
        })
    }

    /// The key version, 1 to 15.
    #[must_use]
    pub const fn kvn(&self) -> u8 {
        self.kvn
    }

    /// KIc and KID as they stand in a packet.
    #[must_use]
    pub const fn identifiers(&self) -> [u8; 2] {
        self.identifiers
    }

    pub(super) const fn cc_length(&self) -> usize {
        self.cc_length
    }

    pub(super) const fn kic(&self) -> &CipherKey {
        &self.kic
    }

    pub(super) const fn kid(&self) -> &CheckKey {
        &self.kid
    }

    /// The redundancy check that KID names for a response that shall carry one; most key sets name none.
    pub(super) fn redundancy(&self) -> Option<CheckKey> {
        let [_, kid] = self.identifiers;
        match CheckAlgorithm::named_redundancy(kid) {
            Named::Algorithm(algorithm) => CheckKey::new(algorithm, &[]).ok(),
            Named::Agreed | Named::Reserved => None,
        }
    }
}

/// Neighbours that are equal undo each other, and equal ends make two keys of three. The lowest bit of an octet is parity.
fn strong(key: &[u8], two_keys: bool) -> Result<(), KeyError> {
    let (parts, _) = key.as_chunks::<8>();
    let equal = |a: &[u8; 8], b: &[u8; 8]| a.iter().zip(b).all(|(a, b)| a & 0xFE == b & 0xFE);
    let weak = match parts {
        [one, two] => equal(one, two),
        [one, two, three] => equal(one, two) || equal(two, three) || (!two_keys && equal(one, three)),
        _ => false,
    };
    if weak { Err(KeyError::Weak) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_versions() {
        for (kvn, kic, kid) in [(1, 16, 16), (15, 24, 32), (3, 32, 16)] {
            let keys = PacketKeys::new(kvn, &vec![1; kic], &vec![2; kid]).unwrap();
            assert_eq!((keys.kvn(), keys.identifiers()), (kvn, [kvn << 4 | 2; 2]));
        }
        assert_eq!(PacketKeys::new(0, &[1; 16], &[2; 16]).err(), Some(KeyError::Version));
        assert_eq!(PacketKeys::new(16, &[1; 16], &[2; 16]).err(), Some(KeyError::Version));
        for length in [0, 8, 15, 17, 23, 31, 33] {
            assert_eq!(PacketKeys::new(1, &vec![1; length], &[2; 16]).err(), Some(KeyError::Length));
            assert_eq!(PacketKeys::new(1, &[2; 16], &vec![1; length]).err(), Some(KeyError::Length));
        }
    }

    #[test]
    fn three_des_keys_that_are_fewer() {
        let three = |a: u8, b: u8, c: u8| [[a; 8], [b; 8], [c; 8]].concat();
        let profile = CardProfile { kic: 0x39, kid: 0x39, ..CardProfile::aes(3).unwrap() };
        let good = three(2, 4, 6);
        assert!(PacketKeys::with_profile(&profile, &good, &good).is_ok());
        // 2 and 3 differ in parity alone.
        for weak in [three(2, 2, 6), three(2, 3, 6), three(2, 4, 4), three(2, 4, 2), three(2, 2, 2)] {
            assert_eq!(PacketKeys::with_profile(&profile, &weak, &good).err(), Some(KeyError::Weak));
            assert_eq!(PacketKeys::with_profile(&profile, &good, &weak).err(), Some(KeyError::Weak));
        }
        let lenient = CardProfile { two_key_triple_des: true, ..profile };
        assert!(PacketKeys::with_profile(&lenient, &three(2, 4, 2), &good).is_ok());
        let two = CardProfile { kic: 0x35, kid: 0x35, ..lenient };
        assert!(PacketKeys::with_profile(&two, &good[..16], &good[..16]).is_ok());
        assert_eq!(PacketKeys::with_profile(&two, &[2; 16], &good[..16]).err(), Some(KeyError::Weak));
        assert_eq!(PacketKeys::with_profile(&two, &good, &good[..16]).err(), Some(KeyError::Length));
        let refused = CardProfile { two_key_triple_des: false, ..two };
        let error = PacketKeys::with_profile(&refused, &good[..16], &good[..16]).err();
        assert_eq!(error, Some(KeyError::Profile(ProfileError::TwoKeys)));
    }
}
