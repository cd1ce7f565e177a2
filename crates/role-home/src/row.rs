use std::{fmt, sync::Arc};

use mss_core::{Fault, NetworkRole, NodeName, Operation, Timestamp};
use mss_pki::Content;

use crate::{CardId, KeyId, RowId};

/// Who opened a transaction: a node and the role its certificate names. Joins never cross askers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker {
    /// [`NetworkRole::Ae`] or [`NetworkRole::Me`].
    pub role: NetworkRole,
    /// Which one.
    pub name: NodeName,
}

impl Asker {
    /// An acquiring entity.
    #[must_use]
    pub fn ae(name: NodeName) -> Self {
        Self { role: NetworkRole::Ae, name }
    }

    /// A management entity.
    #[must_use]
    pub fn me(name: NodeName) -> Self {
        Self { role: NetworkRole::Me, name }
    }

    /// Reads the form of [`fmt::Display`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (role, name) = text.split_once(':')?;
        Some(Self { role: NetworkRole::from_word(role)?, name: NodeName::parse(name)? })
    }
}

/// `ae:ae1.example`.
impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role, self.name.as_str())
    }
}

/// What is settled when a transaction is opened, and never changes afterwards. Shared between the engine and its commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The row, in the order of arrival.
    pub row: RowId,
    /// Who asked.
    pub asker: Asker,
    /// The asker's own number of the transaction: join key, answer's `MSSP_TransID` and trace id.
    pub trace: Arc<str>,
    /// SHA-256 of what was asked, for joins.
    pub content_hash: [u8; 32],
    /// In whose name.
    pub ap_id: Arc<str>,
    /// The card; `None` for orders that need none.
    pub card: Option<CardId>,
    /// The key that signs or receives its certificate.
    pub key: Option<KeyId>,
    /// What the card shall do.
    pub task: Task,
    /// The transaction's number towards the card (OSAP).
    pub txn: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the card gives up.
    pub card_deadline: Timestamp,
    /// When it ends without an answer.
    pub deadline: Timestamp,
}

/// What the card shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Show and sign.
    Sign(SignTask),
    /// Make a key.
    GenerateKey {
        /// What for.
        operation: Operation,
    },
    /// Learn the hash of a key's certificate.
    SetCertificate {
        /// The key's operation.
        operation: Operation,
        /// SHA-256 of the signer's certificate.
        certificate_hash: [u8; 32],
    },
    /// Nothing: the order concerned records only.
    Record {
        /// How many cards were imported.
        imported: u32,
    },
}

/// A signature to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignTask {
    /// With which kind of key.
    pub operation: Operation,
    /// What is signed.
    pub content: Content,
    /// What is shown above a text, or in the place of a digest's document.
    pub label: Option<String>,
    /// Who asks, as shown.
    pub title: String,
    /// The signing time that goes into the signature, in whole seconds.
    pub signing_time: Timestamp,
}

/// How a transaction ended. There is exactly one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Signed: r and s of the proven signature.
    Signed([u8; 64]),
    /// The card made a key.
    KeyMade(KeyId),
    /// The card holds the certificate's hash.
    CertificateSet,
    /// The records are written.
    Recorded,
    /// Refused.
    Refused(Fault),
}

/// A transaction as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRow {
    /// What was settled at the start.
    pub opening: Arc<Opening>,
    /// Raised by every commit that writes the row.
    pub version: u32,
    /// How often it was taken up: once when opened, once more at each restart.
    pub attempt: u8,
    /// How it ended; `None` while it is open.
    pub outcome: Option<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asker_is_read_from_what_it_says() {
        let name = || NodeName::parse("one.example").unwrap();
        for (asker, text) in [(Asker::ae(name()), "ae:one.example"), (Asker::me(name()), "me:one.example")] {
            assert_eq!((asker.to_string().as_str(), Asker::parse(text)), (text, Some(asker)));
        }
        for text in ["", "ae", "ae:", "nobody:one.example", "one.example:ae"] {
            assert_eq!(Asker::parse(text), None, "{text}");
        }
    }
}
