//! `sinetti demo`: a whole platform on this machine, three people with phones on a page.
mod layout;
mod once;
mod people;
pub(crate) mod platform;
mod ports;
mod process;

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

pub(crate) use layout::Layout;
pub(crate) use people::PhoneState;
pub(crate) use platform::{Detour, Plan, Platform, Rules};
pub(crate) use ports::Ports;
pub(crate) use process::Process;

use self::people::{PEOPLE, Subscriber};
use crate::{ap_client::ApAccess, command_error::CommandError, runtime};

/// Start a whole platform on this machine, with phones on a page.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  sinetti demo\n  sinetti demo --auto\n  sinetti demo --once --out result\n\n\
    Everything is kept in one folder, whose demo.json tells other programs where things are."
)]
pub(crate) struct Args {
    /// Folder for everything; an earlier demonstration's folder is made afresh
    #[arg(long, default_value = "demo-data")]
    data: PathBuf,
    /// A script answers every request on the phones
    #[arg(long)]
    auto: bool,
    /// Make one signature without a person, write it with its messages into --out, and end
    #[arg(long, requires = "out")]
    once: bool,
    /// Folder for the files of --once; made if missing
    #[arg(long)]
    out: Option<PathBuf>,
    /// Take ports that are free instead of fixed ones
    #[arg(long)]
    free_ports: bool,
    /// Cards to make; three are given to people, the others wait for `sinetti operator register`
    #[arg(long, default_value_t = PEOPLE.len(), value_parser = cards, conflicts_with = "once")]
    cards: usize,
    /// The first of eight ports
    #[arg(long, default_value_t = 7443)]
    first_port: u16,
    #[command(flatten)]
    detour: Detour,
}

fn cards(text: &str) -> Result<usize, String> {
    let cards = text.parse().map_err(|_| "not a number".to_owned())?;
    if (PEOPLE.len()..=10_000).contains(&cards) { Ok(cards) } else { Err("between 3 and 10000".into()) }
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<(), CommandError> {
    match (args.once, &args.out) {
        (true, Some(out)) => runtime::block_on(Some(2), once::run(out.clone())),
        _ => runtime::block_on(Some(2), demonstrate(args)),
    }
}

/// What other programs read.
#[derive(Serialize)]
struct DemoFile<'a> {
    ap: ApAccess,
    wsdl: String,
    users_ca: PathBuf,
    subscribers: &'a [Subscriber],
    page_url: String,
    logs: PathBuf,
    /// Process ids, by role.
    processes: std::collections::BTreeMap<&'static str, u32>,
    /// Configuration files, by role.
    configs: std::collections::BTreeMap<&'static str, PathBuf>,
}

#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn demonstrate(args: Args) -> Result<(), CommandError> {
    let layout = fresh_folder(&args.data)?;
    let ports = if args.free_ports { Ports::free()? } else { Ports::fixed(args.first_port)? };
    eprintln!("starting CA, SMSC, HMSSP, ME and AE …");
    let plan = Plan {
        layout,
        ports,
        cards: args.cards,
        scripted: false,
        page: Some(people::names()),
        shown: args.data.display().to_string(),
        log_level: "info",
        detour: args.detour,
        rules: Rules::default(),
    };
    let mut platform = Platform::start(plan).await?;
    eprintln!("registering {} people; each phone makes three keys …", PEOPLE.len());
    let subscribers = people::register(&platform, args.auto).await?;
    let page_url = people::page_url(&platform)?;
    write_demo_file(&platform, &subscribers, &page_url)?;
    introduce(&args.data, &subscribers, &page_url, args.auto);
    let kept = keep_up(&mut platform, &subscribers, &page_url).await;
    eprintln!("\nending all processes …");
    platform.stop().await;
    kept
}

