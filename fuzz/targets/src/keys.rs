//! Fixed keys, so that what one process sealed or signed, another one opens. They protect nothing.
use card_ota::packet::PacketKeys;
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

/// Packet keys with AES of each size.
pub(crate) fn packet_keys(which: u8) -> PacketKeys {
    let length = [16, 24, 32][usize::from(which % 3)];
    PacketKeys::new(which % 3 + 1, &[0x42; 32][..length], &[0x17; 32][..length]).expect("sizes of AES")
}
