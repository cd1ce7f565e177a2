use super::PacketError;
use std::ops::Range;

/// A packet after deciphering: the octets and where its fields are. The same for commands and responses, which differ only
/// in what stands before the checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) octets: Vec<u8>,
    pub(super) cc: Range<usize>,
    pub(super) data: Range<usize>,
    pub(super) pcntr: u8,
}

impl Plain {
    /// Lays the fields out. `cc` must lie inside `octets`; padding is less than a `block`.
    pub(super) fn new(
        octets: Vec<u8>,
        cc: Range<usize>,
        pcntr: u8,
        block: usize,
    ) -> Result<Self, PacketError> {
        let padding = usize::from(pcntr);
        let room = octets.len().checked_sub(cc.end).ok_or(PacketError::Length)?;
        if padding >= block || padding > room {
            return Err(PacketError::Padding);
        }
        let data = cc.end..octets.len() - padding;
        Ok(Self { octets, cc, data, pcntr })
    }

    pub(super) fn field(&self, range: &Range<usize>) -> &[u8] {
        self.octets.get(range.clone()).unwrap_or_default()
    }

    /// The data alone, in the same allocation.
    pub(super) fn into_data(self) -> Vec<u8> {
        let Self { mut octets, data, .. } = self;
        octets.truncate(data.end);
        octets.drain(..data.start.min(octets.len()));
        octets
    }
}
