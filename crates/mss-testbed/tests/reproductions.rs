//! Failures that were found, kept as the seeds that showed them. A line says what was wrong; it is mended.
use mss_testbed::Plan;

fn holds(seed: u64, ops: usize, cards: usize) {
    let report = Plan { ops, cards, ..Plan::of(seed) }.run();
    assert!(report.violation.is_none(), "{}", report.failure().unwrap_or_default());
}

#[test]
fn an_answer_that_came_while_the_store_could_not_be_read_was_never_answered() {
    // The home neither acknowledged nor refused the delivery, and kept its number for ever.
    holds(37, 220, 100);
}

#[test]
fn a_query_in_the_turn_that_ends_its_transaction_is_told_that_it_is_open() {
    // The judge was wrong: the query came first.
    holds(5333, 220, 1_000);
}

#[test]
fn a_result_that_was_being_checked_was_a_replay_after_a_crash() {
    // Its counter had been written with something else about the card, though the result itself had not: when it came
    // again it was acknowledged and dropped.
    holds(9123, 220, 1_000);
}
