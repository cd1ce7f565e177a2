use std::fmt;

use crate::Entropy;

/// MSSP_TransID: names one transaction at the entity that minted it (TS 102 204; NCName of at most 32 characters).
///
/// Ours is `S`, the row number of the transaction, `-`, and 80 random bits: a look-up needs no random index, and nobody
/// guesses another's. It is also the trace id of every log line about the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MsspTransId(String);

impl MsspTransId {
    /// Longest foreign identifier that is read.
    pub const MAX: usize = 64;

    /// Mints the identifier of the transaction in row `row`.
    pub fn mint(row: u64, entropy: &mut dyn Entropy) -> Self {
        let mut secret = [0_u8; 10];
        entropy.fill(&mut secret);
        let secret: String = secret.iter().map(|octet| format!("{octet:02x}")).collect();
        Self(format!("S{row:x}-{secret}"))
    }

    /// Reads an identifier from the wire; `None` when it is empty, too long or not printable ASCII.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let right = !text.is_empty() && text.len() <= Self::MAX && text.bytes().all(|b| b.is_ascii_graphic());
        right.then(|| Self(text.to_owned()))
    }

    /// The row number inside an identifier of our own form.
    #[must_use]
    pub fn row(&self) -> Option<u64> {
        let (row, _) = self.0.strip_prefix('S')?.split_once('-')?;
        u64::from_str_radix(row, 16).ok()
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MsspTransId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
