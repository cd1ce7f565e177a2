//! The contract of the HMSSP's store, on memory and on a file.
use std::sync::Arc;

use mss_core::{Fault, FaultCode, Msisdn, NodeName, Operation, Timestamp};
use mss_pki::Content;
use role_home::{
    Asker, AuditEvent, AuditRecord, CardAddress, CardId, CardRecord, CardUpdate, Commit, HomeReader, Iccid,
    KeyId, KeyRecord, KeyState, KeyUpdate, MoWindow, Opening, Outcome, RowId, SignTask, Task, TransactionRow,
    TransactionUpdate, UserId, UserRecord,
};

use super::HomeStore;
use crate::{Location, StoreError};

/// Runs one check on a store in memory and on one in a file.
fn on_both(name: &str, check: impl Fn(&Location)) {
    check(&Location::Memory);
    let folder = std::env::temp_dir().join(format!("sinetti-home-store-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    check(&Location::File(folder.join("home.db")));
    std::fs::remove_dir_all(&folder).unwrap();
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn card(id: u64) -> CardRecord {
    CardRecord {
        address: Arc::new(CardAddress {
            id: CardId(id),
            iccid: Iccid::parse(&format!("89358400000000000{id:02}")).unwrap(),
            msisdn: Msisdn::parse(&format!("+3584010000{id:02}")).unwrap(),
            tar: [1, 2, 3],
            sealed_keys: vec![9; 40].into(),
        }),
        version: 1,
        next_counter: 1,
        mo_window: MoWindow { highest: 0, bitmap: u64::MAX },
        last_row: None,
    }
}

fn key(id: u64, operation: Operation) -> KeyRecord {
    KeyRecord {
        id: KeyId(id),
        version: 1,
        card: CardId(1),
        user: UserId(1),
        operation,
        public_key: vec![u8::try_from(id).unwrap(); 91],
        state: KeyState::Uncertified,
        path: vec![],
    }
}

fn transaction(row: u64, task: Task, outcome: Option<Outcome>) -> TransactionRow {
    TransactionRow {
        opening: Arc::new(Opening {
            row: RowId(row),
            asker: Asker::ae(NodeName::parse("ae.example").unwrap()),
            trace: format!("S{row:x}-00").into(),
            content_hash: [7; 32],
            ap_id: "http://ap".into(),
            card: Some(CardId(1)),
            key: Some(KeyId(1)),
            task,
            txn: u32::MAX,
            opened_at: at(1000),
            card_deadline: at(2000),
            deadline: at(3000),
        }),
        version: 1,
        attempt: 1,
        outcome,
    }
}

fn sign(content: Content) -> Task {
    Task::Sign(SignTask {
        operation: Operation::Sign,
        content,
        label: Some("Ä".into()),
        title: "Shop".into(),
        signing_time: at(1000),
    })
}

fn record(event: AuditEvent, ms: i64) -> AuditRecord {
    AuditRecord {
        at: at(ms),
        trace: "S1-00".into(),
        event,
        ap_id: "http://ap".into(),
        row: Some(RowId(1)),
        card: None,
    }
}

fn filled(location: &Location) -> HomeStore {
    let mut store = HomeStore::open(location).unwrap();
    let commit = Commit {
        at: Some(at(5)),
        new_cards: vec![card(1), card(2)],
        new_users: vec![UserRecord { id: UserId(1), card: CardId(1), serial: "FI-1".into() }],
        new_keys: vec![key(1, Operation::Sign), key(2, Operation::Authn), key(3, Operation::Sign)],
        ..Commit::default()
    };
    store.commit(&commit).unwrap();
    store
}

#[test]
fn a_subscriber_is_read_with_the_newest_keys() {
    on_both("subscriber", |location| {
        let store = filled(location);
        let reader = store.reader().unwrap();
        let found = reader.subscriber(&Msisdn::parse("+358401000001").unwrap()).unwrap().unwrap();
        assert_eq!(found.card, card(1));
        assert_eq!(found.user.unwrap().serial, "FI-1");
        assert_eq!(found.keys, vec![key(3, Operation::Sign), key(2, Operation::Authn)]);
        assert_eq!(reader.subscriber_of_card(CardId(2)).unwrap().unwrap().keys, vec![]);
        assert_eq!(reader.subscriber(&Msisdn::parse("+358401000009").unwrap()).unwrap(), None);
        assert_eq!(reader.card_with_iccid(&card(2).address.iccid).unwrap(), Some(CardId(2)));
        assert_eq!(reader.owner_of_public_key(&[2; 91]).unwrap(), Some(UserId(1)));
        assert_eq!(reader.owner_of_public_key(&[8; 91]).unwrap(), None);
        assert_eq!(reader.last_commit().unwrap(), Some(at(5)));
        let last = reader.last_rows().unwrap();
        assert_eq!(
            (last.transaction, last.card, last.user, last.key),
            (RowId(0), CardId(2), UserId(1), KeyId(3))
        );
    });
}

#[test]
fn a_transaction_is_open_until_its_one_outcome() {
    on_both("outcome", |location| {
        let mut store = filled(location);
        let tasks = [
            sign(Content::Text("Pay?".into())),
            sign(Content::Digest([3; 32])),
            Task::GenerateKey { operation: Operation::Digest },
            Task::SetCertificate { operation: Operation::Authn, certificate_hash: [4; 32] },
        ];
        let rows: Vec<_> = (1..).zip(tasks).map(|(row, task)| transaction(row, task, None)).collect();
        let recorded = transaction(9, Task::Record { imported: 3 }, Some(Outcome::Recorded));
        let mut new_transactions = rows.clone();
        new_transactions.push(recorded.clone());
        let audit = vec![record(AuditEvent::Opened, 1000)];
        store.commit(&Commit { at: Some(at(1000)), new_transactions, audit, ..Commit::default() }).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.open_transactions().unwrap(), rows);
        assert_eq!(reader.transaction(RowId(9)).unwrap().unwrap(), recorded);

        let fault = Fault {
            node: Some("http://home".into()),
            ..Fault::new(FaultCode::USER_CANCEL, "no").with_sub(4011)
        };
        let outcomes = [
            Outcome::Signed([5; 64]),
            Outcome::Refused(fault),
            Outcome::KeyMade(KeyId(3)),
            Outcome::CertificateSet,
        ];
        for (row, outcome) in (1..).zip(&outcomes) {
            let end = |found_version| Commit {
                at: Some(at(2000)),
                transactions: vec![TransactionUpdate {
                    row: RowId(row),
                    found_version,
                    attempt: 2,
                    outcome: Some(outcome.clone()),
                }],
                audit: vec![record(AuditEvent::Signed, 2000)],
                ..Commit::default()
            };
            assert!(matches!(store.commit(&end(2)), Err(StoreError::Conflict(_))), "another version");
            store.commit(&end(1)).unwrap();
            assert!(matches!(store.commit(&end(1)), Err(StoreError::Conflict(_))), "a second end");
            let ended = reader.transaction(RowId(row)).unwrap().unwrap();
            assert_eq!((ended.outcome.as_ref(), ended.version, ended.attempt), (Some(outcome), 2, 2));
        }
        assert_eq!(reader.open_transactions().unwrap(), vec![]);
        let asker = Asker::ae(NodeName::parse("ae.example").unwrap());
        assert_eq!(reader.transaction_of(&asker, "S2-00").unwrap().unwrap().opening.row, RowId(2));
        let other = Asker::ae(NodeName::parse("other.example").unwrap());
        assert_eq!(reader.transaction_of(&other, "S2-00").unwrap(), None);
        assert_eq!(reader.last_commit().unwrap(), Some(at(2000)));
        assert_eq!(reader.last_rows().unwrap().transaction, RowId(9));
    });
}

#[test]
fn counters_jump_after_a_restored_backup() {
    on_both("restored", |location| {
        let mut store = filled(location);
        assert_eq!(store.jump_counters(4096).unwrap(), 2);
        let found = store.reader().unwrap().subscriber_of_card(CardId(1)).unwrap().unwrap().card;
        assert_eq!((found.next_counter, found.version), (4097, 2));
    });
}

#[test]
fn updates_hold_to_the_version_they_found() {
    on_both("versions", |location| {
        let mut store = filled(location);
        let card = |found_version| CardUpdate {
            id: CardId(1),
            found_version,
            next_counter: 0xFF_FFFF_FFFF,
            mo_window: MoWindow { highest: 77, bitmap: 5 },
            last_row: Some(RowId(4)),
        };
        let path = Some(Arc::new(vec![vec![1, 2], vec![3]]));
        let key = |found_version| KeyUpdate {
            id: KeyId(2),
            found_version,
            state: KeyState::Certified,
            path: path.clone(),
        };
        let commit = |version| Commit {
            at: Some(at(9)),
            cards: vec![card(version)],
            keys: vec![key(version)],
            ..Commit::default()
        };
        store.commit(&commit(1)).unwrap();
        assert!(matches!(store.commit(&commit(1)), Err(StoreError::Conflict(_))));
        let reader = store.reader().unwrap();
        let found = reader.subscriber_of_card(CardId(1)).unwrap().unwrap().card;
        assert_eq!((found.version, found.next_counter, found.last_row), (2, 0xFF_FFFF_FFFF, Some(RowId(4))));
        assert_eq!(found.mo_window, MoWindow { highest: 77, bitmap: 5 });
        let found = reader.key(KeyId(2)).unwrap().unwrap();
        assert_eq!(
            (found.version, found.state, found.path),
            (2, KeyState::Certified, vec![vec![1, 2], vec![3]])
        );
        let active = KeyUpdate { id: KeyId(2), found_version: 2, state: KeyState::Active, path: None };
        store.commit(&Commit { at: Some(at(9)), keys: vec![active], ..Commit::default() }).unwrap();
        assert_eq!(reader.key(KeyId(2)).unwrap().unwrap().path, vec![vec![1, 2], vec![3]], "the path stays");
    });
}
