//! Fixed keys, so that what one process sealed or signed, another one opens. They protect nothing.
use card_ota::packet::{CardProfile, CheckAlgorithm, CipherAlgorithm, PacketKeys};
use mss_core::Entropy;
use mss_pki::sha256;

/// Chance that repeats.
pub(crate) struct Counting(pub(crate) u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 = self.0.wrapping_add(1);
            chunk.copy_from_slice(&sha256(&self.0.to_be_bytes())[..chunk.len()]);
        }
    }
}

/// How many [`packet_keys`] there are.
pub(crate) const KEY_SETS: u8 = 5;

/// Packet keys with AES of each size, and with 3DES of two and three keys.
pub(crate) fn packet_keys(which: u8) -> PacketKeys {
    let (kic, kid): ([u8; 32], [u8; 32]) =
        (std::array::from_fn(|at| 2 * at as u8 + 0x42), std::array::from_fn(|at| 2 * at as u8 + 0x98));
    let aes = |length: usize| PacketKeys::new(which % KEY_SETS + 1, &kic[..length], &kid[..length]);
    let triple_des = |cipher: CipherAlgorithm, check: CheckAlgorithm, length: usize| {
        let version = (which % KEY_SETS + 1) << 4;
        let profile = CardProfile {
            kic: version | cipher.nibble(),
            kid: version | check.nibble(),
            two_key_triple_des: true,
            ..CardProfile::aes(1).expect("a version")
        };
        PacketKeys::with_profile(&profile, &kic[..length], &kid[..length])
    };
    let keys = match which % KEY_SETS {
        0 => aes(16),
        1 => aes(24),
        2 => aes(32),
        3 => triple_des(CipherAlgorithm::TripleDes2, CheckAlgorithm::TripleDesMac2, 16),
        _ => triple_des(CipherAlgorithm::TripleDes3, CheckAlgorithm::TripleDesMac3, 24),
    };
    keys.expect("right sizes")
}
