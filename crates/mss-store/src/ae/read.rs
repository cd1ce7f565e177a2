use std::{sync::Arc, time::Duration};

use mss_core::{
    ApId, ApTransId, DtbsContent, Fault, FaultCode, Msisdn, MsspTransId, NodeName, Operation,
    SignatureProfile, StatusCode, Timestamp,
    message::{Instant, MessagingMode, MobileUser},
};
use role_ae::{
    AeReader, HomeSignature, JoinRow, Outcome, ReadError, ResumeState, StoredTransaction, TransactionRow,
};
use rusqlite::{Connection, OptionalExtension, Row, types::FromSql};

use super::{member, write::mode_number};
use crate::StoreError;

const REQUEST: &str =
    "request.row, join_key, instant, accepted_at, deadline, mode, trans_id, ap_id, ap_trans_id,
    instant_text, content, home, operation, display_name, msisdn, msisdn_with_plus, user_identifier,
    identity_issuer, home_mssp, dtbs_text, dtbs_sha256, dtbd";

/// The AE's reading port.
pub struct AeStoreReader(Connection);

/// One line of the audit trail, for people and auditors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AeAuditLine {
    /// Its number; lines are never renumbered.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, in one word.
    pub event: String,
    /// The status or fault code that goes with it.
    pub code: Option<u16>,
    /// The fault's sub-code.
    pub sub: Option<u16>,
    /// The transaction, or the one that was asked about.
    pub trans_id: Option<String>,
    /// Who asked.
    pub ap_id: String,
    /// The AP's number for it.
    pub ap_trans_id: String,
}

impl AeStoreReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// At most `limit` lines of the audit trail behind line `after`; start at 0.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn audit(&self, after: u64, limit: u32) -> Result<Vec<AeAuditLine>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT seq, at, event, code, sub, trans_id, ap_id, ap_trans_id FROM audit
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let lines = statement.query_map((after.cast_signed(), limit), |row| {
            Ok(AeAuditLine {
                seq: row.get::<_, i64>(0)?.cast_unsigned(),
                at: Timestamp::from_millis(row.get(1)?),
                event: row.get(2)?,
                code: row.get(3)?,
                sub: row.get(4)?,
                trans_id: row.get(5)?,
                ap_id: row.get(6)?,
                ap_trans_id: row.get(7)?,
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    fn find(&self, number: u64) -> Result<Option<StoredTransaction>, StoreError> {
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT {REQUEST}, status, profile_uri, cms, fault_code, fault_sub, fault_detail, fault_node
             FROM request LEFT JOIN outcome ON outcome.row = request.row WHERE request.row = ?1"
        ))?;
        let found = statement
            .query_row([number.cast_signed()], |row| Ok(request(row).map(|request| (request, outcome(row)))))
            .optional()?;
        let Some(found) = found else { return Ok(None) };
        let (request, outcome) = found?;
        Ok(Some(StoredTransaction { request: Arc::new(request), outcome: outcome?.map(Arc::new) }))
    }
}

impl AeReader for AeStoreReader {
    fn transaction(&self, row: u64) -> Result<Option<StoredTransaction>, ReadError> {
        self.find(row).map_err(|error| ReadError(error.to_string()))
    }
}

pub(super) fn resume_state(
    connection: &Connection,
    now: Timestamp,
    max_skew: Duration,
) -> Result<ResumeState, StoreError> {
    let mut statement = connection
        .prepare(&format!("SELECT {REQUEST} FROM open_request JOIN request USING (row) ORDER BY row"))?;
    let mut rows = statement.query([])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        open.push(request(row)?);
    }
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    Ok(ResumeState {
        open,
        joins: joins(connection, now, max_skew)?,
        last_row: number("SELECT max(row) FROM request")?.unwrap_or(0).cast_unsigned(),
        last_commit: number("SELECT max(at) FROM audit WHERE seq = (SELECT max(seq) FROM audit)")?
            .map(Timestamp::from_millis),
    })
}

