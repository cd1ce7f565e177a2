//! What is durable, held to its contract.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mss_core::Timestamp;
use role_ae::{
    AeCommit, AeReader, AuditRecord, JoinRow, Outcome, ReadError, ResumeState, StoredTransaction,
    TransactionRow,
};

#[derive(Default)]
pub(super) struct Tables {
    pub(super) rows: BTreeMap<u64, (Arc<TransactionRow>, Option<Arc<Outcome>>)>,
    pub(super) audit: Vec<AuditRecord>,
    last: Option<Timestamp>,
}

#[derive(Clone, Default)]
pub(super) struct ModelStore(Arc<Mutex<Tables>>);

impl ModelStore {
    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn commit(&self, commit: AeCommit) {
        let tables = &mut *self.tables();
        for row in commit.accepted {
            assert!(tables.rows.values().all(|(old, _)| old.trans_id != row.trans_id), "one number for each");
            assert!(tables.rows.insert(row.row, (row, None)).is_none(), "a row number was used twice");
        }
        for end in commit.finished {
            let (_, outcome) = tables.rows.get_mut(&end.row).expect("a row that is there");
            assert!(outcome.replace(end.outcome).is_none(), "a transaction ended twice");
        }
        for record in &commit.audit {
            assert!(tables.last.is_none_or(|last| last <= record.at), "time runs forwards");
            tables.last = Some(record.at);
        }
        tables.audit.extend(commit.audit);
    }

    pub(super) fn resume_state(&self) -> ResumeState {
        let tables = self.tables();
        let open = tables.rows.values().filter(|(_, end)| end.is_none());
        let join =
            |row: &TransactionRow| JoinRow { row: row.row, join_key: row.join_key, instant: row.instant.at };
        ResumeState {
            open: open.map(|(row, _)| TransactionRow::clone(row)).collect(),
            joins: tables.rows.values().map(|(row, _)| join(row)).collect(),
            last_row: tables.rows.keys().next_back().copied().unwrap_or(0),
            last_commit: tables.last,
        }
    }
}

impl AeReader for ModelStore {
    fn transaction(&self, row: u64) -> Result<Option<StoredTransaction>, ReadError> {
        let found = self.tables().rows.get(&row).cloned();
        Ok(found.map(|(request, outcome)| StoredTransaction { request, outcome }))
    }
}
