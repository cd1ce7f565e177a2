use std::sync::Arc;

use mss_core::{Fault, FaultCode, Msisdn, Operation, Timestamp};
use mss_pki::Content;
use role_home::{
    Asker, CardAddress, CardId, CardRecord, HomeReader, Iccid, KeyId, KeyRecord, KeyState, LastRows,
    MoWindow, Opening, Outcome, ReadError, RowId, SignTask, Subscriber, Task, TransactionRow, UserId,
    UserRecord,
};
use rusqlite::{Connection, Params, Row, params};

use crate::{StoreError, certificate_path};

/// Reads what has been committed, on a connection of its own.
pub struct HomeStoreReader(Connection);

impl HomeStoreReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self(connection)
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, ReadError> {
        let query = || {
            let mut statement = self.0.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            rows.next()?.map(read).transpose()
        };
        query().map_err(unreadable)
    }

    fn card(&self, column: &str, value: impl rusqlite::ToSql) -> Result<Option<Subscriber>, ReadError> {
        let sql = format!(
            "SELECT card.id, iccid, msisdn, tar, sealed_keys, version, next_counter, mo_highest, mo_bitmap, last_row
             FROM card JOIN card_state ON card_state.id = card.id WHERE card.{column} = ?1"
        );
        let Some(card) = self.one(&sql, params![value], read_card)? else { return Ok(None) };
        let id = card.address.id;
        let user =
            self.one("SELECT id, card, serial FROM user WHERE card = ?1", [id.0.cast_signed()], |row| {
                Ok(UserRecord {
                    id: UserId(number(row, 0)?),
                    card: CardId(number(row, 1)?),
                    serial: row.get(2)?,
                })
            })?;
        Ok(Some(Subscriber { card, user, keys: self.keys(id).map_err(unreadable)? }))
    }

    /// The newest key for each operation.
    fn keys(&self, card: CardId) -> Result<Vec<KeyRecord>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, version, card, user, operation, public_key, state, path FROM key WHERE card = ?1 ORDER BY id DESC",
        )?;
        let mut rows = statement.query([card.0.cast_signed()])?;
        let mut keys: Vec<KeyRecord> = Vec::new();
        while let Some(row) = rows.next()? {
            let key = read_key(row)?;
            if keys.iter().all(|newer| newer.operation != key.operation) {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

const TRANSACTION: &str = "SELECT opening.row, asker, trace, content_hash, ap_id, card, opening.key, txn, opened_at,
     card_deadline, deadline, task, operation, text, digest, label, title, signing_time, certificate_hash, imported,
     coalesce(open_transaction.version, outcome.version), coalesce(open_transaction.attempt, outcome.attempt),
     kind, signature, outcome.key, fault_code, fault_sub, fault_detail, fault_node
     FROM opening LEFT JOIN open_transaction ON open_transaction.row = opening.row
     LEFT JOIN outcome ON outcome.row = opening.row";

impl HomeReader for HomeStoreReader {
    fn last_commit(&self) -> Result<Option<Timestamp>, ReadError> {
        let sql = "SELECT max(at) FROM (SELECT at FROM (SELECT at FROM audit ORDER BY seq DESC LIMIT 1)
                   UNION ALL SELECT at FROM quiet_commit)";
        let last = self.one(sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?;
        Ok(last.flatten().map(Timestamp::from_millis))
    }

    fn last_rows(&self) -> Result<LastRows, ReadError> {
        let highest = |table: &str| {
            let sql = format!(
                "SELECT coalesce(max({}), 0) FROM {table}",
                if table == "opening" { "row" } else { "id" }
            );
            Ok(self.one(&sql, [], |row| number(row, 0))?.unwrap_or(0))
        };
        Ok(LastRows {
            transaction: RowId(highest("opening")?),
            card: CardId(highest("card")?),
            user: UserId(highest("user")?),
            key: KeyId(highest("key")?),
        })
    }

    fn open_transactions(&self) -> Result<Vec<TransactionRow>, ReadError> {
        let query = || {
            let sql = format!(
                "{TRANSACTION} WHERE opening.row IN (SELECT row FROM open_transaction) ORDER BY opening.row"
            );
            let mut statement = self.0.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut open = Vec::new();
            while let Some(row) = rows.next()? {
                open.push(read_transaction(row)?);
            }
            Ok(open)
        };
        query().map_err(unreadable)
    }

    fn transaction_of(&self, asker: &Asker, trace: &str) -> Result<Option<TransactionRow>, ReadError> {
        let sql = format!("{TRANSACTION} WHERE asker = ?1 AND trace = ?2");
        self.one(&sql, params![asker.to_string(), trace], read_transaction)
    }

    fn transaction(&self, row: RowId) -> Result<Option<TransactionRow>, ReadError> {
        self.one(&format!("{TRANSACTION} WHERE opening.row = ?1"), [row.0.cast_signed()], read_transaction)
    }

    fn subscriber(&self, msisdn: &Msisdn) -> Result<Option<Subscriber>, ReadError> {
        self.card("msisdn", msisdn.digits())
    }

    fn subscriber_of_card(&self, card: CardId) -> Result<Option<Subscriber>, ReadError> {
        self.card("id", card.0.cast_signed())
    }

    fn card_with_iccid(&self, iccid: &Iccid) -> Result<Option<CardId>, ReadError> {
        self.one("SELECT id FROM card WHERE iccid = ?1", [iccid.as_str()], |row| Ok(CardId(number(row, 0)?)))
    }

    fn key(&self, key: KeyId) -> Result<Option<KeyRecord>, ReadError> {
        let sql = "SELECT id, version, card, user, operation, public_key, state, path FROM key WHERE id = ?1";
        self.one(sql, [key.0.cast_signed()], read_key)
    }

    fn owner_of_public_key(&self, public_key: &[u8]) -> Result<Option<UserId>, ReadError> {
        self.one("SELECT user FROM key WHERE public_key = ?1", [public_key], |row| {
            Ok(UserId(number(row, 0)?))
        })
    }
}

fn read_card(row: &Row<'_>) -> Result<CardRecord, StoreError> {
    let corrupt = || StoreError::Corrupt("card");
    let tar: Vec<u8> = row.get(3)?;
    let sealed_keys: Vec<u8> = row.get(4)?;
    Ok(CardRecord {
        address: Arc::new(CardAddress {
            id: CardId(number(row, 0)?),
            iccid: Iccid::parse(&row.get::<_, String>(1)?).map_err(|_| corrupt())?,
            msisdn: Msisdn::parse(&row.get::<_, String>(2)?).map_err(|_| corrupt())?,
            tar: tar.try_into().map_err(|_| corrupt())?,
            sealed_keys: sealed_keys.into(),
        }),
        version: row.get(5)?,
        next_counter: number(row, 6)?,
        mo_window: MoWindow { highest: number(row, 7)?, bitmap: number(row, 8)? },
        last_row: optional(row, 9)?.map(RowId),
    })
}

fn read_key(row: &Row<'_>) -> Result<KeyRecord, StoreError> {
    let corrupt = || StoreError::Corrupt("key");
    Ok(KeyRecord {
        id: KeyId(number(row, 0)?),
        version: row.get(1)?,
        card: CardId(number(row, 2)?),
        user: UserId(number(row, 3)?),
        operation: operation(row, 4)?,
        public_key: row.get(5)?,
        state: KeyState::from_word(&row.get::<_, String>(6)?).ok_or_else(corrupt)?,
        path: certificate_path::decode(&row.get::<_, Vec<u8>>(7)?)?,
    })
}

fn read_transaction(row: &Row<'_>) -> Result<TransactionRow, StoreError> {
    let corrupt = || StoreError::Corrupt("opening");
    let text = |at: usize| -> Result<String, StoreError> { Ok(row.get(at)?) };
    let time = |at: usize| -> Result<Timestamp, StoreError> { Ok(Timestamp::from_millis(row.get(at)?)) };
    let opening = Opening {
        row: RowId(number(row, 0)?),
        asker: Asker::parse(&text(1)?).ok_or_else(corrupt)?,
        trace: text(2)?.into(),
        content_hash: array(row, 3)?,
        ap_id: text(4)?.into(),
        card: optional(row, 5)?.map(CardId),
        key: optional(row, 6)?.map(KeyId),
        task: read_task(row)?,
        txn: row.get(7)?,
        opened_at: time(8)?,
        card_deadline: time(9)?,
        deadline: time(10)?,
    };
    Ok(TransactionRow {
        opening: Arc::new(opening),
        version: row.get(20)?,
        attempt: row.get(21)?,
        outcome: read_outcome(row)?,
    })
}

fn read_task(row: &Row<'_>) -> Result<Task, StoreError> {
    Ok(match row.get::<_, String>(11)?.as_str() {
        "sign" => Task::Sign(SignTask {
            operation: operation(row, 12)?,
            content: match row.get::<_, Option<String>>(13)? {
                Some(text) => Content::Text(text),
                None => Content::Digest(array(row, 14)?),
            },
            label: row.get(15)?,
            title: row.get(16)?,
            signing_time: Timestamp::from_millis(row.get(17)?),
        }),
        "generate-key" => Task::GenerateKey { operation: operation(row, 12)? },
        "set-certificate" => {
            Task::SetCertificate { operation: operation(row, 12)?, certificate_hash: array(row, 18)? }
        }
        "record" => Task::Record { imported: row.get(19)? },
        _ => return Err(StoreError::Corrupt("opening")),
    })
}

fn read_outcome(row: &Row<'_>) -> Result<Option<Outcome>, StoreError> {
    let corrupt = || StoreError::Corrupt("outcome");
    let Some(kind) = row.get::<_, Option<String>>(22)? else { return Ok(None) };
    Ok(Some(match kind.as_str() {
        "signed" => Outcome::Signed(array(row, 23)?),
        "key-made" => Outcome::KeyMade(KeyId(optional(row, 24)?.ok_or_else(corrupt)?)),
        "certificate-set" => Outcome::CertificateSet,
        "recorded" => Outcome::Recorded,
        "refused" => Outcome::Refused(Fault {
            code: FaultCode(row.get(25)?),
            sub: row.get(26)?,
            detail: row.get(27)?,
            node: row.get(28)?,
        }),
        _ => return Err(corrupt()),
    }))
}

fn operation(row: &Row<'_>, at: usize) -> Result<Operation, StoreError> {
    Operation::from_word(&row.get::<_, String>(at)?).ok_or(StoreError::Corrupt("operation"))
}

fn number(row: &Row<'_>, at: usize) -> Result<u64, StoreError> {
    Ok(row.get::<_, i64>(at)?.cast_unsigned())
}

fn optional(row: &Row<'_>, at: usize) -> Result<Option<u64>, StoreError> {
    Ok(row.get::<_, Option<i64>>(at)?.map(i64::cast_unsigned))
}

fn array<const N: usize>(row: &Row<'_>, at: usize) -> Result<[u8; N], StoreError> {
    row.get::<_, Vec<u8>>(at)?.try_into().map_err(|_| StoreError::Corrupt("fixed octets"))
}

fn unreadable(error: StoreError) -> ReadError {
    ReadError(error.to_string())
}
