//! The user data header, TS 23.040 9.2.3.24: information elements in any order before the payload.
use crate::segment::Indicator;
use thiserror::Error;

const CONCATENATION_8: u8 = 0x00;
const CONCATENATION_16: u8 = 0x08;
const COMMAND_PACKET: u8 = 0x70;
const RESPONSE_PACKET: u8 = 0x71;

/// Why a user data header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UdhError {
    /// The header is longer than the user data.
    #[error("the user data header is longer than the user data")]
    Truncated,
    /// An element does not fit the header.
    #[error("an information element does not fit the header")]
    Element,
    /// A concatenation element of the wrong length.
    #[error("a concatenation element is malformed")]
    Concatenation,
    /// More octets than a length field can say.
    #[error("the header is too long")]
    TooLong,
}

/// One information element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its identifier.
    pub id: u8,
    /// Its data.
    pub data: &'a [u8],
}

/// Which part of which set a short message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concatenation {
    /// The set.
    pub reference: u16,
    /// Whether the reference has 16 bits on the air.
    pub wide: bool,
    /// Parts of the set.
    pub total: u8,
    /// This part, from 1.
    pub sequence: u8,
}

/// A user data header that parses: every element lies inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Udh<'a>(&'a [u8]);

impl<'a> Udh<'a> {
    /// Splits user data into its header and the payload.
    ///
    /// # Errors
    /// [`UdhError`].
    pub fn split(ud: &'a [u8]) -> Result<(Self, &'a [u8]), UdhError> {
        let (length, rest) = ud.split_first().ok_or(UdhError::Truncated)?;
        let (header, payload) = rest.split_at_checked(usize::from(*length)).ok_or(UdhError::Truncated)?;
        let mut left = header;
        while !left.is_empty() {
            (_, left) = element(left).ok_or(UdhError::Element)?;
        }
        Ok((Self(header), payload))
    }

    /// The elements in their order.
    pub fn elements(self) -> impl Iterator<Item = Element<'a>> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let (element, rest) = element(left)?;
            left = rest;
            Some(element)
        })
    }

    /// The concatenation element, if there is one; of several the last counts (TS 23.040 9.2.3.24).
    ///
    /// # Errors
    /// [`UdhError::Concatenation`].
    pub fn concatenation(self) -> Result<Option<Concatenation>, UdhError> {
        let mut found = None;
        for element in self.elements() {
            found = match (element.id, element.data) {
                (CONCATENATION_8, [reference, total, sequence]) => {
                    let reference = u16::from(*reference);
                    Some(Concatenation { reference, wide: false, total: *total, sequence: *sequence })
                }
                (CONCATENATION_16, [high, low, total, sequence]) => {
                    let reference = u16::from_be_bytes([*high, *low]);
                    Some(Concatenation { reference, wide: true, total: *total, sequence: *sequence })
                }
                (CONCATENATION_8 | CONCATENATION_16, _) => return Err(UdhError::Concatenation),
                _ => found,
            };
        }
        Ok(found)
    }

    /// The first security header in the range reserved for toolkits (TS 23.040 9.2.3.24) that is neither a command nor a
    /// response packet: some vendor's own, of unknown form.
    #[must_use]
    pub fn vendor_header(self) -> Option<u8> {
        self.elements().map(|element| element.id).find(|id| matches!(id, 0x72..=0x7F))
    }

    /// Whether the payload begins a command or response packet.
    #[must_use]
    pub fn indicator(self) -> Option<Indicator> {
        self.elements().find_map(|element| match element.id {
            COMMAND_PACKET => Some(Indicator::Command),
            RESPONSE_PACKET => Some(Indicator::Response),
            _ => None,
        })
    }
}

fn element(octets: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let ([id, length], rest) = octets.split_first_chunk::<2>()?;
    let (data, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((Element { id: *id, data }, rest))
}

/// Builds a header, its length first, from elements in this order.
///
/// # Errors
/// [`UdhError::TooLong`] when an element or the whole passes 255 octets.
pub fn build(elements: &[Element<'_>]) -> Result<Vec<u8>, UdhError> {
    let mut header = vec![0];
    for element in elements {
        let length = u8::try_from(element.data.len()).map_err(|_| UdhError::TooLong)?;
        header.extend_from_slice(&[element.id, length]);
        header.extend_from_slice(element.data);
    }
    let length = u8::try_from(header.len() - 1).map_err(|_| UdhError::TooLong)?;
    if let Some(first) = header.first_mut() {
        *first = length;
    }
    Ok(header)
}

impl Indicator {
    /// Its information element identifier.
    #[must_use]
    pub const fn identifier(self) -> u8 {
        match self {
            Self::Command => COMMAND_PACKET,
            Self::Response => RESPONSE_PACKET,
        }
    }
}

impl Concatenation {
    /// Writes the element for this part.
    pub(crate) fn write(self, header: &mut Vec<u8>) {
        let [high, low] = self.reference.to_be_bytes();
        if self.wide {
            header.extend_from_slice(&[CONCATENATION_16, 4, high, low, self.total, self.sequence]);
        } else {
            header.extend_from_slice(&[CONCATENATION_8, 3, low, self.total, self.sequence]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn order_is_free() {
        for ud in ["0700035a0301700001", "0770 00 00035a0301 01".replace(' ', "").as_str()] {
            let ud = hex::decode(ud).unwrap();
            let (udh, payload) = Udh::split(&ud).unwrap();
            let expected = Concatenation { reference: 0x5A, wide: false, total: 3, sequence: 1 };
            assert_eq!(udh.concatenation(), Ok(Some(expected)));
            assert_eq!(udh.indicator(), Some(Indicator::Command));
            assert_eq!(payload, [1]);
        }
    }

    #[test]
    fn refused() {
        for (ud, error) in [
            ("", UdhError::Truncated),
            ("0270", UdhError::Truncated),
            ("0170", UdhError::Element),
            ("027001ff", UdhError::Element),
            ("03700000", UdhError::Element),
        ] {
            assert_eq!(Udh::split(&hex::decode(ud).unwrap()), Err(error), "{ud}");
        }
        let short = hex::decode("0400025a03").unwrap();
        assert_eq!(Udh::split(&short).unwrap().0.concatenation(), Err(UdhError::Concatenation));
    }

    proptest! {
        #[test]
        fn built_and_split(
            elements in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..8)), 0..10),
            payload in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let elements: Vec<_> = elements.iter().map(|(id, data)| Element { id: *id, data }).collect();
            let mut ud = build(&elements).unwrap();
            ud.extend_from_slice(&payload);
            let (udh, rest) = Udh::split(&ud).unwrap();
            prop_assert_eq!(udh.elements().collect::<Vec<_>>(), elements);
            prop_assert_eq!(rest, &payload[..]);
        }

        #[test]
        fn any_octets(ud in proptest::collection::vec(any::<u8>(), 0..140)) {
            if let Ok((udh, _)) = Udh::split(&ud) {
                let _ = (udh.concatenation(), udh.indicator(), udh.elements().count());
            }
        }
    }
}
