use mss_core::{ApTransId, Fault, FaultCode, Msisdn, MsspTransId, NodeName, Operation, Timestamp};
use role_me::{
    KeyRecord, MeReader, Person, ReadError, RegistrationRow, RegistrationState, ResumeState, Step,
};
use rusqlite::{Connection, Row, types::FromSql};

use crate::StoreError;
use crate::certificate_path;

/// The ME's reading port.
pub struct MeStoreReader(Connection);

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeAuditLine {
    /// Its number; lines are never renumbered.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, in one word.
    pub event: String,
    /// The step that was done.
    pub step: Option<String>,
    /// The fault code that goes with it.
    pub code: Option<u16>,
    /// Who ordered it.
    pub operator: String,
    /// The operator's number of the order.
    pub ap_trans_id: String,
    /// The registration.
    pub registration: Option<String>,
}

impl MeStoreReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// At most `limit` lines of the audit trail behind line `after`; start at 0.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn audit(&self, after: u64, limit: u32) -> Result<Vec<MeAuditLine>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT seq, at, event, step, code, operator, ap_trans_id, registration_id FROM audit
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let lines = statement.query_map((after.cast_signed(), limit), |row| {
            Ok(MeAuditLine {
                seq: row.get::<_, i64>(0)?.cast_unsigned(),
                at: Timestamp::from_millis(row.get(1)?),
                event: row.get(2)?,
                step: row.get(3)?,
                code: row.get(4)?,
                operator: row.get(5)?,
                ap_trans_id: row.get(6)?,
                registration: row.get(7)?,
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    fn find_latest(&self, msisdn: &Msisdn) -> Result<Option<RegistrationRow>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT * FROM registration WHERE msisdn = ?1 ORDER BY row DESC LIMIT 1")?;
        let mut rows = statement.query([msisdn.digits()])?;
        rows.next()?.map(|row| registration(&self.0, row)).transpose()
    }
}

impl MeReader for MeStoreReader {
    fn latest(&self, msisdn: &Msisdn) -> Result<Option<RegistrationRow>, ReadError> {
        self.find_latest(msisdn).map_err(|error| ReadError(error.to_string()))
    }
}

pub(super) fn resume_state(connection: &Connection) -> Result<ResumeState, StoreError> {
    let mut statement =
        connection.prepare("SELECT * FROM registration WHERE step IS NOT NULL ORDER BY row")?;
    let mut rows = statement.query([])?;
    let mut running = Vec::new();
    while let Some(row) = rows.next()? {
        running.push(registration(connection, row)?);
    }
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    Ok(ResumeState {
        running,
        last_row: number("SELECT max(row) FROM registration")?.unwrap_or(0).cast_unsigned(),
        last_commit: number("SELECT max(at) FROM audit WHERE seq = (SELECT max(seq) FROM audit)")?
            .map(Timestamp::from_millis),
    })
}

fn registration(connection: &Connection, row: &Row<'_>) -> Result<RegistrationRow, StoreError> {
    let text = |column: &str| get::<String>(row, column);
    let time = |column: &str| get(row, column).map(Timestamp::from_millis);
    let number: i64 = row.get("row")?;
    Ok(RegistrationRow {
        row: number.cast_unsigned(),
        version: row.get("version")?,
        id: MsspTransId::parse(&text("registration_id")?).ok_or_else(corrupt)?,
        operator: NodeName::parse(&text("operator")?).ok_or_else(corrupt)?,
        ap_trans_id: ApTransId::parse(&text("ap_trans_id")?).map_err(|_| corrupt())?,
        person: Person {
            msisdn: Msisdn::parse(&text("msisdn")?).map_err(|_| corrupt())?,
            iccid: text("iccid")?,
            given_name: text("given_name")?,
            surname: text("surname")?,
            serial_number: text("serial_number")?,
        },
        home: NodeName::parse(&text("home")?).ok_or_else(corrupt)?,
        started_at: time("started_at")?,
        deadline: time("deadline")?,
        state: state(row)?,
        keys: keys(connection, number)?,
    })
}

fn state(row: &Row<'_>) -> Result<RegistrationState, StoreError> {
    let step: Option<String> = row.get("step")?;
    let code: Option<u16> = row.get("fault_code")?;
    match (step, code) {
        (Some(word), None) => Step::from_word(&word).map(RegistrationState::Running).ok_or_else(corrupt),
        (None, None) => Ok(RegistrationState::Active),
        (None, Some(code)) => Ok(RegistrationState::Failed(Fault {
            code: FaultCode(code),
            sub: row.get("fault_sub")?,
            detail: row.get("fault_detail")?,
            node: row.get("fault_node")?,
        })),
        (Some(_), Some(_)) => Err(corrupt()),
    }
}

fn keys(connection: &Connection, number: i64) -> Result<Vec<KeyRecord>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT operation, public_key, path FROM registered_key WHERE row = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([number])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(KeyRecord {
            operation: Operation::from_word(&row.get::<_, String>(0)?).ok_or_else(corrupt)?,
            public_key: row.get(1)?,
            path: certificate_path::decode(row.get_ref(2)?.as_blob().map_err(|_| corrupt())?)?,
        });
    }
    Ok(keys)
}

fn get<T: FromSql>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    Ok(row.get(column)?)
}

fn corrupt() -> StoreError {
    StoreError::Corrupt("registration")
}
