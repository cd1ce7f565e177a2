//! The rules of the house, looked at after every turn. The first breach stops the run.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mss_core::{Fault, FaultCode, Timestamp};
use mss_pki::{Certificate, cms, sha256};
use role_ae::{AeCommit, AuditEvent as AeEvent, AuditSubject, HomeSignature, Outcome as AeOutcome};
use role_home::{Commit, Opening, Outcome, Task};

/// A transaction of a home, as its durable commits tell it.
pub(crate) struct HomeRow {
    pub(crate) opening: Arc<Opening>,
    pub(crate) outcome: Option<Outcome>,
}

/// A transaction of an AE, as its durable commits tell it.
pub(crate) struct AeRow {
    pub(crate) trans_id: String,
    pub(crate) text: String,
    pub(crate) msisdn: String,
    pub(crate) home: String,
    pub(crate) outcome: Option<Arc<AeOutcome>>,
}

/// Who may have signed: the person's number in the name of the person's certificate, by number.
pub(crate) struct People {
    pub(crate) roots: Vec<Certificate>,
    pub(crate) serials: BTreeMap<String, String>,
}

/// What is known of the run, and the first thing that was wrong.
pub(crate) struct Judge {
    pub(crate) violation: Option<String>,
    people: People,
    /// Hash of what was sealed under each counter of each card.
    counters: BTreeMap<(String, u64), [u8; 32]>,
    /// How often each text came up on a screen.
    prompts: BTreeMap<String, u32>,
    showing: BTreeMap<u64, String>,
    pub(crate) home_rows: BTreeMap<(usize, u64), HomeRow>,
    pub(crate) ae_rows: BTreeMap<(usize, u64), AeRow>,
    ae_requests: BTreeMap<(usize, String, String, i64), u64>,
    /// Fault codes that a home's word on a row carried, as the AE received it.
    said: BTreeMap<(usize, u64), BTreeSet<u16>>,
    /// MSSP_TransIDs that an AP was told.
    pub(crate) told: BTreeSet<(usize, String)>,
    /// Signatures that reached an AP, each transaction once.
    pub(crate) handed_out: BTreeSet<(usize, u64)>,
}

impl Judge {
    pub(crate) fn new(people: People) -> Self {
        Self {
            violation: None,
            people,
            counters: BTreeMap::new(),
            prompts: BTreeMap::new(),
            showing: BTreeMap::new(),
            home_rows: BTreeMap::new(),
            ae_rows: BTreeMap::new(),
            ae_requests: BTreeMap::new(),
            said: BTreeMap::new(),
            told: BTreeSet::new(),
            handed_out: BTreeSet::new(),
        }
    }

