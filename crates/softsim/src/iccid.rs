use thiserror::Error;

/// The number printed on a SIM card (ITU-T E.118): 18 to 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Iccid(Box<str>);

impl Iccid {
    /// Reads the digits.
    ///
    /// # Errors
    /// When there are not 18 to 20 digits.
    pub fn parse(text: &str) -> Result<Self, NotAnIccid> {
        let sane = (18..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if sane { Ok(Self(text.into())) } else { Err(NotAnIccid) }
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// The text is no ICCID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an ICCID is 18 to 20 digits")]
pub struct NotAnIccid;
