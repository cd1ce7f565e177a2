//! What must hold after every end of a process, whenever it came. Each finding is a sentence.
use std::{collections::HashSet, path::Path, time::Duration};

use mss_core::MsspTransId;
use mss_pki::Certificate;
use rusqlite::{Connection, OpenFlags, Params};

use crate::{client::End, demo::wait, stage::Stage};

/// How a transaction must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Signed,
    Fault(u16),
    /// As the AP was told already.
    Same(End),
}

/// Instead of a count of prompts, when they were looked at already.
pub(crate) const PROMPTS_CHECKED: u64 = u64::MAX;

/// A role's store, read beside the running role.
fn store(stage: &Stage, role: &str) -> Connection {
    let folder = stage.demo.folder().join(role);
    let [inner, outer] = [folder.join("data"), folder].map(|folder| folder.join(format!("{role}.db")));
    let path: &Path = if inner.exists() { &inner } else { &outer };
    let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    store.busy_timeout(Duration::from_secs(20)).unwrap();
    store
}

fn count(store: &Connection, sql: &str, arguments: impl Params) -> i64 {
    store.query_row(sql, arguments, |row| row.get(0)).unwrap()
}

/// SQLite's own view of a role's store.
pub(crate) fn integrity(stage: &Stage, role: &str) -> Vec<String> {
    let store = store(stage, role);
    let mut findings = Vec::new();
    let mut check = store.prepare("PRAGMA integrity_check").unwrap();
    let lines: Vec<String> = check.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    if lines != ["ok"] {
        findings.push(format!("{role}: integrity_check: {lines:?}"));
    }
    if !count(&store, "SELECT count(*) FROM pragma_foreign_key_check", []).eq(&0) {
        findings.push(format!("{role}: foreign keys"));
    }
    findings
}

/// Nobody panicked, the cards saw no counter out of order, and no commit failed, unless the disk refused one.
pub(crate) fn logs(stage: &Stage, refused: bool) -> Vec<String> {
    let mut findings = Vec::new();
    for role in ["ca", "smsc", "home", "me", "ae"] {
        let log = stage.demo.log(role);
        for bad in ["panicked", "out of step", "the commit failed", "cannot be written", "kill points:"] {
            if refused && bad == "the commit failed" {
                continue;
            }
            let lines = log.lines().filter(|line| line.contains(bad));
            findings.extend(lines.map(|line| format!("{role}: {line}")));
        }
    }
    findings
}

struct Findings(Vec<String>);

impl Findings {
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, right: T) {
        if found != right {
            self.0.push(format!("{what}: {found:?} instead of {right:?}"));
        }
    }
}

/// A transaction that the AP was told the end of.
pub(crate) fn transaction(
    stage: &Stage,
    number: &str,
    text: &str,
    id: &MsspTransId,
    prompts: u64,
    end: &End,
) -> Vec<String> {
    let mut found = Findings(Vec::new());
    for _ in 0..2 {
        found.equal(&format!("{id} asked again"), stage.client.status(id), Ok(Some(end.clone())));
    }
    if let End::Signed { cms, .. } = end {
        found.equal(&format!("{id}: what is signed"), stage.client.signed_text(cms), Ok(text.to_owned()));
    }
    if prompts != PROMPTS_CHECKED {
        found.equal(&format!("{id}: prompts"), stage.told(number, "prompts") - prompts, 1);
    }
    found.equal("counters with two payloads", stage.told(number, "counters_reused"), 0);
    let signed = matches!(end, End::Signed { .. });
    let id = id.as_str();
    let ae = store(stage, "ae");
    found.equal("AE rows", count(&ae, "SELECT count(*) FROM request WHERE trans_id = ?1", [id]), 1);
    let sql = "SELECT count(*) FROM open_request JOIN request USING (row) WHERE trans_id = ?1";
    found.equal("AE open rows", count(&ae, sql, [id]), 0);
    let sql = "SELECT count(*) FROM outcome JOIN request USING (row) WHERE trans_id = ?1";
    found.equal("AE outcomes", count(&ae, sql, [id]), 1);
    found.equal(
        "AE audit",
        words(&ae, "trans_id", id, &["accepted", "signed", "failed"]),
        vec!["accepted".to_owned(), if signed { "signed" } else { "failed" }.to_owned()],
    );
    let home = store(stage, "home");
    found.equal("home rows", count(&home, "SELECT count(*) FROM opening WHERE trace = ?1", [id]), 1);
    let sql = "SELECT count(*) FROM open_transaction JOIN opening USING (row) WHERE trace = ?1";
    found.equal("home open rows", count(&home, sql, [id]), 0);
    let sql = "SELECT count(*) FROM outcome JOIN opening USING (row) WHERE trace = ?1";
    found.equal("home outcomes", count(&home, sql, [id]), 1);
    let of_interest = ["opened", "signed", "refused", "late-proven", "late-unproven"];
    found.equal(
        "home audit",
        words(&home, "trace", id, &of_interest),
        vec!["opened".to_owned(), if signed { "signed" } else { "refused" }.to_owned()],
    );
    found.0
}

