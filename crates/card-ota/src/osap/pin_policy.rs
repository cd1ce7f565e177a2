use super::OsapError;

/// What PIN a person may choose for a key: its length in digits and how often it may be typed wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinPolicy {
    min: u8,
    max: u8,
    tries: u8,
}

impl PinPolicy {
    /// Four to eight digits, three tries.
    pub const DEFAULT: Self = Self { min: 4, max: 8, tries: 3 };

    /// A policy.
    ///
    /// # Errors
    /// [`OsapError::Value`] unless 4 <= `min` <= `max` <= 12 and 3 <= `tries` <= 5.
    pub fn new(min: u8, max: u8, tries: u8) -> Result<Self, OsapError> {
        let sound = (4..=12).contains(&min) && (min..=12).contains(&max) && (3..=5).contains(&tries);
        if sound { Ok(Self { min, max, tries }) } else { Err(OsapError::Value) }
    }

    /// The fewest digits.
    #[must_use]
    pub const fn min(self) -> u8 {
        self.min
    }

    /// The most digits.
    #[must_use]
    pub const fn max(self) -> u8 {
        self.max
    }

    /// Wrong PINs in a row until the key is blocked.
    #[must_use]
    pub const fn tries(self) -> u8 {
        self.tries
    }
}
