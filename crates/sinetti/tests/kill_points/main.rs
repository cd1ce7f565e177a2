//! Kill points, one after the other instead of by chance: a role's process is ended at the first, second, third … write,
//! fsync, truncation, creation or removal in its folder, in the middle of a signature, a refusal, an enrolment or a start,
//! until the work runs through. With the power cut, what was not synced vanishes first, or a part of it.
//!
//! `tests/kill-points/shim.c` counts and ends; the demonstration starts the role again; [`checks`] says what must hold.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod checks;
mod client;
mod control;
#[path = "../demo/mod.rs"]
mod demo;
mod stage;
mod sweep;
mod workload;

use std::sync::Mutex;

use control::{Cut, Kill, When};
use sweep::{Plan, Report, sweep};
use workload::Workload;

/// The kinds of end that the campaign tries.
const KILLS: [Kill; 7] = [
    Kill { cut: Cut::None, when: When::Before, sends: false },
    Kill { cut: Cut::None, when: When::After, sends: false },
    Kill { cut: Cut::All, when: When::Before, sends: false },
    Kill { cut: Cut::Part, when: When::Before, sends: false },
    Kill { cut: Cut::None, when: When::Before, sends: true },
    Kill { cut: Cut::Later, when: When::Before, sends: false },
    Kill { cut: Cut::Refused, when: When::Before, sends: false },
];

fn conclude(reports: &[Report]) {
    println!("{}", Report::HEAD);
    reports.iter().for_each(|report| println!("{report}"));
    let wrong: Vec<_> = reports.iter().flat_map(|report| &report.violations).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The ends of a process at some of the points, and at all points of the smallest work.
#[test]
fn some_kill_points() {
    let plan = |workload, role, kill, stride, start| Plan { workload, role, kill, stride, start, seed: 1 };
    let [before, after, all, part, send, later, refused] = KILLS;
    let plans = [
        plan(Workload::Cancel, "ae", all, 1, 1),
        plan(Workload::Sign, "ae", after, 5, 1),
        plan(Workload::Sign, "home", before, 7, 1),
        plan(Workload::Sign, "home", part, 7, 4),
        plan(Workload::Restart, "home", after, 3, 1),
        plan(Workload::FirstStart, "ae", all, 4, 1),
        plan(Workload::Complete, "home", send, 3, 1),
        plan(Workload::Complete, "home", refused, 3, 1),
        plan(Workload::Sign, "ae", later, 1, 5),
        plan(Workload::Enrol, "ca", part, 7, 2),
    ];
    let reports = plans.map(|plan| sweep(&plan));
    conclude(&reports);
    assert!(reports.iter().all(|report| report.kills > 0), "a sweep killed nothing");
    assert!(reports.iter().any(|report| report.undone > 0), "no power cut undid anything");
}

/// Every ordinal of every work in every role and mode. `KILL_POINTS_ONLY` keeps the rows that contain its words,
/// `KILL_POINTS_SEED` chooses what a torn power cut leaves, `KILL_POINTS_JOBS` is how many rows run at once. To see one
/// finding again: `KILL_POINTS_ONLY="sign ae power-cut" KILL_POINTS_FROM=7`.
#[test]
#[ignore = "half an hour long: cargo xtask campaign"]
fn every_kill_point() {
    let number =
        |name: &str, otherwise| std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"));
    let only = std::env::var("KILL_POINTS_ONLY").unwrap_or_default();
    let (seed, stride) = (number("KILL_POINTS_SEED", 1), number("KILL_POINTS_STRIDE", 1));
    let start = number("KILL_POINTS_FROM", 1);
    let mut plans = Vec::new();
    for workload in Workload::ALL {
        for role in workload.roles() {
            for kill in KILLS {
                plans.push(Plan { workload, role, kill, stride, start, seed });
            }
        }
    }
    plans.retain(|plan| only.split_whitespace().all(|word| plan.to_string().contains(word)));
    plans.reverse();
    let (queue, reports) = (Mutex::new(plans), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..number("KILL_POINTS_JOBS", 2) {
            scope.spawn(|| {
                loop {
                    let Some(plan) = queue.lock().unwrap().pop() else { return };
                    let report = sweep(&plan);
                    eprintln!("{report}");
                    reports.lock().unwrap().push(report);
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort_by(|a, b| a.row.cmp(&b.row));
    conclude(&reports);
}
