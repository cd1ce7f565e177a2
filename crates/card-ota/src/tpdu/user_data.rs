use super::TpduError;
use super::reader::Reader;
use crate::segment::USER_DATA;

const MAX_SEPTETS: u8 = 160;

/// User data with its length field, which counts septets under a 7-bit coding and octets otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserData {
    length: u8,
    octets: Vec<u8>,
}

impl UserData {
    /// Octets, for any coding that is not 7-bit.
    ///
    /// # Errors
    /// [`TpduError::UserData`] above 140.
    pub fn octets(octets: Vec<u8>) -> Result<Self, TpduError> {
        if octets.len() > USER_DATA {
            return Err(TpduError::UserData);
        }
        let length = u8::try_from(octets.len()).map_err(|_| TpduError::UserData)?;
        Ok(Self { length, octets })
    }

    /// The length field.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// The octets, user data header included.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets
    }

    /// The octets, user data header included.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.octets
    }

    pub(super) fn read(reader: &mut Reader<'_>, dcs: u8) -> Result<Self, TpduError> {
        let length = reader.octet()?;
        let count = if is_seven_bit(dcs) {
            if length > MAX_SEPTETS {
                return Err(TpduError::UserData);
            }
            (usize::from(length) * 7).div_ceil(8)
        } else {
            usize::from(length)
        };
        if count > USER_DATA {
            return Err(TpduError::UserData);
        }
        Ok(Self { length, octets: reader.take(count)?.to_vec() })
    }

    pub(super) fn write(&self, octets: &mut Vec<u8>) {
        octets.push(self.length);
        octets.extend_from_slice(&self.octets);
    }
}

/// Whether a data coding scheme means uncompressed 7-bit text, TS 23.038 4. Reserved groups are read as the default
/// alphabet, as the standard asks.
const fn is_seven_bit(dcs: u8) -> bool {
    match dcs >> 4 {
        0x0..=0x7 => dcs & 0x20 == 0 && matches!(dcs & 0x0C, 0x00 | 0x0C),
        0xE => false,
        0xF => dcs & 0x04 == 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings() {
        for dcs in [0x00, 0x10, 0x4C, 0x80, 0xC8, 0xD0, 0xF0, 0xF3] {
            assert!(is_seven_bit(dcs), "{dcs:02x}");
        }
        for dcs in [0x04, 0x08, 0x16, 0x36, 0x56, 0x20, 0xE0, 0xF4, 0xF5, 0xF6] {
            assert!(!is_seven_bit(dcs), "{dcs:02x}");
        }
    }
}