/// The audit trail's words on one transaction, in order.
fn words(store: &Connection, column: &str, id: &str, of_interest: &[&str]) -> Vec<String> {
    let sql = format!("SELECT event FROM audit WHERE {column} = ?1 ORDER BY seq");
    let mut query = store.prepare(&sql).unwrap();
    let words = query.query_map([id], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    words.filter(|word| of_interest.contains(&word.as_str())).collect()
}

/// A registration that the operator was told the end of.
pub(crate) fn registration(stage: &Stage, number: &str, prompts: u64) -> Vec<String> {
    let mut found = Findings(Vec::new());
    found.equal("registration", stage.client.registered(number), Ok("ACTIVE".to_owned()));
    found.equal("prompts of the registration", stage.told(number, "prompts") - prompts, 3);
    found.equal("counters with two payloads", stage.told(number, "counters_reused"), 0);
    let me = store(stage, "me");
    let digits = number.trim_start_matches('+');
    let sql = "SELECT registration_id FROM registration WHERE ltrim(msisdn, '+') = ?1";
    let mut query = me.prepare(sql).unwrap();
    let ids: Vec<String> = query.query_map([digits], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    found.equal("registrations at ME", ids.len(), 1);
    for id in &ids {
        let audit = words(&me, "registration_id", id, &["started", "active", "failed"]);
        found.equal("ME audit", audit, vec!["started".to_owned(), "active".to_owned()]);
    }
    let home = store(stage, "home");
    let sql =
        "SELECT count(*) FROM key JOIN card ON card.id = key.card WHERE msisdn = ?1 AND state = 'ACTIVE'";
    found.equal("keys at the home", count(&home, sql, [digits]), 3);
    // The last commit of the last order may still be on its way when ME has its answer.
    let sql = "SELECT count(*) FROM open_transaction";
    wait("the home has no open row", Duration::from_secs(30), || (count(&home, sql, []) == 0).then_some(()));
    let ca = store(stage, "ca");
    let mut query = ca.prepare("SELECT order_id, der FROM certificate WHERE order_id IS NOT NULL").unwrap();
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
    let (mut orders, mut keys, mut all) = (HashSet::new(), HashSet::new(), 0);
    for (order, der) in rows.map(Result::unwrap) {
        orders.insert(order);
        keys.insert(format!("{:?}", Certificate::parse(&der).unwrap().public_key()));
        all += 1;
    }
    found.equal("orders of certificates", orders.len(), all);
    found.equal("keys of certificates", keys.len(), all);
    let sql = "SELECT count(*) FROM registered_key";
    found.equal("certificates", i64::try_from(all).unwrap(), count(&me, sql, []));
    let sql = "SELECT count(*) FROM audit WHERE event = 'user-certified'";
    found.equal("CA audit", count(&ca, sql, []), i64::try_from(all).unwrap());
    // And the person can sign.
    let text = stage.text();
    let signed = stage.client.ask(number, &text).and_then(|id| stage.client.end(&id));
    match signed {
        Ok(End::Signed { cms, .. }) => {
            found.equal("what is signed", stage.client.signed_text(&cms), Ok(text));
        }
        other => found.0.push(format!("the new person's signature: {other:?}")),
    }
    found.0
}
