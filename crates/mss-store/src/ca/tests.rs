//! The contract of a CA's store, kept by memory and file alike.
use std::{fs, path::PathBuf};

use mss_core::{NodeName, Operation, Timestamp};
use role_ca::{
    AuditEvent, AuditRecord, CaCommit, CaReader, CertificateRow, CodeHash, CodeRow, CodeUse, Enrolment,
    OrderId, Purpose, ResumeState,
};

use super::CaStore;
use crate::{Location, StoreError};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + seconds)
}

fn name(text: &str) -> NodeName {
    NodeName::parse(text).unwrap()
}

fn order_id(text: &str) -> OrderId {
    OrderId::parse(text).unwrap()
}

fn code(octet: u8, enrolment: &str) -> CodeRow {
    CodeRow {
        hash: CodeHash::from_octets([octet; 32]),
        enrolment: Enrolment::parse(enrolment).unwrap(),
        made_at: at(0),
        expires_at: at(900),
        used_at: None,
    }
}

fn made(row: CodeRow) -> CaCommit {
    let mut commit = CaCommit::default();
    commit.add_code(row);
    commit
}

fn used(octet: u8, seconds: i64) -> CaCommit {
    let hash = CodeHash::from_octets([octet; 32]);
    CaCommit { used: vec![CodeUse { hash, at: at(seconds) }], ..CaCommit::default() }
}

fn certificate(row: u64, purpose: Purpose) -> CertificateRow {
    let octet = u8::try_from(row).unwrap();
    CertificateRow {
        row,
        serial: [octet; 16],
        der: vec![octet; 700],
        key: Some([octet; 32]),
        purpose,
        issued_at: at(5),
    }
}

fn ordered(me: &str, order: &str) -> Purpose {
    Purpose::User { me: name(me), order_id: order_id(order), content: [7; 32], operation: Operation::Digest }
}

fn issued(row: &CertificateRow) -> CaCommit {
    CaCommit { certificates: vec![row.clone()], ..CaCommit::default() }
}

