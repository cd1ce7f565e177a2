//! `kill -9` of AE and HMSSP in the middle of transactions: each ends in exactly one final state, the person is asked
//! once, and no card ever sees a counter twice.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod demo;

use std::time::Duration;

use demo::{Demo, outcome, wait};
use serde_json::json;

#[test]
fn a_transaction_survives_the_end_of_either_role() {
    let demo = Demo::start("kill", false);
    let (number, pin) = demo.subscriber(0);
    for role in ["home", "ae"] {
        let asking = demo.sign(&[&number, "Survive this", "--mode", "asynch", "--timeout", "150"]);
        demo.wait_asked(&number);
        let old = demo.kill(role);
        demo.wait_restarted(role, old);
        // What was asked is still asked, and not a second time.
        assert_eq!(demo.phone(&number)["text"], json!("Survive this"));
        demo.enter_pin(&number, &pin);
        let (done, said) = outcome(asking);
        // The command goes on polling when the door opens again.
        assert!(done && said.contains("Survive this"), "{role}: {said}");
        wait("the phone is free again", Duration::from_secs(20), || {
            (demo.phone(&number)["state"] == "idle").then_some(())
        });
        assert_eq!(demo.phone(&number)["notice"], json!("signed"));
        // The next one works: nothing is left open on the card.
        let asking = demo.sign(&[&number, "And the next", "--timeout", "90"]);
        demo.wait_asked(&number);
        demo.enter_pin(&number, &pin);
        let (done, said) = outcome(asking);
        assert!(done, "{role}: {said}");
    }
    // A card refuses a counter that is not above the last one; the HMSSP would have logged it.
    assert!(!demo.log("home").contains("out of step"), "{}", demo.log("home"));
}

/// Kills at random moments while a script answers; by hand, because it takes minutes.
#[test]
#[ignore = "minutes long: cargo xtask campaign"]
fn many_kills_lose_nothing() {
    let demo = Demo::start("many-kills", true);
    for round in 0..40_u64 {
        let (number, _) = demo.subscriber(usize::try_from(round % 3).unwrap());
        // A synch request whose connection breaks is sent again by the command, and joins.
        let mode = if round % 4 < 2 { "asynch" } else { "synch" };
        let asking = demo.sign(&[&number, &format!("Round {round}"), "--mode", mode, "--timeout", "150"]);
        std::thread::sleep(Duration::from_millis(7 * (round % 23)));
        let role = if round % 2 == 0 { "home" } else { "ae" };
        let old = demo.kill(role);
        demo.wait_restarted(role, old);
        let (done, said) = outcome(asking);
        assert!(done, "round {round}, {role}: {said}");
    }
    assert!(!demo.log("home").contains("out of step"), "{}", demo.log("home"));
    println!("40 kills, 40 signatures");
}
