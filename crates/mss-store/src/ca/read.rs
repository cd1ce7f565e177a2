use mss_core::{Network, NetworkRole, NodeName, Operation, RoleIdentity, Timestamp};
use role_ca::{
    CaReader, CertificateRow, CodeHash, CodeRow, Enrolment, OrderId, Purpose, ReadError, ResumeState,
};
use rusqlite::{Connection, OptionalExtension, Row, types::FromSql};

use crate::StoreError;

/// The CA's reading port.
pub struct CaStoreReader(Connection);

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaAuditLine {
    /// Its number; lines are never renumbered.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, in one word.
    pub event: String,
    /// To whom, or by whom: a node's URI, the name of an ME, an authority.
    pub subject: String,
    /// ME's number of the order.
    pub order_id: Option<String>,
    /// A serial number, a fingerprint, an end, a refusal's word.
    pub detail: Option<String>,
}

impl CaStoreReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// At most `limit` lines of the audit trail behind line `after`; start at 0.
    ///
    /// # Errors
    /// SQLite's refusal.
    pub fn audit(&self, after: u64, limit: u32) -> Result<Vec<CaAuditLine>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT seq, at, event, subject, order_id, detail FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let lines = statement.query_map((after.cast_signed(), limit), |row| {
            Ok(CaAuditLine {
                seq: row.get::<_, i64>(0)?.cast_unsigned(),
                at: Timestamp::from_millis(row.get(1)?),
                event: row.get(2)?,
                subject: row.get(3)?,
                order_id: row.get(4)?,
                detail: row.get(5)?,
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    /// The certificate in this row.
    ///
    /// # Errors
    /// SQLite's refusal, or a row that no engine wrote.
    pub fn certificate(&self, row: u64) -> Result<Option<CertificateRow>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT * FROM certificate WHERE row = ?1")?;
        statement.query_row([row.cast_signed()], |row| Ok(certificate(row))).optional()?.transpose()
    }

    fn find_code(&self, hash: &CodeHash) -> Result<Option<CodeRow>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT * FROM code WHERE hash = ?1")?;
        statement.query_row([hash.octets().as_slice()], |row| Ok(code(row))).optional()?.transpose()
    }

    fn find_key(&self, key: &[u8; 32]) -> Result<bool, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT 1 FROM certificate WHERE key = ?1")?;
        Ok(statement.exists([key.as_slice()])?)
    }

    fn find_order(&self, me: &NodeName, order_id: &OrderId) -> Result<Option<CertificateRow>, StoreError> {
        let mut statement =
            self.0.prepare_cached("SELECT * FROM certificate WHERE order_id = ?1 AND me = ?2")?;
        let found = statement.query_row((order_id.as_str(), me.as_str()), |row| Ok(certificate(row)));
        found.optional()?.transpose()
    }
}

impl CaReader for CaStoreReader {
    fn code(&self, hash: &CodeHash) -> Result<Option<CodeRow>, ReadError> {
        self.find_code(hash).map_err(|error| ReadError(error.to_string()))
    }

    fn order(&self, me: &NodeName, order_id: &OrderId) -> Result<Option<CertificateRow>, ReadError> {
        self.find_order(me, order_id).map_err(|error| ReadError(error.to_string()))
    }

    fn has_certificate(&self, key: &[u8; 32]) -> Result<bool, ReadError> {
        self.find_key(key).map_err(|error| ReadError(error.to_string()))
    }
}

pub(super) fn resume_state(connection: &Connection) -> Result<ResumeState, StoreError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    Ok(ResumeState {
        last_row: number("SELECT max(row) FROM certificate")?.unwrap_or(0).cast_unsigned(),
        last_commit: number("SELECT max(at) FROM audit WHERE seq = (SELECT max(seq) FROM audit)")?
            .map(Timestamp::from_millis),
    })
}

fn code(row: &Row<'_>) -> Result<CodeRow, StoreError> {
    let corrupt = || StoreError::Corrupt("code");
    let text = |column: &str| get::<String>(row, column);
    let identity = RoleIdentity {
        network: Network::from_word(&text("network")?).ok_or_else(corrupt)?,
        role: NetworkRole::from_word(&text("role")?).ok_or_else(corrupt)?,
        name: NodeName::parse(&text("name")?).ok_or_else(corrupt)?,
    };
    let names = Enrolment::parse_names(&text("alternative_names")?).map_err(|_| corrupt())?;
    Ok(CodeRow {
        hash: CodeHash::from_octets(row.get("hash")?),
        enrolment: Enrolment::new(identity, names).map_err(|_| corrupt())?,
        made_at: get(row, "made_at").map(Timestamp::from_millis)?,
        expires_at: get(row, "expires_at").map(Timestamp::from_millis)?,
        used_at: get::<Option<i64>>(row, "used_at")?.map(Timestamp::from_millis),
    })
}

fn certificate(row: &Row<'_>) -> Result<CertificateRow, StoreError> {
    Ok(CertificateRow {
        row: get::<i64>(row, "row")?.cast_unsigned(),
        serial: row.get("serial")?,
        der: row.get("der")?,
        key: row.get("key")?,
        purpose: purpose(row)?,
        issued_at: get(row, "issued_at").map(Timestamp::from_millis)?,
    })
}

fn purpose(row: &Row<'_>) -> Result<Purpose, StoreError> {
    let corrupt = || StoreError::Corrupt("certificate");
    let text = |column: &str| get::<Option<String>>(row, column);
    match (text("identity")?, text("me")?, text("order_id")?, text("operation")?) {
        (Some(uri), None, None, None) => RoleIdentity::from_uri(&uri).map(Purpose::Node).ok_or_else(corrupt),
        (None, Some(me), Some(order_id), Some(operation)) => Ok(Purpose::User {
            me: NodeName::parse(&me).ok_or_else(corrupt)?,
            order_id: OrderId::parse(&order_id).ok_or_else(corrupt)?,
            content: row.get("content")?,
            operation: Operation::from_word(&operation).ok_or_else(corrupt)?,
        }),
        _ => Err(corrupt()),
    }
}

fn get<T: FromSql>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    Ok(row.get(column)?)
}
