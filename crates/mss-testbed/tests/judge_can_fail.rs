//! A judge that never finds anything proves nothing: what the testbed does wrong on purpose must be found.
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]
use mss_testbed::{Plan, Sabotage};

fn found(sabotage: Sabotage, word: &str) {
    let mut violations = Vec::new();
    for seed in 1..=40 {
        let report = Plan { cards: 120, sabotage, ..Plan::of(seed) }.run();
        let Some(violation) = report.violation.clone() else { continue };
        let failure = report.failure().unwrap_or_default();
        assert!(failure.starts_with("cargo run -p mss-testbed --release -- --seed "), "{failure}");
        if violation.contains(word) {
            return;
        }
        violations.push(violation);
    }
    panic!("{sabotage:?} was not found as {word:?}: {violations:?}");
}

#[test]
fn a_commit_that_is_lost_after_its_outputs_left_is_found() {
    found(Sabotage::LostCommits, "forgot row");
}

#[test]
fn a_signature_that_was_changed_on_its_way_is_found() {
    found(Sabotage::ForgedAnswers, "does not verify");
}

#[test]
fn counters_of_an_old_backup_are_found() {
    found(Sabotage::OldCounters, "two payloads");
}
