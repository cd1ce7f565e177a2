//! The contract of an AE's store, kept by memory and file alike.
use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use mss_core::{
    ApId, ApTransId, DtbsContent, Fault, FaultCode, MeshMember, Msisdn, MsspTransId, NodeName,
    SignatureProfile, StatusCode, Timestamp,
    engine::Commit,
    message::{Instant, MessagingMode, MobileUser},
};
use role_ae::{
    AeCommit, AeReader, AuditEvent, AuditRecord, AuditSubject, FinalUpdate, HomeSignature, Outcome,
    TransactionRow,
};

use super::AeStore;
use crate::{Location, StoreError};

const SKEW: Duration = Duration::from_secs(600);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + seconds)
}

/// A row; odd ones have every field, even ones as few as possible.
fn row(number: u64, accepted: i64) -> TransactionRow {
    let full = number % 2 == 1;
    let some = |text: &str| full.then(|| text.to_owned());
    TransactionRow {
        row: number,
        trans_id: MsspTransId::parse(&format!("S{number:x}-00ff")).unwrap(),
        ap_id: ApId::parse("http://bank").unwrap(),
        ap_trans_id: ApTransId::parse(&format!("T{number}")).unwrap(),
        instant: Instant { at: at(accepted), text: "2023-11-14T22:13:20+00:00".into() },
        join_key: [u8::try_from(number % 256).unwrap(); 16],
        content: [3; 32],
        mobile_user: MobileUser {
            identity_issuer: full.then(|| MeshMember::from_uri("http://ii")),
            user_identifier: some("a@b"),
            home_mssp: full.then(MeshMember::default),
            msisdn: full.then(|| Msisdn::parse("+358401234567").unwrap()),
            msisdn_with_plus: full,
        },
        home: NodeName::parse("home-1").unwrap(),
        profile: SignatureProfile::DEFAULT,
        dtbs: if full { DtbsContent::Text("Pay 10 €\0".into()) } else { DtbsContent::Sha256([9; 32]) },
        dtbd: some("Order"),
        display_name: "Bank".into(),
        mode: if full { MessagingMode::Synch } else { MessagingMode::AsynchClientServer },
        accepted_at: at(accepted),
        deadline: at(accepted + 60),
    }
}

fn audit(row: &Arc<TransactionRow>, event: AuditEvent, seconds: i64) -> AuditRecord {
    AuditRecord { at: at(seconds), subject: AuditSubject::Transaction(Arc::clone(row)), event }
}

fn accepted(row: TransactionRow) -> AeCommit {
    let row = Arc::new(row);
    let seconds = row.accepted_at.secs() - at(0).secs();
    AeCommit {
        audit: vec![audit(&row, AuditEvent::Accepted, seconds)],
        accepted: vec![row],
        finished: vec![],
    }
}

fn signed(row: u64) -> AeCommit {
    let made = HomeSignature {
        cms: vec![0x30, 0x82, 0, 1],
        profile_uri: "mss::authn:loa4:sim".into(),
        status: StatusCode::SIGNATURE,
    };
    ended(row, Outcome::Signed(made))
}

fn ended(row: u64, outcome: Outcome) -> AeCommit {
    AeCommit {
        finished: vec![FinalUpdate { row, at: at(9), outcome: Arc::new(outcome) }],
        ..AeCommit::default()
    }
}

