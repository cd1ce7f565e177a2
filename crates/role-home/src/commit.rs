use std::sync::Arc;

use mss_core::Timestamp;

use crate::{
    AuditRecord, CardId, CardRecord, KeyId, KeyRecord, KeyState, MoWindow, Outcome, RowId, TransactionRow,
    UserRecord,
};

/// Everything one turn makes durable, all or nothing. Each update names the version that it found; the store raises it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// The time of the turn: the engine refuses to start before the last of them. `None` only in an empty commit.
    pub at: Option<Timestamp>,
    /// New cards, in version 1.
    pub new_cards: Vec<CardRecord>,
    /// Changed cards.
    pub cards: Vec<CardUpdate>,
    /// New users.
    pub new_users: Vec<UserRecord>,
    /// New keys, in version 1.
    pub new_keys: Vec<KeyRecord>,
    /// Changed keys.
    pub keys: Vec<KeyUpdate>,
    /// New transactions, in version 1; orders that need no card arrive with their outcome.
    pub new_transactions: Vec<TransactionRow>,
    /// Changed transactions.
    pub transactions: Vec<TransactionUpdate>,
    /// New lines of the record.
    pub audit: Vec<AuditRecord>,
}

impl mss_core::engine::Commit for Commit {
    fn is_empty(&self) -> bool {
        self.new_cards.is_empty()
            && self.cards.is_empty()
            && self.new_users.is_empty()
            && self.new_keys.is_empty()
            && self.keys.is_empty()
            && self.new_transactions.is_empty()
            && self.transactions.is_empty()
            && self.audit.is_empty()
    }
}

/// A card's counters after the turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardUpdate {
    /// Which card.
    pub id: CardId,
    /// The version that the engine found.
    pub found_version: u32,
    /// The lowest OTA counter that was never reserved.
    pub next_counter: u64,
    /// The card's own counters that were seen.
    pub mo_window: MoWindow,
    /// The last transaction that was opened on the card.
    pub last_row: Option<RowId>,
}

/// A key that came further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUpdate {
    /// Which key.
    pub id: KeyId,
    /// The version that the engine found.
    pub found_version: u32,
    /// How far it has come.
    pub state: KeyState,
    /// The new certificate path, when it changes.
    pub path: Option<Arc<Vec<Vec<u8>>>>,
}

/// A transaction that was taken up again, or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionUpdate {
    /// Which transaction.
    pub row: RowId,
    /// The version that the engine found.
    pub found_version: u32,
    /// How often it was taken up.
    pub attempt: u8,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
}
