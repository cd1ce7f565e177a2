use mss_pki::Content;
use role_home::{
    AuditRecord, CardRecord, CardUpdate, Commit, KeyRecord, KeyUpdate, Opening, Outcome, RowId, Task,
    TransactionRow, TransactionUpdate, UserRecord,
};
use rusqlite::{Transaction, params};

use crate::{StoreError, certificate_path};

pub(super) fn commit(tx: &Transaction<'_>, commit: &Commit) -> Result<(), StoreError> {
    commit.new_cards.iter().try_for_each(|card| insert_card(tx, card))?;
    commit.new_users.iter().try_for_each(|user| insert_user(tx, user))?;
    commit.new_keys.iter().try_for_each(|key| insert_key(tx, key))?;
    commit.keys.iter().try_for_each(|key| update_key(tx, key))?;
    commit.new_transactions.iter().try_for_each(|row| insert_transaction(tx, row))?;
    commit.transactions.iter().try_for_each(|update| update_transaction(tx, update))?;
    commit.cards.iter().try_for_each(|card| update_card(tx, card))?;
    commit.audit.iter().try_for_each(|record| audit(tx, record))?;
    if let (Some(at), true) = (commit.at, commit.audit.is_empty()) {
        tx.prepare_cached(
            "INSERT INTO quiet_commit (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
        )?
        .execute([at.millis()])?;
    }
    Ok(())
}

fn insert_card(tx: &Transaction<'_>, card: &CardRecord) -> Result<(), StoreError> {
    let address = &card.address;
    tx.prepare_cached("INSERT INTO card (id, iccid, msisdn, tar, sealed_keys) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            address.id.0.cast_signed(),
            address.iccid.as_str(),
            address.msisdn.digits(),
            address.tar.as_slice(),
            &*address.sealed_keys,
        ])?;
    tx.prepare_cached(
        "INSERT INTO card_state (id, version, next_counter, mo_highest, mo_bitmap, last_row)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        address.id.0.cast_signed(),
        card.version,
        card.next_counter.cast_signed(),
        card.mo_window.highest.cast_signed(),
        card.mo_window.bitmap.cast_signed(),
        card.last_row.map(|row| row.0.cast_signed()),
    ])?;
    Ok(())
}

fn update_card(tx: &Transaction<'_>, card: &CardUpdate) -> Result<(), StoreError> {
    let written = tx
        .prepare_cached(
            "UPDATE card_state SET version = version + 1, next_counter = ?3, mo_highest = ?4, mo_bitmap = ?5, last_row = ?6
             WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![
            card.id.0.cast_signed(),
            card.found_version,
            card.next_counter.cast_signed(),
            card.mo_window.highest.cast_signed(),
            card.mo_window.bitmap.cast_signed(),
            card.last_row.map(|row| row.0.cast_signed()),
        ])?;
    expect_one(written, "card")
}

fn insert_user(tx: &Transaction<'_>, user: &UserRecord) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO user (id, card, serial) VALUES (?1, ?2, ?3)")?.execute(params![
        user.id.0.cast_signed(),
        user.card.0.cast_signed(),
        user.serial
    ])?;
    Ok(())
}

fn insert_key(tx: &Transaction<'_>, key: &KeyRecord) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO key (id, version, card, user, operation, public_key, state, path)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        key.id.0.cast_signed(),
        key.version,
        key.card.0.cast_signed(),
        key.user.0.cast_signed(),
        key.operation.word(),
        key.public_key,
        key.state.word(),
        certificate_path::encode(&key.path),
    ])?;
    Ok(())
}

fn update_key(tx: &Transaction<'_>, key: &KeyUpdate) -> Result<(), StoreError> {
    let written = tx
        .prepare_cached(
            "UPDATE key SET version = version + 1, state = ?3, path = coalesce(?4, path) WHERE id = ?1 AND version = ?2",
        )?
        .execute(params![
            key.id.0.cast_signed(),
            key.found_version,
            key.state.word(),
            key.path.as_ref().map(|path| certificate_path::encode(path)),
        ])?;
    expect_one(written, "key")
}

fn insert_transaction(tx: &Transaction<'_>, row: &TransactionRow) -> Result<(), StoreError> {
    insert_opening(tx, &row.opening)?;
    match &row.outcome {
        None => {
            tx.prepare_cached("INSERT INTO open_transaction (row, version, attempt) VALUES (?1, ?2, ?3)")?
                .execute(params![row.opening.row.0.cast_signed(), row.version, row.attempt])?;
        }
        Some(outcome) => insert_outcome(tx, row.opening.row, row.version, row.attempt, outcome)?,
    }
    Ok(())
}

