//! Failures that were found, kept as the seeds that showed them. A line says what was wrong; it is mended.
use mss_testbed::Plan;

fn holds(seed: u64, ops: usize, cards: usize) {
    let report = Plan { ops, cards, ..Plan::of(seed) }.run();
    assert!(report.violation.is_none(), "{}", report.failure().unwrap_or_default());
}
