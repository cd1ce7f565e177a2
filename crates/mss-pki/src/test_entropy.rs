use mss_core::Entropy;

/// Chance that repeats: octets of SHA-256 over a counter. For tests.
pub(crate) struct Counting(pub(crate) u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 = self.0.wrapping_add(0x1_0001);
            let block = crate::sha256(&self.0.to_be_bytes());
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
    }
}
