//! `sinetti bench`: the whole chain on this machine, on free ports, people registered by the ordinary road before the
//! clock starts. Every octet crosses the real sockets; every acknowledged step is durable.
mod cpu;
mod ledger;
mod load;
mod loss;
mod report;
mod verdict;

use std::time::Duration;

use self::{ledger::Ledger, loss::LossArgs, verdict::Verdict};
use crate::{
    command_error::CommandError,
    demo::{Detour, Plan, Platform, Ports, Process, fresh_folder},
    metrics::Metrics,
    operator_client::{OperatorClient, Registration},
    runtime,
    system::now_ms,
};

/// Measure the whole chain on this machine.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  sinetti bench --transactions 10000 --concurrency 64 --json\n  \
    sinetti bench --transactions 10000 --concurrency 256 --loss 2 --duplicate 2 --reorder 5\n\n\
    With --loss, --duplicate or --reorder it also checks that each order is prompted, signed and answered once, and\n\
    that no signature which reached the HMSSP in time was kept from the AP; it fails otherwise.")]
pub(crate) struct Args {
    /// How many signatures
    #[arg(long, default_value_t = 10_000)]
    transactions: u64,
    /// How many at a time
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// How many people; at least as many as --concurrency [default: the larger of 1000 and four times --concurrency]
    #[arg(long)]
    subscribers: Option<usize>,
    #[command(flatten)]
    radio: LossArgs,
    /// Keep the folder with configuration, stores and logs, and log more
    #[arg(long)]
    keep: bool,
    /// Print one JSON object on the last line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<(), CommandError> {
    runtime::block_on(None, measure(args))
}

#[expect(clippy::print_stderr, reason = "the command's progress")]
async fn measure(args: Args) -> Result<(), CommandError> {
    let subscribers = args.subscribers.unwrap_or_else(|| (4 * args.concurrency).max(1000));
    if args.concurrency == 0 || subscribers < args.concurrency {
        return Err("--concurrency must be at least 1, and --subscribers at least as many".into());
    }
    let folder = std::env::temp_dir().join(format!("sinetti-bench-{}", std::process::id()));
    let plan = Plan {
        rules: args.radio.rules(&folder),
        layout: fresh_folder(&folder)?,
        ports: Ports::free()?,
        cards: subscribers,
        scripted: true,
        page: None,
        shown: String::new(),
        detour: Detour::default(),
        log_level: if args.keep { "info" } else { "warn" },
    };
    eprintln!("starting CA, SMSC, HMSSP, ME and AE …");
    let mut platform = Platform::start(plan).await?;
    // With a bad radio most of the time is waiting.
    let registering = if args.radio.is_lossy() { 256 } else { 64 };
    register(&platform, subscribers, registering).await?;
    eprintln!("measuring P-256 verifications on one thread …");
    let verify_per_s = tokio::task::spawn_blocking(cpu::p256_verify_per_s).await??;
    eprintln!("{} signatures, {} at a time …", args.transactions, args.concurrency);
    let before = Reading::take(&mut platform.processes).await?;
    let from_ms = now_ms();
    let plan = load::Plan {
        transactions: args.transactions,
        concurrency: args.concurrency,
        subscribers,
        lossy: args.radio.is_lossy(),
    };
    let load = load::run(&platform, &plan).await?;
    let after = settled(&mut platform.processes).await?;
    let verdict = if plan.lossy {
        let ledger = Ledger::read(&loss::journal_file(&folder), from_ms)?;
        Some((args.radio.describe(), Verdict::new(&ledger, &load.orders, &before, &after)))
    } else {
        None
    };
    let report = report::Report::new(&load, &before, &after, verify_per_s, verdict);
    platform.stop().await;
    if args.keep {
        eprintln!("everything is in {}", folder.display());
    } else {
        drop(std::fs::remove_dir_all(&folder));
    }
    report.print(args.json)
}

/// How long open transactions may take to end after the last answer: as long as the longest of them.
const SETTLING_S: u32 = 150;

/// The counters once no transaction is open any more, or at last.
async fn settled(processes: &mut [Process]) -> Result<Reading, CommandError> {
    let mut reading = Reading::take(processes).await?;
    for _ in 0..SETTLING_S {
        if reading.roles.iter().all(|(_, _, metrics)| metrics.open == 0) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        reading = Reading::take(processes).await?;
    }
    Ok(reading)
}

/// What each process has used and done until now.
struct Reading {
    roles: Vec<(&'static str, Duration, Metrics)>,
    /// This process: the load generator.
    own_cpu: Duration,
}

impl Reading {
    async fn take(processes: &mut [Process]) -> Result<Self, CommandError> {
        let mut roles = Vec::new();
        for process in processes {
            let metrics = process.metrics().await?;
            let id = process.id().ok_or("a role has ended")?;
            roles.push((process.name(), cpu::of_process(id)?, metrics));
        }
        Ok(Self { roles, own_cpu: cpu::of_process(std::process::id())? })
    }

    /// One role's counters.
    fn of(&self, name: &str) -> Option<&Metrics> {
        self.roles.iter().find(|(role, ..)| *role == name).map(|(_, _, metrics)| metrics)
    }
}

/// Registers everybody by the ordinary road: ME, HMSSP, card, CA. So many at a time.
#[expect(clippy::print_stderr, reason = "the command's progress")]
async fn register(platform: &Platform, subscribers: usize, at_a_time: usize) -> Result<(), CommandError> {
    let operator = OperatorClient::new(&platform.me_access())?;
    for batch in platform.batches()? {
        operator.import_cards(&std::fs::read(batch)?).await?;
    }
    let mut running = tokio::task::JoinSet::new();
    let mut done = 0;
    for n in 0..subscribers {
        if running.len() >= at_a_time {
            finish(running.join_next().await)?;
            done += 1;
            if done % 250 == 0 {
                eprintln!("{done} of {subscribers} people registered …");
            }
        }
        let msisdn = platform.msisdn(n)?;
        let iccid = platform.cards.get(n).ok_or("no such card")?.iccid.clone();
        let operator = operator.clone();
        running.spawn(async move {
            let (surname, serial_number) = (format!("Number{n}"), format!("FI-BENCH-PERSON-{n:07}"));
            let person = Registration {
                msisdn: &msisdn,
                iccid: &iccid,
                given_name: "Bench",
                surname: &surname,
                serial_number: &serial_number,
            };
            operator.register(&person).await
        });
    }
    while let Some(joined) = running.join_next().await {
        finish(Some(joined))?;
    }
    eprintln!("{subscribers} people registered");
    Ok(())
}

fn finish(
    joined: Option<Result<Result<(), CommandError>, tokio::task::JoinError>>,
) -> Result<(), CommandError> {
    match joined {
        None => Ok(()),
        Some(joined) => joined?,
    }
}
