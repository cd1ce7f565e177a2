use std::fmt;

use zeroize::Zeroizing;

use crate::{Fault, FaultCode};

/// AP_ID: the URI that names an Application Provider (TS 102 204 `AP_Info/@AP_ID`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApId(String);

impl ApId {
    /// Longest AP_ID in characters (FiCom 2.1: 3 to 128; shorter ones are tolerated).
    pub const MAX: usize = 128;

    /// Reads an AP_ID; surrounding white space is dropped.
    ///
    /// # Errors
    /// 102 when empty, 101 when too long or with control characters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        identifier(text, Self::MAX, "AP_ID").map(Self)
    }

    /// The URI as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// AP_TransID: the number an AP gives its transaction. Not always the NCName that the schema asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApTransId(String);

impl ApTransId {
    /// Longest AP_TransID in characters. FiCom says 32, clients of the field send `ID-` and a UUID.
    pub const MAX: usize = 64;

    /// Reads an AP_TransID.
    ///
    /// # Errors
    /// 102 when empty, 101 when too long or with control characters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        identifier(text, Self::MAX, "AP_TransID").map(Self)
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// AP_PWD as received: echoed in the answer and never shown, logged or stored.
#[derive(Default)]
pub struct ApPassword(Zeroizing<String>);

impl ApPassword {
    /// Longest AP_PWD in characters; the decoder cuts nothing and refuses longer ones.
    pub const MAX: usize = 256;

    /// Wraps a received password.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The password, for the one place that echoes it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A password never shows itself.
impl fmt::Debug for ApPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApPassword(..)")
    }
}

fn identifier(text: &str, max: usize, what: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::new(FaultCode::MISSING_PARAM, format!("{what} is missing")));
    }
    if text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(Fault::new(
            FaultCode::WRONG_PARAM,
            format!("{what} is longer than {max} or not printable"),
        ));
    }
    Ok(text.to_owned())
}
