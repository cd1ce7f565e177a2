use super::{Algorithm, Mode, OsapError, Slot};

/// Tries that are left before something is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Of the PIN.
    pub pin: u8,
    /// Of the PUK; zero where there is none.
    pub puk: u8,
}

/// How far the life of a key has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// Made, and waits for SET_CERT.
    Uncertified = 1,
    /// Certified: it can sign.
    Ready = 2,
    /// Its PIN is blocked.
    Blocked = 3,
}

/// One key on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotInfo {
    /// Where it is.
    pub slot: Slot,
    /// What it computes.
    pub algorithm: Algorithm,
    /// How it signs.
    pub mode: Mode,
    /// How far it is.
    pub state: SlotState,
    /// PIN tries left.
    pub tries: u8,
}

/// What an applet says about itself: the INFO value, 8 octets and 4 for each slot that holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardInfo {
    /// Version of the applet.
    pub applet_version: u16,
    /// Lowest OSAP version it speaks.
    pub protocol_min: u8,
    /// Highest OSAP version it speaks.
    pub protocol_max: u8,
    /// Capability bits; none is defined yet and zero is sent.
    pub capabilities: u32,
    /// The keys, at most [`CardInfo::MAX_SLOTS`]; an empty slot is not listed.
    pub slots: Vec<SlotInfo>,
}

impl CardInfo {
    /// Slots that fit.
    pub const MAX_SLOTS: usize = 8;

    pub(super) fn octets(&self) -> Result<Vec<u8>, OsapError> {
        if self.slots.len() > Self::MAX_SLOTS {
            return Err(OsapError::TooLong);
        }
        let mut octets = Vec::with_capacity(8 + 4 * self.slots.len());
        octets.extend_from_slice(&self.applet_version.to_be_bytes());
        octets.extend_from_slice(&[self.protocol_min, self.protocol_max]);
        octets.extend_from_slice(&self.capabilities.to_be_bytes());
        for info in &self.slots {
            let mode_and_state = info.mode.octet() << 4 | info.state as u8;
            octets.extend_from_slice(&[info.slot.0, info.algorithm.octet(), mode_and_state, info.tries]);
        }
        Ok(octets)
    }

    pub(super) fn from_octets(octets: &[u8]) -> Result<Self, OsapError> {
        let ([v1, v2, protocol_min, protocol_max, c1, c2, c3, c4], rest) =
            octets.split_first_chunk::<8>().ok_or(OsapError::Value)?;
        let (chunks, left) = rest.as_chunks::<4>();
        if !left.is_empty() || chunks.len() > Self::MAX_SLOTS {
            return Err(OsapError::Value);
        }
        let slots = chunks.iter().map(SlotInfo::from_octets).collect::<Result<_, _>>()?;
        Ok(Self {
            applet_version: u16::from_be_bytes([*v1, *v2]),
            protocol_min: *protocol_min,
            protocol_max: *protocol_max,
            capabilities: u32::from_be_bytes([*c1, *c2, *c3, *c4]),
            slots,
        })
    }
}

impl SlotInfo {
    fn from_octets([slot, algorithm, mode_and_state, tries]: &[u8; 4]) -> Result<Self, OsapError> {
        let state = match mode_and_state & 0x0F {
            1 => SlotState::Uncertified,
            2 => SlotState::Ready,
            3 => SlotState::Blocked,
            _ => return Err(OsapError::Unsupported),
        };
        Ok(Self {
            slot: Slot(*slot),
            algorithm: Algorithm::from_octet(*algorithm)?,
            mode: Mode::from_octet(mode_and_state >> 4)?,
            state,
            tries: *tries,
        })
    }
}
