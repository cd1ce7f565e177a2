//! Reads the fields of a body one after the other; never beyond its end.

use crate::{COctetString, malformed::Malformed, tlv::Tlvs};

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(crate) fn octet(&mut self, field: &'static str) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed::Short(field))?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::Short(field))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn text<const MAX: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<COctetString<MAX>, Malformed> {
        let window = self.rest.get(..MAX).unwrap_or(self.rest);
        let Some(end) = window.iter().position(|octet| *octet == 0) else {
            return Err(if window.len() < MAX { Malformed::Short(field) } else { Malformed::TooLong(field) });
        };
        let text = self.take(end, field)?;
        self.octet(field)?;
        COctetString::new(text).map_err(|_| Malformed::TooLong(field))
    }

    /// Everything left, as the optional part.
    pub(crate) fn tlvs(&mut self) -> Result<Tlvs, Malformed> {
        let rest = std::mem::take(&mut self.rest);
        Tlvs::parse(rest)
    }

    /// There must be nothing left.
    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::Trailing(self.rest.len())) }
    }
}