/// Backwards from the last row until no row can be young enough: an `Instant` is at most `max_skew` after its acceptance.
fn joins(connection: &Connection, now: Timestamp, max_skew: Duration) -> Result<Vec<JoinRow>, StoreError> {
    let too_old = now.minus(max_skew);
    let mut statement =
        connection.prepare("SELECT row, join_key, instant, accepted_at FROM request ORDER BY row DESC")?;
    let mut rows = statement.query([])?;
    let mut joins = Vec::new();
    while let Some(row) = rows.next()? {
        if Timestamp::from_millis(row.get(3)?) < too_old.minus(max_skew) {
            break;
        }
        let instant = Timestamp::from_millis(row.get(2)?);
        if instant >= too_old {
            joins.push(JoinRow {
                row: row.get::<_, i64>(0)?.cast_unsigned(),
                join_key: row.get(1)?,
                instant,
            });
        }
    }
    Ok(joins)
}

fn request(row: &Row<'_>) -> Result<TransactionRow, StoreError> {
    let mobile_user = MobileUser {
        identity_issuer: member::decode(row.get("identity_issuer")?)?,
        user_identifier: row.get("user_identifier")?,
        home_mssp: member::decode(row.get("home_mssp")?)?,
        msisdn: get::<Option<String>>(row, "msisdn")?
            .map(|digits| Msisdn::parse(&digits).map_err(|_| corrupt()))
            .transpose()?,
        msisdn_with_plus: row.get("msisdn_with_plus")?,
    };
    let dtbs = match (row.get("dtbs_text")?, row.get("dtbs_sha256")?) {
        (Some(text), None) => DtbsContent::Text(text),
        (None, Some(digest)) => DtbsContent::Sha256(digest),
        _ => return Err(corrupt()),
    };
    let operation = Operation::from_word(&get::<String>(row, "operation")?).ok_or_else(corrupt)?;
    let time = |column: &str| get(row, column).map(Timestamp::from_millis);
    Ok(TransactionRow {
        row: get::<i64>(row, "row")?.cast_unsigned(),
        trans_id: MsspTransId::parse(&get::<String>(row, "trans_id")?).ok_or_else(corrupt)?,
        ap_id: ApId::parse(&get::<String>(row, "ap_id")?).map_err(|_| corrupt())?,
        ap_trans_id: ApTransId::parse(&get::<String>(row, "ap_trans_id")?).map_err(|_| corrupt())?,
        instant: Instant { at: time("instant")?, text: row.get("instant_text")? },
        join_key: row.get("join_key")?,
        content: row.get("content")?,
        mobile_user,
        home: NodeName::parse(&get::<String>(row, "home")?).ok_or_else(corrupt)?,
        profile: SignatureProfile { operation },
        dtbs,
        dtbd: row.get("dtbd")?,
        display_name: row.get("display_name")?,
        mode: mode(row.get("mode")?)?,
        accepted_at: time("accepted_at")?,
        deadline: time("deadline")?,
    })
}

fn outcome(row: &Row<'_>) -> Result<Option<Outcome>, StoreError> {
    let status: Option<u16> = row.get("status")?;
    let code: Option<u16> = row.get("fault_code")?;
    match (status, code) {
        (None, None) => Ok(None),
        (Some(status), None) => Ok(Some(Outcome::Signed(HomeSignature {
            cms: row.get("cms")?,
            profile_uri: row.get("profile_uri")?,
            status: StatusCode(status),
        }))),
        (None, Some(code)) => Ok(Some(Outcome::Failed(Fault {
            code: FaultCode(code),
            sub: row.get("fault_sub")?,
            detail: row.get("fault_detail")?,
            node: row.get("fault_node")?,
        }))),
        (Some(_), Some(_)) => Err(corrupt()),
    }
}

fn get<T: FromSql>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    Ok(row.get(column)?)
}

fn mode(number: i64) -> Result<MessagingMode, StoreError> {
    let all = [MessagingMode::Synch, MessagingMode::AsynchClientServer, MessagingMode::AsynchServerServer];
    all.into_iter().find(|mode| mode_number(*mode) == number).ok_or_else(corrupt)
}

fn corrupt() -> StoreError {
    StoreError::Corrupt("request")
}