fn failed(row: u64) -> AeCommit {
    let mut fault = Fault::new(FaultCode::USER_CANCEL, "no").with_sub(4011);
    fault.node = Some("home-1".into());
    ended(row, Outcome::Failed(fault))
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Runs one contract on an empty store of each kind.
fn on_each(name: &str, contract: impl Fn(AeStore, &dyn Fn(AeStore) -> AeStore)) {
    contract(AeStore::open(&Location::Memory).unwrap(), &|store| store);
    let folder = Folder(std::env::temp_dir().join(format!("sinetti-ae-{name}-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let location = Location::File(folder.0.join("ae.db"));
    contract(AeStore::open(&location).unwrap(), &|store| {
        drop(store);
        AeStore::open(&location).unwrap()
    });
}

#[test]
fn an_empty_store_resumes_from_nothing() {
    on_each("empty", |store, reopen| {
        let state = reopen(store).resume_state(at(0), SKEW).unwrap();
        assert!(state.open.is_empty() && state.joins.is_empty());
        assert_eq!((state.last_row, state.last_commit), (0, None));
    });
}

#[test]
fn rows_come_back_as_they_were() {
    on_each("rows", |mut store, reopen| {
        for number in 1..=4 {
            store.commit(&accepted(row(number, 0))).unwrap();
        }
        store.commit(&signed(1)).unwrap();
        store.commit(&failed(2)).unwrap();
        let store = reopen(store);
        let reader = store.reader().unwrap();
        for number in 1..=4 {
            let stored = reader.transaction(number).unwrap().unwrap();
            assert_eq!(*stored.request, row(number, 0));
            let expected = match number {
                1 => signed(1).finished.first().map(|end| Arc::clone(&end.outcome)),
                2 => failed(2).finished.first().map(|end| Arc::clone(&end.outcome)),
                _ => None,
            };
            assert_eq!(stored.outcome, expected);
        }
        assert!(reader.transaction(5).unwrap().is_none());
        assert!(reader.transaction(u64::MAX).unwrap().is_none());
        let state = store.resume_state(at(100), SKEW).unwrap();
        assert_eq!(state.open, vec![row(3, 0), row(4, 0)]);
        assert_eq!((state.last_row, state.last_commit), (4, Some(at(0))));
        assert_eq!(state.joins.len(), 4, "finished ones join too");
    });
}

#[test]
fn a_row_is_written_once_and_ends_once() {
    on_each("once", |mut store, _| {
        let conflict = |result| matches!(result, Err(StoreError::Conflict("request")));
        store.commit(&accepted(row(1, 0))).unwrap();
        assert!(conflict(store.commit(&accepted(row(1, 5)))));
        assert!(conflict(store.commit(&signed(2))), "no such row");
        store.commit(&signed(1)).unwrap();
        assert!(conflict(store.commit(&signed(1))));
        assert!(conflict(store.commit(&failed(1))));
        let stored = store.reader().unwrap().transaction(1).unwrap().unwrap();
        assert!(matches!(stored.outcome.as_deref(), Some(Outcome::Signed(_))));
        assert_eq!(stored.request.accepted_at, at(0));
    });
}

#[test]
fn a_commit_that_conflicts_leaves_nothing() {
    on_each("atomic", |mut store, _| {
        store.commit(&accepted(row(1, 0))).unwrap();
        let mut both = accepted(row(2, 1));
        both.finished = signed(7).finished;
        assert!(!both.is_empty());
        assert!(store.commit(&both).is_err());
        let reader = store.reader().unwrap();
        assert!(reader.transaction(2).unwrap().is_none());
        assert_eq!(reader.audit(0, 10).unwrap().len(), 1);
    });
}

#[test]
fn accepting_and_ending_may_share_a_commit() {
    on_each("shared", |mut store, _| {
        let mut both = accepted(row(1, 0));
        both.finished = signed(1).finished;
        store.commit(&both).unwrap();
        assert!(store.resume_state(at(0), SKEW).unwrap().open.is_empty());
    });
}

#[test]
fn only_young_instants_are_joined() {
    on_each("joins", |mut store, _| {
        for (number, accepted_at) in [(1, 0), (2, 600), (3, 1200), (4, 1800)] {
            store.commit(&accepted(row(number, accepted_at))).unwrap();
        }
        let mut ahead = row(5, 1900);
        ahead.instant.at = at(2400);
        store.commit(&accepted(ahead)).unwrap();
        let joins = |now| -> Vec<u64> {
            let mut rows: Vec<u64> =
                store.resume_state(at(now), SKEW).unwrap().joins.iter().map(|join| join.row).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(joins(1900), vec![4, 5]);
        assert_eq!(joins(1800), vec![3, 4, 5]);
        assert_eq!(joins(3000), vec![5], "an Instant from the future is young for longer");
        assert_eq!(joins(3001), Vec::<u64>::new());
    });
}

#[test]
fn the_audit_trail_is_kept_in_order() {
    on_each("audit", |mut store, reopen| {
        store.commit(&accepted(row(1, 0))).unwrap();
        let subject = AuditSubject::Request {
            ap_id: ApId::parse("http://shop").unwrap(),
            ap_trans_id: ApTransId::parse("P").unwrap(),
            asked: MsspTransId::parse("S1-guess"),
        };
        let refused =
            AuditRecord { at: at(7), subject, event: AuditEvent::StatusRefused(FaultCode::WRONG_PARAM) };
        store.commit(&AeCommit { audit: vec![refused], ..AeCommit::default() }).unwrap();
        let store = reopen(store);
        assert_eq!(store.resume_state(at(8), SKEW).unwrap().last_commit, Some(at(7)));
        let lines = store.reader().unwrap().audit(0, 10).unwrap();
        let words: Vec<_> =
            lines.iter().map(|line| (line.event.as_str(), line.code, line.trans_id.as_deref())).collect();
        assert_eq!(
            words,
            vec![("accepted", None, Some("S1-00ff")), ("status-refused", Some(101), Some("S1-guess"))]
        );
        assert_eq!(store.reader().unwrap().audit(1, 10).unwrap().len(), 1);
    });
}