/// Starts again whatever ends, as a service manager would, until the demonstration is told to end.
#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn keep_up(
    platform: &mut Platform,
    subscribers: &[Subscriber],
    page_url: &str,
) -> Result<(), CommandError> {
    let mut end = Box::pin(async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated() => {}
        }
    });
    loop {
        let ended = {
            let waits = platform.processes.iter_mut().map(|process| Box::pin(process.ended()));
            tokio::select! {
                (ended, which, _) = futures_util::future::select_all(waits) => Some((ended, which)),
                () = &mut end => None,
            }
        };
        let Some((how, which)) = ended else { return Ok(()) };
        eprintln!("{how}; starting it again");
        let Some(process) = platform.processes.get_mut(which) else { continue };
        let role = process.name();
        let started = tokio::select! {
            started = start_again(role, &platform.layout) => started?,
            () = &mut end => return Ok(()),
        };
        *process = started;
        write_demo_file(platform, subscribers, page_url)?;
    }
}

/// Starts a role again, and again when it ends while it starts: what was on its disk may take two attempts.
#[expect(clippy::print_stderr, reason = "progress for the person at the terminal")]
async fn start_again(role: &'static str, layout: &Layout) -> Result<Process, CommandError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match Process::start(role, &layout.config(role), &layout.log(role)).await {
            Err(error) if attempts < START_ATTEMPTS => eprintln!("{error}; once more"),
            started => return started,
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Starts of a role in a row until the demonstration gives up.
const START_ATTEMPTS: u32 = 20;

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn introduce(data: &Path, subscribers: &[Subscriber], page_url: &str, auto: bool) {
    let root = data.display();
    println!("\nThe platform runs. Phones: {page_url}\n");
    for person in subscribers {
        println!("  {}  {:16} PIN {}", person.msisdn, person.name, person.pin);
    }
    let number = subscribers.first().map_or("", |person| person.msisdn.as_str());
    println!("\nTry from another terminal{}:", if auto { "" } else { ", and type the PIN on the page" });
    println!("  sinetti sign --demo {root} {number} \"Pay 12 EUR?\"");
    println!("  sinetti sign --demo {root} {number} --purpose authn --mode asynch \"Log in to Demo Shop\"");
    println!("(`cargo run --release --` stands for `sinetti` in a checkout.)\n");
    println!("For other programs: {root}/demo.json      Logs: {root}/logs      End: Ctrl-C");
}

fn write_demo_file(
    platform: &Platform,
    subscribers: &[Subscriber],
    page_url: &str,
) -> Result<(), CommandError> {
    let ap = platform.ap_access();
    let ids = platform.processes.iter().filter_map(|process| Some((process.name(), process.id()?)));
    let file = DemoFile {
        wsdl: format!("{}?wsdl", ap.endpoint),
        ap,
        users_ca: platform.users_root(),
        subscribers,
        page_url: page_url.to_owned(),
        logs: platform.layout.root().join("logs"),
        processes: ids.collect(),
        configs: ["ca", "smsc", "home", "me", "ae"].map(|role| (role, platform.layout.config(role))).into(),
    };
    // Whoever waits for the file sees it whole.
    crate::file::write(&platform.layout.demo_file(), serde_json::to_string_pretty(&file)?.as_bytes(), 0o600)
}

/// Makes the folder, or makes an earlier demonstration's afresh. Any other folder with something in it is refused.
pub(crate) fn fresh_folder(path: &Path) -> Result<Layout, CommandError> {
    let path = std::path::absolute(path)?;
    let layout = Layout::new(path.clone());
    let filled = std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some());
    if filled && !layout.marker().exists() {
        return Err(format!(
            "{} has files in it that are no demonstration's: give another --data",
            path.display()
        )
        .into());
    }
    if filled {
        std::fs::remove_dir_all(&path)?;
    }
    runtime::private_folder(&path)?;
    // A folder that was there before keeps its mode otherwise.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
    crate::file::write(&layout.marker(), b"This folder is made afresh by `sinetti demo`.\n", 0o600)?;
    Ok(layout)
}
