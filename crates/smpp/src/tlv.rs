//! Optional parameters (SMPP 3.4, 3.2.4 and 5.3.2).

use std::fmt;

use thiserror::Error;

use crate::malformed::Malformed;

/// The tag of an optional parameter. Unknown tags are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16);

macro_rules! tags {
    ($($name:ident = $value:literal),* $(,)?) => {
        impl Tag {
            $(
                #[doc = concat!("Tag `", stringify!($value), "`.")]
                pub const $name: Self = Self($value);
            )*
        }
    };
}

tags! {
    DEST_ADDR_SUBUNIT = 0x0005,
    QOS_TIME_TO_LIVE = 0x0017,
    RECEIPTED_MESSAGE_ID = 0x001E,
    USER_MESSAGE_REFERENCE = 0x0204,
    SAR_MSG_REF_NUM = 0x020C,
    SAR_TOTAL_SEGMENTS = 0x020E,
    SAR_SEGMENT_SEQNUM = 0x020F,
    SC_INTERFACE_VERSION = 0x0210,
    DPF_RESULT = 0x0420,
    MS_AVAILABILITY_STATUS = 0x0422,
    NETWORK_ERROR_CODE = 0x0423,
    MESSAGE_PAYLOAD = 0x0424,
    DELIVERY_FAILURE_REASON = 0x0425,
    MORE_MESSAGES_TO_SEND = 0x0426,
    MESSAGE_STATE = 0x0427,
    CONGESTION_STATE = 0x0428,
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

/// The optional part of a PDU: whole TLVs in the order in which they came, repeated and unknown ones included.
/// Kept as encoded octets, so that it costs one allocation and is written back exactly.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tlvs {
    octets: Vec<u8>,
}

/// The optional part would no longer fit into a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {} octets of optional parameters", Tlvs::LIMIT)]
pub struct TooManyTlvs;

impl Tlvs {
    /// Greatest total length in octets, tags and lengths counted. Leaves room for every mandatory part within the
    /// 65 536 octets of a PDU.
    pub const LIMIT: usize = 65_536 - 1_024;

    /// No optional parameters.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// Adds one at the end.
    ///
    /// # Errors
    /// When the whole would exceed [`Self::LIMIT`].
    pub fn push(&mut self, tag: Tag, value: &[u8]) -> Result<(), TooManyTlvs> {
        let length = u16::try_from(value.len()).map_err(|_| TooManyTlvs)?;
        if self.octets.len() + 4 + value.len() > Self::LIMIT {
            return Err(TooManyTlvs);
        }
        self.octets.extend_from_slice(&tag.0.to_be_bytes());
        self.octets.extend_from_slice(&length.to_be_bytes());
        self.octets.extend_from_slice(value);
        Ok(())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        let mut rest = self.octets.as_slice();
        std::iter::from_fn(move || {
            let (tag, value, after) = split_first(rest)?;
            rest = after;
            Some((tag, value))
        })
    }

    /// The value of the first with this tag.
    pub fn get(&self, tag: Tag) -> Option<&[u8]> {
        self.iter().find_map(|(found, value)| (found == tag).then_some(value))
    }

    /// The value of the first with this tag, when it is one octet.
    pub fn octet(&self, tag: Tag) -> Option<u8> {
        match self.get(tag)? {
            [octet] => Some(*octet),
            _ => None,
        }
    }

    /// The value of the first with this tag, when it is two octets, as a number.
    pub fn number(&self, tag: Tag) -> Option<u16> {
        match self.get(tag)? {
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    pub(crate) fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        if octets.len() > Self::LIMIT {
            return Err(Malformed::OptionalPart);
        }
        let mut rest = octets;
        while !rest.is_empty() {
            let (_, _, after) = split_first(rest).ok_or(Malformed::OptionalPart)?;
            rest = after;
        }
        Ok(Self { octets: octets.to_vec() })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.octets);
    }
}

fn split_first(octets: &[u8]) -> Option<(Tag, &[u8], &[u8])> {
    let (&[tag_high, tag_low, high, low], rest) = octets.split_first_chunk::<4>()?;
    let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
    Some((Tag(u16::from_be_bytes([tag_high, tag_low])), value, rest))
}

/// Tags and lengths only: the values may hold a person's text.
impl fmt::Debug for Tlvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(tag, value)| (tag, value.len()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_repeats_and_unknown_tags_survive() {
        let mut tlvs = Tlvs::new();
        tlvs.push(Tag(0x1400), b"vendor").unwrap();
        tlvs.push(Tag::MESSAGE_STATE, &[2]).unwrap();
        tlvs.push(Tag::MESSAGE_STATE, &[5]).unwrap();
        assert_eq!(tlvs.octet(Tag::MESSAGE_STATE), Some(2));
        assert_eq!(tlvs.number(Tag::MESSAGE_STATE), None);
        let mut octets = Vec::new();
        tlvs.encode(&mut octets);
        assert_eq!(Tlvs::parse(&octets).unwrap(), tlvs);
        assert_eq!(tlvs.iter().count(), 3);
        for cut in 1..4 {
            assert_eq!(Tlvs::parse(&octets[..octets.len() - cut]), Err(Malformed::OptionalPart));
        }
    }

    #[test]
    fn the_whole_is_bounded() {
        let mut tlvs = Tlvs::new();
        assert_eq!(tlvs.push(Tag(1), &[0; 65_535]), Err(TooManyTlvs));
        tlvs.push(Tag(1), &vec![0; Tlvs::LIMIT - 4]).unwrap();
        assert_eq!(tlvs.push(Tag(1), &[]), Err(TooManyTlvs));
    }
}