    /// Notes a breach; only the first counts.
    pub(crate) fn breach(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    /// A packet was sealed.
    pub(crate) fn sealed(&mut self, iccid: &str, counter: u64, payload: &[u8]) {
        let hash = sha256(payload);
        if let Some(before) = self.counters.insert((iccid.to_owned(), counter), hash)
            && before != hash
        {
            self.breach(format!("counter {counter} of card {iccid} sealed two payloads"));
        }
    }

    /// What a phone shows now; `None` when no text that the person could confirm.
    pub(crate) fn shown(&mut self, msisdn: u64, text: Option<&str>) {
        let before = self.showing.get(&msisdn);
        if before.map(String::as_str) == text {
            return;
        }
        match text {
            None => drop(self.showing.remove(&msisdn)),
            Some(text) => {
                self.showing.insert(msisdn, text.to_owned());
                let times = self.prompts.entry(text.to_owned()).or_default();
                *times += 1;
                if *times > 1 {
                    self.breach(format!("{msisdn} was asked twice for {text:?}"));
                }
            }
        }
    }

    pub(crate) fn prompts(&self) -> usize {
        self.prompts.len()
    }

    /// Whether the person was ever asked for this text.
    pub(crate) fn was_asked(&self, text: &str) -> bool {
        self.prompts.contains_key(text)
    }

    /// A home's commit is durable.
    pub(crate) fn home_commit(&mut self, home: usize, commit: &Commit) {
        let recorded = |row, outcome: bool| {
            commit.audit.iter().any(|record| {
                let end = !matches!(
                    record.event,
                    role_home::AuditEvent::Opened
                        | role_home::AuditEvent::Resumed
                        | role_home::AuditEvent::Late { .. }
                );
                record.row == Some(row) && end == outcome
            })
        };
        for row in &commit.new_transactions {
            let opening = row.opening.clone();
            if !recorded(opening.row, row.outcome.is_some()) {
                self.breach(format!("home{home} row {} is not on record", opening.row.0));
            }
            let double = self.home_rows.iter().any(|((of, _), known)| {
                *of == home && known.opening.asker == opening.asker && known.opening.trace == opening.trace
            });
            if double {
                self.breach(format!("home{home} has two rows for {}", opening.trace));
            }
            let key = (home, opening.row.0);
            if self.home_rows.insert(key, HomeRow { opening, outcome: row.outcome.clone() }).is_some() {
                self.breach(format!("home{home} used row {} twice", key.1));
            }
        }
        for update in &commit.transactions {
            let Some(outcome) = &update.outcome else { continue };
            if !recorded(update.row, true) {
                self.breach(format!("home{home} row {} ended off the record", update.row.0));
            }
            match self.home_rows.get_mut(&(home, update.row.0)) {
                None => self.breach(format!("home{home} ended row {} that never was", update.row.0)),
                Some(row) => {
                    if let Some(before) = row.outcome.replace(outcome.clone()) {
                        self.breach(format!("home{home} row {} ended twice: {before:?}", update.row.0));
                    }
                }
            }
        }
    }

    /// An AE's commit is durable.
    pub(crate) fn ae_commit(&mut self, ae: usize, commit: &AeCommit) {
        let recorded = |number: u64, outcome: bool| {
            commit.audit.iter().any(|record| {
                let AuditSubject::Transaction(row) = &record.subject else { return false };
                let fits = match record.event {
                    AeEvent::Accepted => !outcome,
                    AeEvent::Signed(_) | AeEvent::Failed(..) => outcome,
                    _ => false,
                };
                row.row == number && fits
            })
        };
        for row in &commit.accepted {
            if !recorded(row.row, false) {
                self.breach(format!("ae{ae} accepted row {} off the record", row.row));
            }
            let request = (
                ae,
                row.ap_id.as_str().to_owned(),
                row.ap_trans_id.as_str().to_owned(),
                row.instant.at.millis(),
            );
            if let Some(before) = self.ae_requests.insert(request, row.row) {
                self.breach(format!("ae{ae} made rows {before} and {} of one request", row.row));
            }
            let text = match &row.dtbs {
                mss_core::DtbsContent::Text(text) => text.clone(),
                mss_core::DtbsContent::Sha256(_) => String::new(),
            };
            let known = AeRow {
                trans_id: row.trans_id.as_str().to_owned(),
                text,
                msisdn: row.mobile_user.msisdn.as_ref().map(|n| n.digits().to_owned()).unwrap_or_default(),
                home: row.home.as_str().to_owned(),
                outcome: None,
            };
            if self.ae_rows.insert((ae, row.row), known).is_some() {
                self.breach(format!("ae{ae} used row {} twice", row.row));
            }
        }
        for end in &commit.finished {
            if !recorded(end.row, true) {
                self.breach(format!("ae{ae} row {} ended off the record", end.row));
            }
            self.ae_ended(ae, end.row, &end.outcome);
        }
    }

    fn ae_ended(&mut self, ae: usize, number: u64, outcome: &Arc<AeOutcome>) {
        let Some(row) = self.ae_rows.get_mut(&(ae, number)) else {
            return self.breach(format!("ae{ae} ended row {number} that never was"));
        };
        if row.outcome.replace(outcome.clone()).is_some() {
            return self.breach(format!("ae{ae} row {number} ended twice"));
        }
        let (trans_id, home) = (row.trans_id.clone(), row.home.clone());
        match outcome.as_ref() {
            AeOutcome::Signed(_) => {
                let signed = self.home_row(&home, &trans_id).and_then(|row| row.outcome.as_ref());
                if !matches!(signed, Some(Outcome::Signed(_))) {
                    self.breach(format!("ae{ae} says that {trans_id} is signed, {home} has {signed:?}"));
                }
            }
            AeOutcome::Failed(fault) => {
                let said = self.said.get(&(ae, number));
                let own = fault.code == FaultCode::UNABLE_TO_PROVIDE_SERVICES;
                if !own && !said.is_some_and(|said| said.contains(&fault.code.0)) {
                    let code = fault.code.0;
                    self.breach(format!("ae{ae} ended {trans_id} with {code}, which {home} never said"));
                }
                let at_home = self.home_row(&home, &trans_id).and_then(|row| row.outcome.as_ref());
                if matches!(at_home, Some(Outcome::Signed(_))) {
                    self.breach(format!("ae{ae} failed {trans_id} with {fault}, {home} has it signed"));
                }
            }
        }
    }

    fn home_row(&self, home: &str, trace: &str) -> Option<&HomeRow> {
        let place: usize = home.strip_prefix("home")?.parse().ok()?;
        self.home_rows
            .range((place, 0)..(place + 1, 0))
            .map(|(_, row)| row)
            .find(|row| *row.opening.trace == *trace)
    }

    /// A home's fault about a row reached the AE.
    pub(crate) fn home_said(&mut self, ae: usize, row: u64, fault: &Fault) {
        self.said.entry((ae, row)).or_default().insert(fault.code.0);
    }

    /// The row that a request made at an AE.
    pub(crate) fn row_of(&self, ae: usize, ap_id: &str, trans: &str, instant: Timestamp) -> Option<u64> {
        self.ae_requests.get(&(ae, ap_id.to_owned(), trans.to_owned(), instant.millis())).copied()
    }

    /// A signature is handed to an AP: it must be the durable one, over the text, by the person.
    pub(crate) fn handed(&mut self, ae: usize, number: u64, cms: &[u8], now: Timestamp) {
        let Some(row) = self.ae_rows.get(&(ae, number)) else {
            return self.breach(format!("ae{ae} handed out a signature for row {number} that never was"));
        };
        match row.outcome.as_deref() {
            Some(AeOutcome::Signed(HomeSignature { cms: stored, .. })) if stored == cms => {}
            other => {
                let other = format!("{other:?}").chars().take(60).collect::<String>();
                return self.breach(format!("ae{ae} handed out a signature, its store has {other}"));
            }
        }
        if !self.handed_out.insert((ae, number)) {
            // The same octets again.
            return;
        }
        let (text, msisdn) = (row.text.clone(), row.msisdn.clone());
        let serial = self.people.serials.get(&msisdn).cloned().unwrap_or_default();
        match cms::verify(cms, &self.people.roots, None, now) {
            Ok(report)
                if report.content.as_deref() == Some(text.as_bytes()) && report.signer.contains(&serial) => {}
            Ok(report) => {
                let content = report.content.map(|octets| String::from_utf8_lossy(&octets).into_owned());
                self.breach(format!(
                    "{text:?} of {msisdn} was answered with {content:?} by {}",
                    report.signer
                ));
            }
            Err(error) => self.breach(format!("a handed-out signature does not verify: {error}")),
        }
        if !self.was_asked(&text) {
            self.breach(format!("{msisdn} signed {text:?} without being asked"));
        }
    }

    /// An AP is told a fault about a transaction that exists.
    pub(crate) fn told_fault(&mut self, ae: usize, number: u64, fault: &Fault) {
        let Some(row) = self.ae_rows.get(&(ae, number)) else { return };
        match row.outcome.as_deref() {
            Some(AeOutcome::Failed(stored)) if stored == fault => {}
            None if fault.code == FaultCode::UNABLE_TO_PROVIDE_SERVICES => {}
            other => {
                let other = format!("{other:?}").chars().take(80).collect::<String>();
                let id = row.trans_id.clone();
                self.breach(format!("ae{ae} answered {fault} for {id}, its store has {other}"));
            }
        }
    }

    /// The transactions of a home that are open on a card.
    pub(crate) fn open_on(&self, home: usize, card: role_home::CardId, txn: u32) -> Option<u64> {
        let mut rows = self.home_rows.range((home, 0)..(home + 1, 0));
        let open = |(_, row): &(_, &HomeRow)| {
            row.outcome.is_none()
                && row.opening.card == Some(card)
                && row.opening.txn == txn
                && matches!(row.opening.task, Task::Sign(_))
        };
        rows.find(open).map(|((_, row), _)| *row)
    }
}