fn conflict(result: Result<(), StoreError>, table: &str) -> bool {
    matches!(result, Err(StoreError::Conflict(found)) if found == table)
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Runs one contract on an empty store of each kind.
fn on_each(test: &str, contract: impl Fn(CaStore, &dyn Fn(CaStore) -> CaStore)) {
    contract(CaStore::open(&Location::Memory).unwrap(), &|store| store);
    let folder = Folder(std::env::temp_dir().join(format!("sinetti-ca-{test}-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let location = Location::File(folder.0.join("ca.db"));
    contract(CaStore::open(&location).unwrap(), &|store| {
        drop(store);
        CaStore::open(&location).unwrap()
    });
}

#[test]
fn an_empty_store_resumes_from_nothing() {
    on_each("empty", |store, reopen| {
        assert_eq!(reopen(store).resume_state().unwrap(), ResumeState::default());
    });
}

#[test]
fn a_code_is_used_once_and_not_late() {
    on_each("codes", |mut store, reopen| {
        let row = code(1, "ap:ae:ae.demo:localhost,127.0.0.1,::1");
        store.commit(&made(row.clone())).unwrap();
        assert!(conflict(store.commit(&made(row.clone())), "code"), "made twice");
        assert!(conflict(store.commit(&used(2, 1)), "code"), "no such code");
        assert!(conflict(store.commit(&used(1, 900)), "code"), "too late");
        let mut store = reopen(store);
        assert_eq!(store.reader().unwrap().code(&row.hash).unwrap(), Some(row.clone()));
        store.commit(&used(1, 899)).unwrap();
        assert!(conflict(store.commit(&used(1, 899)), "code"), "used twice");
        let found = reopen(store).reader().unwrap().code(&row.hash).unwrap();
        assert_eq!(found, Some(CodeRow { used_at: Some(at(899)), ..row }));
    });
}

#[test]
fn two_uses_of_a_code_in_one_commit_leave_nothing() {
    on_each("twice", |mut store, _| {
        store.commit(&made(code(1, "me:me:me"))).unwrap();
        let mut both = used(1, 1);
        both.used.extend(used(1, 1).used);
        both.certificates.push(certificate(1, ordered("me", "S1")));
        assert!(conflict(store.commit(&both), "code"));
        let reader = store.reader().unwrap();
        assert_eq!(reader.code(&CodeHash::from_octets([1; 32])).unwrap().unwrap().used_at, None);
        assert_eq!(reader.certificate(1).unwrap(), None);
    });
}

#[test]
fn certificates_come_back_as_they_were() {
    on_each("certificates", |mut store, reopen| {
        let node = certificate(1, Purpose::Node(Enrolment::parse("mesh:home:h").unwrap().identity().clone()));
        let person = certificate(2, ordered("me", "S1-00ff-certify-sign"));
        store.commit(&issued(&node)).unwrap();
        store.commit(&issued(&person)).unwrap();
        let store = reopen(store);
        let reader = store.reader().unwrap();
        assert_eq!(reader.certificate(1).unwrap(), Some(node));
        assert_eq!(reader.certificate(2).unwrap().as_ref(), Some(&person));
        assert_eq!(reader.certificate(3).unwrap(), None);
        let found = reader.order(&name("me"), &order_id("S1-00ff-certify-sign")).unwrap();
        assert_eq!(found, Some(person));
        assert_eq!(reader.order(&name("me-2"), &order_id("S1-00ff-certify-sign")).unwrap(), None);
        assert_eq!(reader.order(&name("me"), &order_id("S1")).unwrap(), None);
        assert_eq!(store.resume_state().unwrap().last_row, 2);
    });
}

#[test]
fn an_order_has_one_certificate_and_a_row_one_owner() {
    on_each("orders", |mut store, _| {
        store.commit(&issued(&certificate(1, ordered("me", "S1")))).unwrap();
        assert!(conflict(store.commit(&issued(&certificate(2, ordered("me", "S1")))), "certificate"));
        assert!(conflict(store.commit(&issued(&certificate(1, ordered("me", "S2")))), "certificate"));
        // Another ME's numbers are its own.
        store.commit(&issued(&certificate(2, ordered("me-2", "S1")))).unwrap();
        let node = |row| certificate(row, Purpose::Node(code(1, "me:ca:ca").enrolment.identity().clone()));
        store.commit(&issued(&node(3))).unwrap();
        store.commit(&issued(&node(4))).unwrap();
        assert_eq!(store.resume_state().unwrap().last_row, 4);
    });
}

#[test]
fn the_audit_trail_is_kept_in_order() {
    on_each("audit", |mut store, reopen| {
        let identity = || code(1, "me:me:me").enrolment.identity().clone();
        let events = [
            AuditEvent::Founded { authority: "users-root", fingerprint: [0xab; 32] },
            AuditEvent::NodeCertified { identity: identity(), serial: [0x4f; 16] },
            AuditEvent::UserCertified {
                me: name("me"),
                order_id: order_id("S1"),
                operation: Operation::Sign,
                serial: [0x40; 16],
            },
            AuditEvent::OrderRefused { me: name("me"), order_id: None, refusal: "subject" },
        ];
        store.commit(&made(code(1, "me:me:me"))).unwrap();
        for (event, seconds) in events.into_iter().zip(1..) {
            let record = AuditRecord { at: at(seconds), event };
            store.commit(&CaCommit { audit: vec![record], ..CaCommit::default() }).unwrap();
        }
        let store = reopen(store);
        assert_eq!(store.resume_state().unwrap().last_commit, Some(at(4)));
        let lines = store.reader().unwrap().audit(0, 99).unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|line| (line.event.as_str(), line.subject.as_str(), line.order_id.as_deref()))
            .collect();
        assert_eq!(
            read,
            vec![
                ("code-made", "urn:sinetti:me:me:me", None),
                ("founded", "users-root", None),
                ("node-certified", "urn:sinetti:me:me:me", None),
                ("user-certified", "me", Some("S1")),
                ("order-refused", "me", None),
            ]
        );
        assert_eq!(lines[1].detail, Some("ab".repeat(32)));
        assert_eq!(lines[4].detail.as_deref(), Some("subject"));
        assert_eq!(store.reader().unwrap().audit(4, 99).unwrap().len(), 1);
    });
}

#[test]
fn a_persons_key_has_one_certificate() {
    on_each("keys", |mut store, _| {
        let first = certificate(1, ordered("me", "S1"));
        store.commit(&issued(&first)).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(
            (reader.has_certificate(&[1; 32]), reader.has_certificate(&[2; 32])),
            (Ok(true), Ok(false))
        );
        let second = CertificateRow { key: first.key, ..certificate(2, ordered("me", "S2")) };
        assert!(conflict(store.commit(&issued(&second)), "certificate"));
        // A row of before the key was kept.
        let old = CertificateRow { key: None, ..certificate(2, ordered("me", "S2")) };
        store.commit(&issued(&old)).unwrap();
        assert_eq!(reader.certificate(2).unwrap(), Some(old));
    });
}
