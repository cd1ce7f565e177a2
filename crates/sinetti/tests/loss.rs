//! The whole chain with a radio that loses, doubles and reorders short messages; the bench itself checks the rules.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use std::process::Command;

use serde_json::Value;

/// Runs a small bench and gives its JSON; the bench fails when a rule is broken.
fn bench(more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_sinetti"))
        .args(["bench", "--transactions", "200", "--concurrency", "50", "--subscribers", "50", "--json"])
        .args(["--loss", "5", "--duplicate", "5", "--reorder", "5", "--retry-after-s", "2"])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{errors}");
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}

fn number(report: &Value, path: &str) -> u64 {
    report.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} in {report}"))
}

#[test]
fn what_the_radio_loses_is_made_good() {
    let report = bench(&["--seed", "7"]);
    for fault in ["lost", "duplicated", "reordered"] {
        let each_way = ["up", "down"].map(|way| number(&report, &format!("/bad_radio/{way}/{fault}")));
        assert!(each_way.iter().all(|count| *count > 0), "{fault}: {report}");
    }
    assert!(number(&report, "/bad_radio/requests_again") > 0, "{report}");
    assert!(number(&report, "/bad_radio/results_asked") > 0, "{report}");
    // The radio would have to lose a message and each of its repeats for two minutes.
    assert_eq!(number(&report, "/bad_radio/signed"), 200, "{report}");
}

#[test]
fn and_so_it_is_where_cards_speak_up_on_errors_only() {
    let report = bench(&["--seed", "8", "--proof-on-error"]);
    assert!(number(&report, "/bad_radio/results_asked") > 0, "{report}");
    assert_eq!(number(&report, "/bad_radio/signed"), 200, "{report}");
}

#[test]
fn a_bad_radio_must_be_allowed() {
    let folder = std::env::temp_dir().join(format!("sinetti-test-radio-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("smsc.toml");
    let text = |allow| {
        format!(
            "data = \".\"\nlisten = \"127.0.0.1:0\"\nesme = []\n[radio]\nallow_faults = {allow}\nloss = 2.0\n"
        )
    };
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_sinetti"))
            .args(["check-config", "smsc"])
            .arg(&config)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::write(&config, text(true)).unwrap();
    let (allowed, said) = check();
    assert!(allowed, "{said}");
    std::fs::write(&config, text(false)).unwrap();
    let (allowed, said) = check();
    assert!(!allowed && said.contains("allow_faults"), "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
}
