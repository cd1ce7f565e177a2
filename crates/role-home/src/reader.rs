use mss_core::{Msisdn, Timestamp};

use crate::{Asker, CardId, Iccid, KeyId, KeyRecord, LastRows, RowId, Subscriber, TransactionRow, UserId};

/// What the engine reads from durable state: point reads only, each sees every commit that was made durable.
///
/// What the current turn has changed is in the engine's memory and never asked for here.
pub trait HomeReader: Send {
    /// The time of the last commit; `None` in a new store.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_commit(&self) -> Result<Option<Timestamp>, ReadError>;

    /// The highest row numbers.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn last_rows(&self) -> Result<LastRows, ReadError>;

    /// Every transaction without an outcome, oldest first. Asked for once, at the start.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn open_transactions(&self) -> Result<Vec<TransactionRow>, ReadError>;

    /// The transaction that `asker` knows as `trace`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn transaction_of(&self, asker: &Asker, trace: &str) -> Result<Option<TransactionRow>, ReadError>;

    /// The transaction in a row.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn transaction(&self, row: RowId) -> Result<Option<TransactionRow>, ReadError>;

    /// The card that a number reaches, with its person and keys.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn subscriber(&self, msisdn: &Msisdn) -> Result<Option<Subscriber>, ReadError>;

    /// The card in a row, with its person and keys.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn subscriber_of_card(&self, card: CardId) -> Result<Option<Subscriber>, ReadError>;

    /// The card with this ICCID.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn card_with_iccid(&self, iccid: &Iccid) -> Result<Option<CardId>, ReadError>;

    /// The key in a row, with its certificate path.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn key(&self, key: KeyId) -> Result<Option<KeyRecord>, ReadError>;

    /// Whose the public key (SubjectPublicKeyInfo in DER) is, if it is anybody's.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn owner_of_public_key(&self, public_key: &[u8]) -> Result<Option<UserId>, ReadError>;
}

/// The store could not be read. The text names no person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store cannot be read: {0}")]
pub struct ReadError(pub String);
