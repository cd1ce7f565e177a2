use crate::Timestamp;

/// The time of day, as an argument. Only the composition floor wraps the system clock.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Chance, as an argument. Only the composition floor wraps the operating system's generator.
pub trait Entropy: Send {
    /// Fills `buffer` with unpredictable octets.
    fn fill(&mut self, buffer: &mut [u8]);

    /// A random 64-bit number.
    fn next_u64(&mut self) -> u64 {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        u64::from_be_bytes(octets)
    }

    /// A random 32-bit number.
    fn next_u32(&mut self) -> u32 {
        let mut octets = [0; 4];
        self.fill(&mut octets);
        u32::from_be_bytes(octets)
    }
}
