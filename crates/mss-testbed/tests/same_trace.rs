//! One seed is one run, to the last line, in this process and in another.
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]
use std::process::Command;

use mss_testbed::Plan;

fn hash_in_another_process(plan: &Plan) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mss-testbed"))
        .args(["--seed", &plan.seed.to_string(), "--cards", &plan.cards.to_string()])
        .output()
        .expect("the command runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let (_, rest) = text.split_once("trace ").expect("a hash");
    rest.chars().take(16).collect()
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let mut hashes = std::collections::BTreeSet::new();
    for seed in [3, 8, 21] {
        let plan = Plan { cards: 150, ..Plan::of(seed) };
        let (first, second) = (plan.run(), plan.run());
        assert_eq!(first.violation, None);
        assert_eq!(format!("{:016x}", first.hash), format!("{:016x}", second.hash), "seed {seed}");
        assert_eq!(first.last_lines, second.last_lines);
        for _ in 0..2 {
            assert_eq!(hash_in_another_process(&plan), format!("{:016x}", first.hash), "seed {seed}");
        }
        hashes.insert(first.hash);
    }
    assert_eq!(hashes.len(), 3, "different seeds are different runs");
}
