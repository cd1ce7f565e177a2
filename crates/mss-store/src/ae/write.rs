use mss_core::{DtbsContent, message::MessagingMode};
use role_ae::{AeCommit, AuditEvent, AuditRecord, AuditSubject, FinalUpdate, Outcome, TransactionRow};
use rusqlite::{Transaction, params};

use super::member;
use crate::StoreError;

pub(super) fn commit(tx: &Transaction<'_>, commit: &AeCommit) -> Result<(), StoreError> {
    for row in &commit.accepted {
        accept(tx, row)?;
    }
    for end in &commit.finished {
        finish(tx, end)?;
    }
    for record in &commit.audit {
        audit(tx, record)?;
    }
    Ok(())
}

fn accept(tx: &Transaction<'_>, row: &TransactionRow) -> Result<(), StoreError> {
    let user = &row.mobile_user;
    let (text, digest) = match &row.dtbs {
        DtbsContent::Text(text) => (Some(text.as_str()), None),
        DtbsContent::Sha256(digest) => (None, Some(digest.as_slice())),
    };
    let written = tx
        .prepare_cached(
            "INSERT INTO request (row, join_key, instant, accepted_at, deadline, mode, trans_id, ap_id, ap_trans_id,
                 instant_text, content, home, operation, display_name, msisdn, msisdn_with_plus, user_identifier,
                 identity_issuer, home_mssp, dtbs_text, dtbs_sha256, dtbd)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
             ON CONFLICT (row) DO NOTHING",
        )?
        .execute(params![
            row.row.cast_signed(),
            row.join_key.as_slice(),
            row.instant.at.millis(),
            row.accepted_at.millis(),
            row.deadline.millis(),
            mode_number(row.mode),
            row.trans_id.as_str(),
            row.ap_id.as_str(),
            row.ap_trans_id.as_str(),
            row.instant.text,
            row.content.as_slice(),
            row.home.as_str(),
            row.profile.operation.word(),
            row.display_name,
            user.msisdn.as_ref().map(|number| number.digits()),
            user.msisdn_with_plus,
            user.user_identifier,
            member::encode(user.identity_issuer.as_ref()),
            member::encode(user.home_mssp.as_ref()),
            text,
            digest,
            row.dtbd,
        ])?;
    expect_one(written)?;
    tx.prepare_cached("INSERT INTO open_request (row) VALUES (?1)")?.execute([row.row.cast_signed()])?;
    Ok(())
}

fn finish(tx: &Transaction<'_>, end: &FinalUpdate) -> Result<(), StoreError> {
    let row = end.row.cast_signed();
    expect_one(tx.prepare_cached("DELETE FROM open_request WHERE row = ?1")?.execute([row])?)?;
    let at = end.at.millis();
    match end.outcome.as_ref() {
        Outcome::Signed(made) => tx
            .prepare_cached(
                "INSERT INTO outcome (row, finished_at, status, profile_uri, cms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![row, at, made.status.0, made.profile_uri, made.cms])?,
        Outcome::Failed(fault) => tx
            .prepare_cached(
                "INSERT INTO outcome (row, finished_at, fault_code, fault_sub, fault_detail, fault_node)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![row, at, fault.code.0, fault.sub, fault.detail, fault.node])?,
    };
    Ok(())
}

fn audit(tx: &Transaction<'_>, record: &AuditRecord) -> Result<(), StoreError> {
    let (event, code, sub) = words(record.event);
    let at = record.at.millis();
    match &record.subject {
        AuditSubject::Transaction(row) => {
            let content = matches!(record.event, AuditEvent::Accepted).then_some(row.content.as_slice());
            tx.prepare_cached(
                "INSERT INTO audit (at, event, code, sub, row, trans_id, ap_id, ap_trans_id, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                at,
                event,
                code,
                sub,
                row.row.cast_signed(),
                row.trans_id.as_str(),
                row.ap_id.as_str(),
                row.ap_trans_id.as_str(),
                content,
            ])?
        }
        AuditSubject::Request { ap_id, ap_trans_id, asked } => tx
            .prepare_cached(
                "INSERT INTO audit (at, event, code, sub, trans_id, ap_id, ap_trans_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                at,
                event,
                code,
                sub,
                asked.as_ref().map(|id| id.as_str()),
                ap_id.as_str(),
                ap_trans_id.as_str(),
            ])?,
    };
    Ok(())
}

fn words(event: AuditEvent) -> (&'static str, Option<u16>, Option<u16>) {
    match event {
        AuditEvent::Accepted => ("accepted", None, None),
        AuditEvent::Refused(code, sub) => ("refused", Some(code.0), sub),
        AuditEvent::StatusRefused(code) => ("status-refused", Some(code.0), None),
        AuditEvent::Overdue => ("overdue", None, None),
        AuditEvent::Signed(status) => ("signed", Some(status.0), None),
        AuditEvent::Failed(code, sub) => ("failed", Some(code.0), sub),
    }
}

fn expect_one(changed: usize) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict("request")) }
}

pub(super) fn mode_number(mode: MessagingMode) -> i64 {
    match mode {
        MessagingMode::Synch => 0,
        MessagingMode::AsynchClientServer => 1,
        MessagingMode::AsynchServerServer => 2,
    }
}
