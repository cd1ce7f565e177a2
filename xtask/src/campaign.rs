//! Runs that take too long for CI, on this machine only and bounded in count. Their figures belong into
//! `docs/reliability.md` and the notes of a release.
use crate::command::step;

/// One run: its name, what it shows, and its commands. `{seed}` in a command becomes the campaign's seed.
struct Part {
    name: &'static str,
    what: &'static str,
    commands: &'static [&'static str],
}

const BUILD: &str = "cargo build --release --package sinetti --locked";

const PARTS: &[Part] = &[
    Part {
        name: "kills",
        what: "40 kills of AE and HMSSP at varied moments (1 minute)",
        commands: &["cargo test --release --package sinetti --test kill -- --ignored --nocapture"],
    },
    Part {
        name: "kill-points",
        what: "every write, sync and commit of every workload, seven ways to die (over an hour; build nothing meanwhile)",
        commands: &[
            "env KILL_POINTS_SEED={seed} cargo test --release --package sinetti --test kill_points -- --ignored --nocapture",
        ],
    },
    Part {
        name: "testbed",
        what: "ten minutes of seeds under virtual time",
        commands: &["cargo run --release --package mss-testbed -- --campaign --seconds 600 --from {seed}"],
    },
    Part {
        name: "loss",
        what: "10 000 signatures over a bad radio, with both delivery policies (10 minutes)",
        commands: &[
            BUILD,
            "target/release/sinetti bench --transactions 10000 --concurrency 256 --loss 2 --duplicate 2 --reorder 5 --seed {seed}",
            "target/release/sinetti bench --transactions 10000 --concurrency 256 --loss 2 --duplicate 2 --reorder 5 --seed {seed} --proof-on-error",
        ],
    },
    Part {
        name: "hostile",
        what: "long floods by an AP and by a short-message centre (5 minutes)",
        commands: &[
            "cargo test --release --package sinetti --test hostile_floods -- --ignored --nocapture",
            "cargo test --release --package sinetti --test hostile_smsc -- --ignored --nocapture",
        ],
    },
    Part {
        name: "packets",
        what: "10 000 random card packets each way against foreign codecs (2 minutes)",
        commands: &[
            "cargo build --locked --package card-ota --example ota_peer",
            "tests/ota-peer/run.sh target/debug/examples/ota_peer {seed} 10000",
        ],
    },
    Part {
        name: "fuzz",
        what: "10 million executions of each fuzz target (hours; needs a nightly compiler and cargo-fuzz)",
        commands: &["fuzz/run.sh"],
    },
    Part {
        name: "coverage",
        what: "lines of the decoders that tests reach (needs cargo-tarpaulin)",
        commands: &[
            "cargo tarpaulin --engine ptrace --package card-ota --all-features --include-files crates/card-ota/src/* --out Stdout",
            "cargo tarpaulin --engine ptrace --package smpp --include-files crates/smpp/src/* --out Stdout",
            "cargo tarpaulin --engine ptrace --package mss-wire --include-files crates/mss-wire/src/* --out Stdout",
            "cargo tarpaulin --engine ptrace --package mss-pki --include-files crates/mss-pki/src/* --out Stdout",
        ],
    },
    Part {
        name: "mutants",
        what: "changed code that no test notices (hours; needs cargo-mutants)",
        commands: &["cargo mutants --package card-ota --package role-home --package role-ae --timeout 40"],
    },
    Part {
        name: "bench",
        what: "60 000 signatures, 256 at a time (1 minute)",
        commands: &[BUILD, "target/release/sinetti bench --transactions 60000 --concurrency 256"],
    },
];

/// What can be run.
pub(crate) fn usage() -> String {
    let parts: String = PARTS.iter().map(|part| format!("  {:<12} {}\n", part.name, part.what)).collect();
    format!("usage: cargo xtask campaign all | PART... [--seed N]\n{parts}")
}

/// Runs the parts that are named; `--seed N` is what random parts start from, 1 when it is not given.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let mut seed = "1".to_owned();
    let mut names = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seed" {
            let given = arguments.next().filter(|text| text.parse::<u64>().is_ok());
            seed.clone_from(given.ok_or_else(usage)?);
        } else {
            names.push(argument.as_str());
        }
    }
    let known = |name: &&str| *name == "all" || PARTS.iter().any(|part| part.name == *name);
    if names.is_empty() || !names.iter().all(known) {
        return Err(usage());
    }
    for part in PARTS.iter().filter(|part| names.contains(&"all") || names.contains(&part.name)) {
        for command in part.commands {
            let command = command.replace("{seed}", &seed);
            let mut words = command.split(' ');
            let program = words.next().unwrap_or_default();
            step(program, &words.collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
