//! Decisions taken from a fuzzer's octets. What the octets do not reach is zero, so that every input is a whole one.

/// Octets not yet used up.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn octet(&mut self) -> u8 {
        let [octet] = self.array();
        octet
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// Below `bound`, from one octet.
    pub(crate) fn below(&mut self, bound: u8) -> u8 {
        self.octet() % bound
    }

    pub(crate) fn is(&mut self) -> bool {
        self.octet() & 1 == 1
    }

    /// One of several.
    pub(crate) fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[usize::from(self.octet()) % values.len()]
    }

    /// The next octets; fewer at the end.
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Octets with their number in front.
    pub(crate) fn counted(&mut self) -> &'a [u8] {
        let count = usize::from(self.octet());
        self.take(count)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
