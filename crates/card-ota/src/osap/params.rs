use super::tlv::{self, Fields, tag};
use super::{Algorithm, Mode, OsapError, Slot};

/// The PARAMS value: key reference, algorithm, mode, time to live. Where a message has no use for the last two they are
/// sent as zero and not looked at.
pub(super) struct Params {
    pub(super) slot: Slot,
    pub(super) mode: u8,
    pub(super) ttl_s: u16,
}

impl Params {
    pub(super) const fn new(slot: Slot, mode: u8, ttl_s: u16) -> Self {
        Self { slot, mode, ttl_s }
    }

    pub(super) fn write(&self, octets: &mut Vec<u8>) -> Result<(), OsapError> {
        let [high, low] = self.ttl_s.to_be_bytes();
        tlv::put(octets, tag::PARAMS, &[self.slot.0, Algorithm::EcdsaP256.octet(), self.mode, high, low])
    }

    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, OsapError> {
        let [slot, algorithm, mode, high, low] = fields.array(tag::PARAMS)?;
        Algorithm::from_octet(algorithm)?;
        Ok(Self { slot: Slot(slot), mode, ttl_s: u16::from_be_bytes([high, low]) })
    }

    pub(super) fn of_mode(self, mode: Mode) -> Result<Self, OsapError> {
        if self.mode == mode.octet() { Ok(self) } else { Err(OsapError::Unsupported) }
    }
}