/// The columns of a task; those that a task does not have stay NULL.
#[derive(Default)]
struct TaskColumns<'a> {
    word: &'static str,
    operation: Option<&'static str>,
    text: Option<&'a str>,
    digest: Option<&'a [u8]>,
    label: Option<&'a str>,
    title: Option<&'a str>,
    signing_time: Option<i64>,
    certificate_hash: Option<&'a [u8]>,
    imported: Option<u32>,
}

impl<'a> From<&'a Task> for TaskColumns<'a> {
    fn from(task: &'a Task) -> Self {
        match task {
            Task::Sign(sign) => {
                let (text, digest) = match &sign.content {
                    Content::Text(text) => (Some(text.as_str()), None),
                    Content::Digest(digest) => (None, Some(digest.as_slice())),
                };
                Self {
                    word: "sign",
                    operation: Some(sign.operation.word()),
                    text,
                    digest,
                    label: sign.label.as_deref(),
                    title: Some(&sign.title),
                    signing_time: Some(sign.signing_time.millis()),
                    ..Self::default()
                }
            }
            Task::GenerateKey { operation } => {
                Self { word: "generate-key", operation: Some(operation.word()), ..Self::default() }
            }
            Task::SetCertificate { operation, certificate_hash } => Self {
                word: "set-certificate",
                operation: Some(operation.word()),
                certificate_hash: Some(certificate_hash),
                ..Self::default()
            },
            Task::Record { imported } => {
                Self { word: "record", imported: Some(*imported), ..Self::default() }
            }
        }
    }
}

fn insert_opening(tx: &Transaction<'_>, opening: &Opening) -> Result<(), StoreError> {
    let task = TaskColumns::from(&opening.task);
    tx.prepare_cached(
        "INSERT INTO opening (row, asker, trace, content_hash, ap_id, card, key, txn, opened_at, card_deadline, deadline,
             task, operation, text, digest, label, title, signing_time, certificate_hash, imported)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )?
    .execute(params![
        opening.row.0.cast_signed(),
        opening.asker.to_string(),
        &*opening.trace,
        opening.content_hash.as_slice(),
        &*opening.ap_id,
        opening.card.map(|card| card.0.cast_signed()),
        opening.key.map(|key| key.0.cast_signed()),
        opening.txn,
        opening.opened_at.millis(),
        opening.card_deadline.millis(),
        opening.deadline.millis(),
        task.word,
        task.operation,
        task.text,
        task.digest,
        task.label,
        task.title,
        task.signing_time,
        task.certificate_hash,
        task.imported,
    ])?;
    Ok(())
}

fn update_transaction(tx: &Transaction<'_>, update: &TransactionUpdate) -> Result<(), StoreError> {
    let row = update.row.0.cast_signed();
    match &update.outcome {
        None => {
            let written = tx
                .prepare_cached(
                    "UPDATE open_transaction SET version = version + 1, attempt = ?3 WHERE row = ?1 AND version = ?2",
                )?
                .execute(params![row, update.found_version, update.attempt])?;
            expect_one(written, "open_transaction")
        }
        Some(outcome) => {
            let written = tx
                .prepare_cached("DELETE FROM open_transaction WHERE row = ?1 AND version = ?2")?
                .execute(params![row, update.found_version])?;
            expect_one(written, "open_transaction")?;
            insert_outcome(tx, update.row, update.found_version + 1, update.attempt, outcome)
        }
    }
}

fn insert_outcome(
    tx: &Transaction<'_>,
    row: RowId,
    version: u32,
    attempt: u8,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let (kind, signature, key, fault) = match outcome {
        Outcome::Signed(raw) => ("signed", Some(raw.as_slice()), None, None),
        Outcome::KeyMade(key) => ("key-made", None, Some(key.0.cast_signed()), None),
        Outcome::CertificateSet => ("certificate-set", None, None, None),
        Outcome::Recorded => ("recorded", None, None, None),
        Outcome::Refused(fault) => ("refused", None, None, Some(fault)),
    };
    tx.prepare_cached(
        "INSERT INTO outcome (row, version, attempt, kind, signature, key, fault_code, fault_sub, fault_detail, fault_node)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        row.0.cast_signed(),
        version,
        attempt,
        kind,
        signature,
        key,
        fault.map(|fault| fault.code.0),
        fault.and_then(|fault| fault.sub),
        fault.map(|fault| fault.detail.as_str()),
        fault.and_then(|fault| fault.node.as_deref()),
    ])?;
    Ok(())
}

fn audit(tx: &Transaction<'_>, record: &AuditRecord) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO audit (at, event, code, trace, ap_id, row, card) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        record.at.millis(),
        record.event.word(),
        record.event.fault_code(),
        &*record.trace,
        &*record.ap_id,
        record.row.map(|row| row.0.cast_signed()),
        record.card.map(|card| card.0.cast_signed()),
    ])?;
    Ok(())
}

fn expect_one(written: usize, table: &'static str) -> Result<(), StoreError> {
    if written == 1 { Ok(()) } else { Err(StoreError::Conflict(table)) }
}
