use mss_core::Fault;
use role_me::{AuditEvent, AuditRecord, MeCommit, RegistrationRow, RegistrationState, Step};
use rusqlite::{Transaction, params};

use crate::StoreError;
use crate::certificate_path;

pub(super) fn commit(tx: &Transaction<'_>, commit: &MeCommit) -> Result<(), StoreError> {
    for row in &commit.rows {
        let written = if row.version == 1 { insert(tx, row)? } else { update(tx, row)? };
        if written != 1 {
            return Err(StoreError::Conflict("registration"));
        }
        write_keys(tx, row)?;
    }
    for record in &commit.audit {
        audit(tx, record)?;
    }
    Ok(())
}

/// The columns that change as a registration goes on.
fn progress(row: &RegistrationRow) -> (Option<String>, Option<&Fault>) {
    match &row.state {
        RegistrationState::Running(step) => (Some(step.word()), None),
        RegistrationState::Active => (None, None),
        RegistrationState::Failed(fault) => (None, Some(fault)),
    }
}

fn insert(tx: &Transaction<'_>, row: &RegistrationRow) -> Result<usize, StoreError> {
    let (step, fault) = progress(row);
    let person = &row.person;
    let written = tx
        .prepare_cached(
            "INSERT INTO registration (row, version, registration_id, operator, ap_trans_id, msisdn, iccid,
                 given_name, surname, serial_number, home, started_at, deadline, step, fault_code, fault_sub,
                 fault_detail, fault_node)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
             ON CONFLICT (row) DO NOTHING",
        )?
        .execute(params![
            row.row.cast_signed(),
            row.version,
            row.id.as_str(),
            row.operator.as_str(),
            row.ap_trans_id.as_str(),
            person.msisdn.digits(),
            person.iccid,
            person.given_name,
            person.surname,
            person.serial_number,
            row.home.as_str(),
            row.started_at.millis(),
            row.deadline.millis(),
            step,
            fault.map(|fault| fault.code.0),
            fault.and_then(|fault| fault.sub),
            fault.map(|fault| fault.detail.as_str()),
            fault.and_then(|fault| fault.node.as_deref()),
        ])?;
    Ok(written)
}

/// Who is registered does not change; how far it is does.
fn update(tx: &Transaction<'_>, row: &RegistrationRow) -> Result<usize, StoreError> {
    let (step, fault) = progress(row);
    let written = tx
        .prepare_cached(
            "UPDATE registration SET version = ?2, step = ?3, fault_code = ?4, fault_sub = ?5, fault_detail = ?6,
                 fault_node = ?7
             WHERE row = ?1 AND version = ?2 - 1",
        )?
        .execute(params![
            row.row.cast_signed(),
            row.version,
            step,
            fault.map(|fault| fault.code.0),
            fault.and_then(|fault| fault.sub),
            fault.map(|fault| fault.detail.as_str()),
            fault.and_then(|fault| fault.node.as_deref()),
        ])?;
    Ok(written)
}

fn write_keys(tx: &Transaction<'_>, row: &RegistrationRow) -> Result<(), StoreError> {
    let mut write = tx.prepare_cached(
        "INSERT INTO registered_key (row, position, operation, public_key, path) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (row, position) DO UPDATE SET path = excluded.path WHERE path <> excluded.path",
    )?;
    for (position, key) in (0_i64..).zip(&row.keys) {
        let path = certificate_path::encode(&key.path);
        write.execute(params![
            row.row.cast_signed(),
            position,
            key.operation.word(),
            key.public_key,
            path
        ])?;
    }
    Ok(())
}

fn audit(tx: &Transaction<'_>, record: &AuditRecord) -> Result<(), StoreError> {
    let (event, step, code) = words(record.event);
    tx.prepare_cached(
        "INSERT INTO audit (at, event, step, code, operator, ap_trans_id, registration_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        record.at.millis(),
        event,
        step,
        code,
        record.operator.as_str(),
        record.ap_trans_id.as_str(),
        record.registration.as_ref().map(|id| id.as_str()),
    ])?;
    Ok(())
}

fn words(event: AuditEvent) -> (&'static str, Option<String>, Option<u16>) {
    let step = |step: Step| Some(step.word());
    match event {
        AuditEvent::Refused(code) => ("refused", None, Some(code.0)),
        AuditEvent::Started => ("started", None, None),
        AuditEvent::Done(done) => ("done", step(done), None),
        AuditEvent::Active => ("active", None, None),
        AuditEvent::Failed(code) => ("failed", None, Some(code.0)),
        AuditEvent::ImportStarted => ("import-started", None, None),
        AuditEvent::Imported => ("imported", None, None),
        AuditEvent::ImportFailed(code) => ("import-failed", None, Some(code.0)),
        AuditEvent::Queried => ("queried", None, None),
    }
}
