//! Replays one seed, or runs many.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]
use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use mss_testbed::{CARDS, Counts, OPS, Plan};

const USAGE: &str = "mss-testbed --seed N [--ops N] [--cards N] [--trace]\n\
                     mss-testbed --campaign --seconds S --from SEED [--ops N] [--cards N]";

struct Arguments(BTreeMap<String, Option<String>>);

impl Arguments {
    fn read() -> Option<Self> {
        let mut read = BTreeMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = match word.as_str() {
                "--trace" | "--campaign" | "--shrink" => None,
                "--seed" | "--ops" | "--cards" | "--seconds" | "--from" => Some(words.next()?),
                _ => return None,
            };
            read.insert(word, value);
        }
        Some(Self(read))
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Option<T> {
        match self.0.get(name) {
            Some(Some(value)) => value.parse().ok(),
            _ => Some(default),
        }
    }
}

fn main() -> ExitCode {
    let plan = || {
        let arguments = Arguments::read()?;
        let plan = Plan {
            ops: arguments.number("--ops", OPS)?,
            cards: arguments.number("--cards", CARDS)?.max(1),
            print: arguments.has("--trace"),
            ..Plan::of(arguments.number("--seed", 0)?)
        };
        let seconds = arguments.number("--seconds", 60)?;
        let from = arguments.number("--from", 0)?;
        let wanted = arguments.has("--seed") != arguments.has("--campaign");
        wanted.then(|| (plan, arguments.has("--campaign"), arguments.has("--shrink"), seconds, from))
    };
    let Some((plan, campaign, shrink, seconds, from)) = plan() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match campaign {
        true => run_campaign(plan, Duration::from_secs(seconds), from),
        false => run_one(plan, shrink),
    }
}

fn run_one(plan: Plan, shrink: bool) -> ExitCode {
    let mut report = plan.run();
    if shrink && report.violation.is_some() {
        report = shortest(report.plan);
    }
    let Some(failure) = report.failure() else {
        println!(
            "seed {}: trace {:016x}, {:?}, {:?}",
            plan.seed, report.hash, report.outcomes, report.counts
        );
        return ExitCode::SUCCESS;
    };
    println!("{failure}");
    ExitCode::FAILURE
}

/// The shortest list of ops that still fails, by halving.
fn shortest(plan: Plan) -> mss_testbed::Report {
    let (mut passes, mut fails) = (0, plan.ops);
    while passes + 1 < fails {
        let ops = passes.midpoint(fails);
        let failed = Plan { ops, print: false, ..plan }.run().violation.is_some();
        *(if failed { &mut fails } else { &mut passes }) = ops;
    }
    Plan { ops: fails, print: false, ..plan }.run()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the campaign has run is the system's time, not the world's"
)]
fn run_campaign(plan: Plan, time: Duration, from: u64) -> ExitCode {
    let start = std::time::Instant::now();
    let mut sum = Sum::default();
    let mut failures = 0;
    for seed in from.. {
        if start.elapsed() >= time {
            break;
        }
        let report = Plan { seed, print: false, ..plan }.run();
        if let Some(failure) = report.failure() {
            failures += 1;
            println!("FAILED {failure}\n");
        }
        sum.add(&report);
    }
    sum.print(from);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Sum {
    seeds: u64,
    transactions: u64,
    prompts: u64,
    signed: u64,
    outcomes: BTreeMap<u16, u64>,
    counts: Counts,
}

impl Sum {
    fn add(&mut self, report: &mss_testbed::Report) {
        self.seeds += 1;
        self.transactions += report.transactions;
        self.prompts += report.prompts;
        self.signed += report.signed_at_home;
        for (code, count) in &report.outcomes {
            *self.outcomes.entry(*code).or_default() += count;
        }
        self.counts.add(&report.counts);
    }

    fn print(&self, from: u64) {
        let Counts { turns, commits, crashes, in_turn, clock_refusals, .. } = self.counts;
        let Counts { mesh_lost, mesh_twice, sms, sms_lost, sms_twice, sms_late, .. } = self.counts;
        let Counts { submit_failures, receipts, .. } = self.counts;
        println!("seeds {} (from {from}), transactions {}", self.seeds, self.transactions);
        println!("turns {turns}, commits {commits}");
        println!(
            "crashes {crashes}, of them inside a turn {in_turn}, starts refused by the clock {clock_refusals}"
        );
        println!("mesh messages lost {mesh_lost}, twice {mesh_twice}");
        println!("SMS parts {sms}: lost {sms_lost}, twice {sms_twice}, late {sms_late}");
        println!("submits refused or unanswered {submit_failures}, receipts lost or false {receipts}");
        println!("people asked {}, signatures at homes {}", self.prompts, self.signed);
        let outcomes: Vec<String> =
            self.outcomes.iter().map(|(code, count)| format!("{code}: {count}")).collect();
        println!("outcomes at AEs: {}", outcomes.join(", "));
    }
}
