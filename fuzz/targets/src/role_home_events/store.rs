//! A store in memory that holds every commit to its contract.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mss_core::{Msisdn, Timestamp};
use role_home::{
    Asker, AuditRecord, CardId, CardRecord, Commit, HomeReader, Iccid, KeyId, KeyRecord, LastRows, ReadError,
    RowId, Subscriber, TransactionRow, UserId, UserRecord,
};

#[derive(Clone)]
pub(super) struct ModelStore(Arc<Mutex<Tables>>);

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) last: Option<Timestamp>,
    pub(super) cards: BTreeMap<CardId, CardRecord>,
    pub(super) users: BTreeMap<UserId, UserRecord>,
    pub(super) keys: BTreeMap<KeyId, KeyRecord>,
    pub(super) rows: BTreeMap<RowId, TransactionRow>,
    pub(super) audit: Vec<AuditRecord>,
    /// Nothing can be read for a while.
    pub(super) broken: bool,
}

impl ModelStore {
    pub(super) fn new(tables: Tables) -> Self {
        Self(Arc::new(Mutex::new(tables)))
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readable(&self) -> Result<(), ReadError> {
        if self.tables().broken { Err(ReadError("broken".into())) } else { Ok(()) }
    }

    pub(super) fn commit(&self, commit: Commit) {
        let tables = &mut *self.tables();
        let at = commit.at.expect("a commit names its time");
        assert!(tables.last.is_none_or(|last| last <= at), "time runs forwards");
        tables.last = Some(at);
        for card in commit.new_cards {
            let taken = tables.cards.values().any(|old| {
                old.address.iccid == card.address.iccid || old.address.msisdn == card.address.msisdn
            });
            assert!(!taken, "one card for each number");
            assert!(tables.cards.insert(card.address.id, card).is_none());
        }
        for user in commit.new_users {
            assert!(tables.users.values().all(|old| old.card != user.card), "one person for each card");
            assert!(tables.users.insert(user.id, user).is_none());
        }
        for key in commit.new_keys {
            assert!(tables.keys.values().all(|old| old.public_key != key.public_key), "one row for each key");
            assert!(tables.keys.insert(key.id, key).is_none());
        }
        for update in commit.keys {
            let key = tables.keys.get_mut(&update.id).expect("a key that is there");
            assert_eq!(key.version, update.found_version);
            key.version += 1;
            key.state = update.state;
            if let Some(path) = update.path {
                key.path = path.to_vec();
            }
        }
        for row in commit.new_transactions {
            let opening = &row.opening;
            let same = |old: &TransactionRow| {
                (&old.opening.asker, &old.opening.trace) == (&opening.asker, &opening.trace)
            };
            assert!(!tables.rows.values().any(same), "one transaction for each number");
            assert!(tables.rows.insert(opening.row, row).is_none());
        }
        for update in commit.transactions {
            let row = tables.rows.get_mut(&update.row).expect("a transaction that is there");
            assert_eq!(row.version, update.found_version);
            assert!(row.outcome.is_none(), "one end");
            row.version += 1;
            row.attempt = update.attempt;
            row.outcome = update.outcome;
        }
        let mut cards = BTreeSet::new();
        for update in commit.cards {
            assert!(cards.insert(update.id), "one update for each card");
            let card = tables.cards.get_mut(&update.id).expect("a card that is there");
            assert_eq!(card.version, update.found_version);
            assert!(card.next_counter <= update.next_counter, "counters rise");
            card.version += 1;
            card.next_counter = update.next_counter;
            card.mo_window = update.mo_window;
            card.last_row = update.last_row;
        }
        tables.audit.extend(commit.audit);
    }
}

impl Tables {
    fn subscriber(&self, card: &CardRecord) -> Subscriber {
        let id = card.address.id;
        let mut keys: Vec<KeyRecord> = Vec::new();
        for key in self.keys.values().rev().filter(|key| key.card == id) {
            if keys.iter().all(|newer| newer.operation != key.operation) {
                keys.push(key.clone());
            }
        }
        Subscriber {
            card: card.clone(),
            user: self.users.values().find(|user| user.card == id).cloned(),
            keys,
        }
    }
}

impl HomeReader for ModelStore {
    fn last_commit(&self) -> Result<Option<Timestamp>, ReadError> {
        Ok(self.tables().last)
    }

    fn last_rows(&self) -> Result<LastRows, ReadError> {
        let tables = self.tables();
        Ok(LastRows {
            transaction: tables.rows.keys().last().copied().unwrap_or(RowId(0)),
            card: tables.cards.keys().last().copied().unwrap_or(CardId(0)),
            user: tables.users.keys().last().copied().unwrap_or(UserId(0)),
            key: tables.keys.keys().last().copied().unwrap_or(KeyId(0)),
        })
    }

    fn open_transactions(&self) -> Result<Vec<TransactionRow>, ReadError> {
        Ok(self.tables().rows.values().filter(|row| row.outcome.is_none()).cloned().collect())
    }

    fn transaction_of(&self, asker: &Asker, trace: &str) -> Result<Option<TransactionRow>, ReadError> {
        self.readable()?;
        let same = |row: &&TransactionRow| row.opening.asker == *asker && &*row.opening.trace == trace;
        Ok(self.tables().rows.values().find(same).cloned())
    }

    fn transaction(&self, row: RowId) -> Result<Option<TransactionRow>, ReadError> {
        self.readable()?;
        Ok(self.tables().rows.get(&row).cloned())
    }

    fn subscriber(&self, msisdn: &Msisdn) -> Result<Option<Subscriber>, ReadError> {
        self.readable()?;
        let tables = self.tables();
        let card = tables.cards.values().find(|card| card.address.msisdn == *msisdn);
        Ok(card.map(|card| tables.subscriber(card)))
    }

    fn subscriber_of_card(&self, card: CardId) -> Result<Option<Subscriber>, ReadError> {
        self.readable()?;
        let tables = self.tables();
        Ok(tables.cards.get(&card).map(|card| tables.subscriber(card)))
    }

    fn card_with_iccid(&self, iccid: &Iccid) -> Result<Option<CardId>, ReadError> {
        self.readable()?;
        let tables = self.tables();
        Ok(tables.cards.values().find(|card| card.address.iccid == *iccid).map(|card| card.address.id))
    }

    fn key(&self, key: KeyId) -> Result<Option<KeyRecord>, ReadError> {
        self.readable()?;
        Ok(self.tables().keys.get(&key).cloned())
    }

    fn owner_of_public_key(&self, public_key: &[u8]) -> Result<Option<UserId>, ReadError> {
        self.readable()?;
        Ok(self.tables().keys.values().find(|key| key.public_key == public_key).map(|key| key.user))
    }
}
