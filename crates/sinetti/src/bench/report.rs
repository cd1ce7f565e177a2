//! What the bench prints: rates, times, and what one signature costs each role.
use std::time::Duration;

use serde_json::json;

use super::{Reading, cpu, load::Load, verdict::Verdict};
use crate::{command_error::CommandError, metrics::Metrics};

/// One bench run's figures.
pub(crate) struct Report {
    completed: u64,
    failed: u64,
    first_failure: Option<String>,
    tps: f64,
    p50_ms: f64,
    p99_ms: f64,
    verify_per_s: f64,
    ap_handshakes: u64,
    roles: Vec<RoleCost>,
    /// With a bad radio: what it is, and what must hold all the same.
    verdict: Option<(String, Verdict)>,
}

struct RoleCost {
    name: &'static str,
    /// Microseconds of processor time for each signature.
    cpu_us: f64,
    done: Option<Metrics>,
}

impl Report {
    /// Divides what was used by what was completed.
    pub(crate) fn new(
        load: &Load,
        before: &Reading,
        after: &Reading,
        verify_per_s: f64,
        verdict: Option<(String, Verdict)>,
    ) -> Self {
        let completed = load.latencies.len() as u64;
        let each = |used: Duration| used.as_secs_f64() * 1e6 / completed.max(1) as f64;
        let mut roles: Vec<_> = before
            .roles
            .iter()
            .zip(&after.roles)
            .map(|((name, cpu_before, was), (_, cpu_after, is))| RoleCost {
                name,
                cpu_us: each(cpu_after.saturating_sub(*cpu_before)),
                done: Some(difference(was, is)),
            })
            .collect();
        let own = after.own_cpu.saturating_sub(before.own_cpu);
        roles.push(RoleCost { name: "load", cpu_us: each(own), done: None });
        Self {
            completed,
            failed: load.failed,
            first_failure: load.first_failure.clone(),
            tps: completed as f64 / load.took.as_secs_f64(),
            p50_ms: percentile(&load.latencies, 500),
            p99_ms: percentile(&load.latencies, 990),
            verify_per_s,
            ap_handshakes: load.handshakes,
            roles,
            verdict,
        }
    }

    /// Prints the table, or one JSON object on one line.
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(crate) fn print(&self, as_json: bool) -> Result<(), CommandError> {
        if as_json {
            println!("{}", self.json());
        } else {
            self.table();
        }
        if let Some((_, verdict)) = &self.verdict
            && !verdict.broken().is_empty()
        {
            return Err(format!("rules were broken: {}", verdict.broken().join("; ")).into());
        }
        match (&self.first_failure, self.completed) {
            (Some(failure), 0) => Err(format!("nothing was completed; the first failure: {failure}").into()),
            _ => Ok(()),
        }
    }

    fn each(&self, total: u64) -> f64 {
        total as f64 / self.completed.max(1) as f64
    }

    fn total(&self, what: impl Fn(&Metrics) -> u64) -> u64 {
        self.roles.iter().filter_map(|role| role.done.as_ref()).map(what).sum()
    }

    #[expect(clippy::print_stdout, reason = "the command's output")]
    fn table(&self) {
        let cores = cpu::cores();
        println!(
            "{:.0} signatures per second on {cores} cores ({:.0} per core)",
            self.tps,
            self.tps / cores as f64
        );
        println!(
            "p50 {:.1} ms, p99 {:.1} ms; {} completed, {} failed",
            self.p50_ms, self.p99_ms, self.completed, self.failed
        );
        if let Some(failure) = &self.first_failure {
            println!("the first failure: {failure}");
        }
        println!("one core verifies {:.0} P-256 signatures per second\n", self.verify_per_s);
        println!(
            "for each signature:\n{:8}{:>10}{:>10}{:>10}{:>12}{:>8}{:>10}",
            "role", "CPU us", "PDUs", "commits", "WAL octets", "sign", "verify"
        );
        for role in &self.roles {
            let done = role.done.unwrap_or_default();
            println!(
                "{:8}{:>10.0}{:>10.2}{:>10.3}{:>12.0}{:>8.2}{:>10.2}",
                role.name,
                role.cpu_us,
                self.each(done.pdus),
                self.each(done.commits),
                self.each(done.wal_octets),
                self.each(done.p256_signs),
                self.each(done.p256_verifies),
            );
        }
        let cpu: f64 = self.roles.iter().map(|role| role.cpu_us).sum();
        let handshakes = self.ap_handshakes + self.total(|m| m.handshakes);
        println!(
            "{:8}{cpu:>10.0}   TLS handshakes {:.4}, TLS left out of sign and verify",
            "all",
            self.each(handshakes)
        );
        if let Some((description, verdict)) = &self.verdict {
            print!("{}", verdict.table(description));
        }
    }

    fn json(&self) -> serde_json::Value {
        let roles: serde_json::Map<_, _> =
            self.roles.iter().map(|role| (role.name.to_owned(), json!(role.cpu_us))).collect();
        json!({
            "transactions": self.completed,
            "failed": self.failed,
            "tps": self.tps,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "cores": cpu::cores(),
            "p256_verify_per_s": self.verify_per_s,
            "cpu_us_per_transaction": roles,
            "handshakes_per_transaction": self.each(self.ap_handshakes + self.total(|m| m.handshakes)),
            "pdus_per_transaction": self.each(self.total(|m| m.pdus)),
            "commits_per_transaction": self.each(self.total(|m| m.commits)),
            "wal_octets_per_transaction": self.each(self.total(|m| m.wal_octets)),
            "p256_signs_per_transaction": self.each(self.total(|m| m.p256_signs)),
            "p256_verifies_per_transaction": self.each(self.total(|m| m.p256_verifies)),
            "first_failure": self.first_failure,
            "bad_radio": self.verdict.as_ref().map(|(_, verdict)| verdict.json()),
        })
    }
}

fn difference(was: &Metrics, is: &Metrics) -> Metrics {
    Metrics {
        handshakes: is.handshakes.saturating_sub(was.handshakes),
        pdus: is.pdus.saturating_sub(was.pdus),
        commits: is.commits.saturating_sub(was.commits),
        wal_octets: is.wal_octets.saturating_sub(was.wal_octets),
        p256_signs: is.p256_signs.saturating_sub(was.p256_signs),
        p256_verifies: is.p256_verifies.saturating_sub(was.p256_verifies),
        requests_again: is.requests_again.saturating_sub(was.requests_again),
        results_asked: is.results_asked.saturating_sub(was.results_asked),
        retried: is.retried.saturating_sub(was.retried),
        open: is.open,
    }
}

/// In milliseconds; `permille` 500 is the middle one.
pub(super) fn percentile(sorted: &[Duration], permille: usize) -> f64 {
    let at = (sorted.len() * permille / 1000).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}
