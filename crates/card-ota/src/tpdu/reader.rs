use super::TpduError;

/// Takes octets off the front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn octet(&mut self) -> Result<u8, TpduError> {
        let [octet] = self.array()?;
        Ok(octet)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], TpduError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(TpduError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], TpduError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(TpduError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn end(self) -> Result<(), TpduError> {
        if self.0.is_empty() { Ok(()) } else { Err(TpduError::Trailing) }
    }
}
