//! A fixed set of seeds, always.
use mss_testbed::Plan;

/// Every kind of world (two or three AEs and homes) gets its share.
const SEEDS: std::ops::Range<u64> = 1..51;

#[test]
fn the_rules_hold_whatever_happens() {
    let mut transactions = 0;
    for seed in SEEDS {
        let report = Plan::of(seed).run();
        assert!(report.violation.is_none(), "{}", report.failure().unwrap_or_default());
        transactions += report.transactions;
        // A run that does nothing proves nothing.
        assert!(report.transactions > 20 && report.counts.crashes > 0, "{report:?}");
    }
    assert!(transactions > 2_000, "{transactions}");
}
