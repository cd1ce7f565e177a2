//! The contract of an ME's store, kept by memory and file alike.
use std::{fs, path::PathBuf};

use mss_core::{ApTransId, Fault, FaultCode, Msisdn, MsspTransId, NodeName, Operation, Timestamp};
use role_me::{
    AuditEvent, AuditRecord, KeyRecord, MeCommit, MeReader, Person, RegistrationRow, RegistrationState, Step,
};

use super::MeStore;
use crate::{Location, StoreError};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + seconds)
}

fn number(text: &str) -> Msisdn {
    Msisdn::parse(text).unwrap()
}

fn row(row: u64, msisdn: &str) -> RegistrationRow {
    RegistrationRow {
        row,
        version: 1,
        id: MsspTransId::parse(&format!("S{row:x}-00ff")).unwrap(),
        operator: NodeName::parse("ra").unwrap(),
        ap_trans_id: ApTransId::parse("T1").unwrap(),
        person: Person {
            msisdn: number(msisdn),
            iccid: "8935801234567890123".into(),
            given_name: "Väinö".into(),
            surname: "Ääri".into(),
            serial_number: "FI-0123456789ABCDEF".into(),
        },
        home: NodeName::parse("home-1").unwrap(),
        started_at: at(0),
        deadline: at(900),
        state: RegistrationState::Running(Step::FIRST),
        keys: vec![],
    }
}

fn commit(row: &RegistrationRow) -> MeCommit {
    let record = AuditRecord {
        at: at(i64::from(row.version)),
        operator: row.operator.clone(),
        ap_trans_id: row.ap_trans_id.clone(),
        registration: Some(row.id.clone()),
        event: AuditEvent::Done(Step::Bind),
    };
    MeCommit { rows: vec![row.clone()], audit: vec![record] }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Runs one contract on an empty store of each kind.
fn on_each(name: &str, contract: impl Fn(MeStore, &dyn Fn(MeStore) -> MeStore)) {
    contract(MeStore::open(&Location::Memory).unwrap(), &|store| store);
    let folder = Folder(std::env::temp_dir().join(format!("sinetti-me-{name}-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let location = Location::File(folder.0.join("me.db"));
    contract(MeStore::open(&location).unwrap(), &|store| {
        drop(store);
        MeStore::open(&location).unwrap()
    });
}

/// The same row one version on, with what a change makes of it.
fn later(row: &RegistrationRow, change: impl FnOnce(&mut RegistrationRow)) -> RegistrationRow {
    let mut row = row.clone();
    row.version += 1;
    change(&mut row);
    row
}

#[test]
fn every_state_comes_back_as_it_was() {
    on_each("states", |mut store, reopen| {
        let first = row(1, "+358401234567");
        let key = KeyRecord { operation: Operation::Sign, public_key: vec![1; 91], path: vec![] };
        let second = later(&first, |row| {
            row.state = RegistrationState::Running(Step::Certify(Operation::Sign));
            row.keys.push(key.clone());
        });
        let third = later(&second, |row| {
            row.state = RegistrationState::Running(Step::Install(Operation::Sign));
            row.keys = vec![KeyRecord { path: vec![vec![0x30; 600], vec![0x30; 500]], ..key.clone() }];
        });
        let mut fault = Fault::new(FaultCode::USER_CANCEL, "no").with_sub(4011);
        fault.node = Some("home-1".into());
        let failed = later(&third, |row| row.state = RegistrationState::Failed(fault));
        let active = later(&third, |row| row.state = RegistrationState::Active);
        let mut store_now = store.commit(&commit(&first)).map(|()| store).unwrap();
        for row in [&second, &third] {
            store_now.commit(&commit(row)).unwrap();
            store_now = reopen(store_now);
            let latest = store_now.reader().unwrap().latest(&number("358401234567")).unwrap();
            assert_eq!(latest.as_ref(), Some(row));
            let state = store_now.resume_state().unwrap();
            assert_eq!((state.running.as_slice(), state.last_row), ([row.clone()].as_slice(), 1));
            assert_eq!(state.last_commit, Some(at(i64::from(row.version))));
        }
        store_now.commit(&commit(&failed)).unwrap();
        assert!(store_now.resume_state().unwrap().running.is_empty());
        let latest = |store: &MeStore| store.reader().unwrap().latest(&number("358401234567")).unwrap();
        assert_eq!(latest(&store_now), Some(failed));
        assert!(matches!(store_now.commit(&commit(&active)), Err(StoreError::Conflict("registration"))));
        assert_eq!(store_now.reader().unwrap().audit(0, 99).unwrap().len(), 4);
    });
}

#[test]
fn versions_guard_every_write() {
    on_each("versions", |mut store, _| {
        let first = row(1, "+358401234567");
        let conflict = |result| matches!(result, Err(StoreError::Conflict("registration")));
        assert!(conflict(store.commit(&commit(&later(&first, |_| {})))), "no such row");
        store.commit(&commit(&first)).unwrap();
        assert!(conflict(store.commit(&commit(&first))), "written twice");
        let third = later(&later(&first, |_| {}), |_| {});
        assert!(conflict(store.commit(&commit(&third))), "one was skipped");
        let mut both = commit(&row(2, "+358401234568"));
        both.rows.push(third);
        assert!(store.commit(&both).is_err());
        assert!(
            store.reader().unwrap().latest(&number("+358401234568")).unwrap().is_none(),
            "nothing is left"
        );
        assert_eq!(store.reader().unwrap().audit(0, 99).unwrap().len(), 1);
    });
}

#[test]
fn the_latest_of_a_number_is_found_and_steps_may_share_a_commit() {
    on_each("latest", |mut store, _| {
        let old = row(1, "+358401234567");
        let ended = later(&old, |row| row.state = RegistrationState::Active);
        let both = MeCommit { rows: vec![old, ended], audit: commit(&row(1, "+358401234567")).audit };
        store.commit(&both).unwrap();
        store.commit(&commit(&row(2, "+358401234568"))).unwrap();
        store.commit(&commit(&row(3, "+358401234567"))).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.latest(&number("+358401234567")).unwrap().map(|row| row.row), Some(3));
        assert!(reader.latest(&number("+358401234569")).unwrap().is_none());
        let state = store.resume_state().unwrap();
        assert_eq!(state.running.iter().map(|row| row.row).collect::<Vec<_>>(), vec![2, 3]);
        assert_eq!(state.last_row, 3);
    });
}
