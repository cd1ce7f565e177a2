use crate::{Fault, FaultCode, TextError, TextLimits};

/// DataToBeSigned, checked: what the person sees and signs, or a digest that stands for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtbs(DtbsContent);

/// The two kinds of data that can be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DtbsContent {
    /// A text; exactly its UTF-8 octets are signed.
    Text(String),
    /// A SHA-256 digest made by the AP.
    Sha256([u8; 32]),
}

impl Dtbs {
    /// A text within `limits`.
    ///
    /// # Errors
    /// 103 when too long or empty, 107 when a character cannot be shown.
    pub fn text(text: String, limits: TextLimits) -> Result<Self, Fault> {
        limits.check(&text).map_err(text_fault)?;
        Ok(Self(DtbsContent::Text(text)))
    }

    /// A digest.
    #[must_use]
    pub fn sha256(digest: [u8; 32]) -> Self {
        Self(DtbsContent::Sha256(digest))
    }

    /// What is inside.
    #[must_use]
    pub fn content(&self) -> &DtbsContent {
        &self.0
    }
}

/// DataToBeDisplayed, checked: the label of a digest, or shown above a text and never instead of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dtbd(String);

impl Dtbd {
    /// A text within `limits`.
    ///
    /// # Errors
    /// 103 when too long or empty, 107 when a character cannot be shown.
    pub fn parse(text: String, limits: TextLimits) -> Result<Self, Fault> {
        limits.check(&text).map_err(text_fault)?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn text_fault(error: TextError) -> Fault {
    let code = match error {
        TextError::TooLong { .. } | TextError::Empty => FaultCode::WRONG_DATA_LENGTH,
        TextError::Unencodable(_) => FaultCode::INAPPROPRIATE_DATA,
    };
    Fault::new(code, error.to_string())
}
