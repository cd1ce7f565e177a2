use super::OsapError;

/// The tags. One with its top bit set is critical: who does not know it must refuse the message.
pub(super) mod tag {
    pub(in crate::osap) const PARAMS: u8 = 0x01;
    pub(in crate::osap) const TEXT: u8 = 0x02;
    pub(in crate::osap) const TITLE: u8 = 0x03;
    pub(in crate::osap) const DIGEST: u8 = 0x05;
    pub(in crate::osap) const PIN_POLICY: u8 = 0x08;
    pub(in crate::osap) const CERT_HASH: u8 = 0x0A;
    pub(in crate::osap) const STATUS: u8 = 0x10;
    pub(in crate::osap) const SIGNATURE: u8 = 0x11;
    pub(in crate::osap) const PUBKEY: u8 = 0x12;
    pub(in crate::osap) const POP: u8 = 0x13;
    pub(in crate::osap) const DTBS_ID: u8 = 0x14;
    pub(in crate::osap) const TRIES: u8 = 0x15;
    pub(in crate::osap) const INFO: u8 = 0x16;
    pub(in crate::osap) const MO_TIME: u8 = 0x17;
    pub(in crate::osap) const TIME: u8 = 0x98;
    pub(in crate::osap) const HEADLINE: u8 = 0x99;
}

const CRITICAL: u8 = 0x80;
/// Length forms: below this the octet itself, then with one and with two octets more.
const LONG_1: u8 = 0x81;
const LONG_2: u8 = 0x82;

/// Appends one TLV, its length in the shortest form.
pub(super) fn put(octets: &mut Vec<u8>, tag: u8, value: &[u8]) -> Result<(), OsapError> {
    let length = u16::try_from(value.len()).map_err(|_| OsapError::TooLong)?;
    let [high, low] = length.to_be_bytes();
    match (high, low) {
        (0, 0..=0x7F) => octets.extend_from_slice(&[tag, low]),
        (0, _) => octets.extend_from_slice(&[tag, LONG_1, low]),
        _ => octets.extend_from_slice(&[tag, LONG_2, high, low]),
    }
    octets.extend_from_slice(value);
    Ok(())
}

/// The TLVs of one message that its type knows.
pub(super) struct Fields<'a> {
    known: &'static [u8],
    values: [Option<&'a [u8]>; 5],
}

impl<'a> Fields<'a> {
    /// Reads all TLVs, of which at most five are `known`. The others are skipped unless critical.
    pub(super) fn parse(mut octets: &'a [u8], known: &'static [u8]) -> Result<Self, OsapError> {
        let mut values = [None; 5];
        while !octets.is_empty() {
            let (tag, value, rest) = take(octets)?;
            octets = rest;
            let mut places = known.iter().zip(&mut values);
            match places.find(|(known, _)| **known == tag).map(|(_, place)| place) {
                Some(place @ None) => *place = Some(value),
                Some(Some(_)) => return Err(OsapError::Duplicate(tag)),
                None if tag & CRITICAL != 0 => return Err(OsapError::UnknownCritical(tag)),
                None => {}
            }
        }
        Ok(Self { known, values })
    }

    pub(super) fn get(&self, tag: u8) -> Option<&'a [u8]> {
        let mut places = self.known.iter().zip(&self.values);
        places.find(|(known, _)| **known == tag).and_then(|(_, value)| *value)
    }

    pub(super) fn need(&self, tag: u8) -> Result<&'a [u8], OsapError> {
        self.get(tag).ok_or(OsapError::Missing(tag))
    }

    /// A value that must be there and have exactly this size.
    pub(super) fn array<const N: usize>(&self, tag: u8) -> Result<[u8; N], OsapError> {
        self.need(tag)?.try_into().map_err(|_| OsapError::Value)
    }

    /// A value that, if it is there, has exactly this size.
    pub(super) fn optional<const N: usize>(&self, tag: u8) -> Result<Option<[u8; N]>, OsapError> {
        self.get(tag).map(|value| value.try_into().map_err(|_| OsapError::Value)).transpose()
    }
}

fn take(octets: &[u8]) -> Result<(u8, &[u8], &[u8]), OsapError> {
    let ([tag, first], rest) = octets.split_first_chunk::<2>().ok_or(OsapError::Truncated)?;
    let (length, rest) = match *first {
        0..=0x7F => (usize::from(*first), rest),
        LONG_1 => {
            let (low, rest) = rest.split_first().ok_or(OsapError::Truncated)?;
            if *low < 0x80 {
                return Err(OsapError::TlvLength);
            }
            (usize::from(*low), rest)
        }
        LONG_2 => {
            let (length, rest) = rest.split_first_chunk::<2>().ok_or(OsapError::Truncated)?;
            if length[0] == 0 {
                return Err(OsapError::TlvLength);
            }
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return Err(OsapError::TlvLength),
    };
    let (value, rest) = rest.split_at_checked(length).ok_or(OsapError::Truncated)?;
    Ok((*tag, value, rest))
}
