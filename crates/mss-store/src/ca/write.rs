use role_ca::{AuditEvent, AuditRecord, CaCommit, CertificateRow, CodeRow, CodeUse, Purpose};
use rusqlite::{Transaction, params};

use crate::StoreError;

pub(super) fn commit(tx: &Transaction<'_>, commit: &CaCommit) -> Result<(), StoreError> {
    for row in &commit.codes {
        add_code(tx, row)?;
    }
    for used in &commit.used {
        use_up(tx, used)?;
    }
    for row in &commit.certificates {
        add_certificate(tx, row)?;
    }
    for record in &commit.audit {
        audit(tx, record)?;
    }
    Ok(())
}

fn add_code(tx: &Transaction<'_>, row: &CodeRow) -> Result<(), StoreError> {
    let identity = row.enrolment.identity();
    let written = tx
        .prepare_cached(
            "INSERT INTO code (hash, network, role, name, alternative_names, made_at, expires_at, used_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            row.hash.octets().as_slice(),
            identity.network.word(),
            identity.role.word(),
            identity.name.as_str(),
            row.enrolment.names_text(),
            row.made_at.millis(),
            row.expires_at.millis(),
            row.used_at.map(|at| at.millis()),
        ])?;
    expect_one(written, "code")
}

fn use_up(tx: &Transaction<'_>, used: &CodeUse) -> Result<(), StoreError> {
    let changed = tx
        .prepare_cached(
            "UPDATE code SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        )?
        .execute(params![used.hash.octets().as_slice(), used.at.millis()])?;
    expect_one(changed, "code")
}

fn add_certificate(tx: &Transaction<'_>, row: &CertificateRow) -> Result<(), StoreError> {
    let (number, serial, at) = (row.row.cast_signed(), row.serial.as_slice(), row.issued_at.millis());
    let key = row.key.as_ref().map(<[u8; 32]>::as_slice);
    let written = match &row.purpose {
        Purpose::Node(identity) => tx
            .prepare_cached(
                "INSERT INTO certificate (row, serial, der, key, issued_at, identity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![number, serial, row.der, key, at, identity.uri()])?,
        Purpose::User { me, order_id, content, operation } => tx
            .prepare_cached(
                "INSERT INTO certificate (row, serial, der, key, issued_at, me, order_id, content, operation)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                number,
                serial,
                row.der,
                key,
                at,
                me.as_str(),
                order_id.as_str(),
                content.as_slice(),
                operation.word(),
            ])?,
    };
    expect_one(written, "certificate")
}

fn audit(tx: &Transaction<'_>, record: &AuditRecord) -> Result<(), StoreError> {
    let (event, subject, order_id, detail) = match &record.event {
        AuditEvent::Founded { authority, fingerprint } => {
            ("founded", (*authority).to_owned(), None, Some(hex(fingerprint)))
        }
        AuditEvent::CodeMade { identity, expires_at } => {
            ("code-made", identity.uri(), None, Some(expires_at.to_string()))
        }
        AuditEvent::NodeCertified { identity, serial } => {
            ("node-certified", identity.uri(), None, Some(hex(serial)))
        }
        AuditEvent::UserCertified { me, order_id, operation: _, serial } => {
            ("user-certified", me.as_str().to_owned(), Some(order_id.as_str()), Some(hex(serial)))
        }
        AuditEvent::OrderRefused { me, order_id, refusal } => (
            "order-refused",
            me.as_str().to_owned(),
            order_id.as_ref().map(|id| id.as_str()),
            Some((*refusal).to_owned()),
        ),
    };
    tx.prepare_cached(
        "INSERT INTO audit (at, event, subject, order_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![record.at.millis(), event, subject, order_id, detail])?;
    Ok(())
}

fn expect_one(changed: usize, table: &'static str) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict(table)) }
}

/// Lower-case hexadecimal; this crate knows no certificates, and needs no more of them than this.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
