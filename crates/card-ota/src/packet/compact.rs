/// The additional response data of file and applet management in compact form, TS 102 226 5.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactResponse<'a> {
    /// Commands that were executed.
    pub number_of_commands: u8,
    /// Status word of the last one.
    pub sw: u16,
    /// Response data of the last one.
    pub response_data: &'a [u8],
}

impl<'a> CompactResponse<'a> {
    /// Reads it; `None` when there are fewer than three octets.
    #[must_use]
    pub fn decode(data: &'a [u8]) -> Option<Self> {
        let ([number_of_commands, sw1, sw2], response_data) = data.split_first_chunk::<3>()?;
        Some(Self {
            number_of_commands: *number_of_commands,
            sw: u16::from_be_bytes([*sw1, *sw2]),
            response_data,
        })
    }
}
