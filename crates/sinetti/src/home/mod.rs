//! The shell of the Home MSSP: sockets towards AEs, ME and the short-message centre around `role-home`'s engine.
mod carrier;
mod front;
mod handle;
mod link;

use std::{collections::BTreeMap, net::TcpListener, path::PathBuf, sync::Arc, time::Duration};

use mss_core::NodeName;
use mss_net::{
    http_server,
    smpp::{Transceiver, TransceiverConfig},
    tls::{Alpn, Versions},
};
use mss_store::{Location, home::HomeStore};
use mss_vault::{card::CardVault, read_secret};
use role_home::{ApGrants, CardLink, Delivery, EngineConfig, HomeEngine, Limits, LinkProfile, PinPolicy};
use smpp::{Address, COctetString, Password, SessionConfig};
use tokio::sync::mpsc;

use self::{
    carrier::HomeCarrier,
    front::Front,
    link::{Keys, Link},
};
use crate::{
    command_error::CommandError,
    config::{self, home::HomeConfig},
    descriptors,
    engine_thread::{self, EngineHandle},
    logging, metrics, operator_client, privileges,
    reload::Reload,
    runtime,
    supervised::{RunArgs, serve_until_told},
    system::{SystemEntropy, now},
};

/// Commands of the Home MSSP.
#[derive(clap::Subcommand)]
#[command(
    after_help = "Example:\n  sinetti home init --vault /etc/sinetti/vault\n  sinetti home run --config /etc/sinetti/home.toml"
)]
pub(crate) enum Command {
    /// Make the vault: a key-encryption key, and the key that card makers wrap batches for
    #[command(after_help = "Example:\n  sinetti home init --vault /etc/sinetti/vault\n\n\
        Hand transport.pub to card makers; everything else in the folder stays on this machine and in its backup.")]
    Init {
        /// Folder for it; made if missing
        #[arg(long)]
        vault: PathBuf,
    },
    /// After a backup of the store was restored: jump every card's counter ahead, once, before the next start
    #[command(after_help = "Example:\n  sinetti home restored --config /etc/sinetti/home.toml\n\n\
        The HMSSP must not be running. Counters that were used after the backup was made must never be used again.")]
    Restored {
        /// The configuration file
        #[arg(long)]
        config: PathBuf,
    },
    /// Run it until a signal
    #[command(after_help = "Example:\n  sinetti home run --config /etc/sinetti/home.toml")]
    Run(RunArgs),
}

/// Runs a command of this role.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Init { vault } => init(&vault),
        Command::Restored { config } => restored(&config::load(&config)?),
        Command::Run(RunArgs { config: file, supervised }) => {
            let config: HomeConfig = config::load(&file)?;
            logging::start(&config.log);
            run_role(config, file, supervised)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn init(folder: &std::path::Path) -> Result<(), CommandError> {
    runtime::private_folder(folder)?;
    let vault = CardVault::create(folder)?;
    let public = folder.join("transport.pub");
    crate::file::write(&public, vault.transport().public().to_text().as_bytes(), 0o644)?;
    println!("vault {} made; hand {} to card makers", vault.transport().public().id(), public.display());
    Ok(())
}

/// How far counters jump after a restored backup: more than any card can have used since.
const RESTORED_JUMP: u32 = 4096;

#[expect(clippy::print_stdout, reason = "the command's output")]
fn restored(config: &HomeConfig) -> Result<(), CommandError> {
    let mut store = HomeStore::open(&store_file(config))?;
    let cards = store.jump_counters(RESTORED_JUMP)?;
    println!("the counters of {cards} cards are {RESTORED_JUMP} ahead now");
    Ok(())
}

fn store_file(config: &HomeConfig) -> Location {
    Location::File(config.data.join("home.db"))
}

fn run_role(config: HomeConfig, file: PathBuf, supervised: bool) -> Result<(), CommandError> {
    let tls = [&config.mesh_listener.tls, &config.me_listener.tls];
    let files = tls.iter().flat_map(|tls| [&*tls.certificate, &*tls.roots]).chain([&*config.user_roots]);
    runtime::refuse_demo(config.allow_demo, files)?;
    let mesh = runtime::listen("the mesh listener", config.mesh_listener.address)?;
    let me = runtime::listen("the ME listener", config.me_listener.address)?;
    privileges::drop_root(&config.process)?;
    runtime::block_on(config.workers, serve(config, file, mesh, me, supervised))
}

async fn serve(
    config: HomeConfig,
    file: PathBuf,
    mesh: TcpListener,
    me: TcpListener,
    supervised: bool,
) -> Result<(), CommandError> {
    runtime::private_folder(&config.data)?;
    let mesh_tls = runtime::mutual_tls(&config.mesh_listener, Versions::Tls13, Alpn::Both)?;
    let me_tls = runtime::mutual_tls(&config.me_listener, Versions::Tls13, Alpn::Both)?;
    let (mesh, me) = (runtime::adopt(mesh)?, runtime::adopt(me)?);
    let vault = Arc::new(CardVault::load(&config.vault)?);
    let store = HomeStore::open(&store_file(&config))?;
    metrics::watch(store.counts());
    let card_reader = Box::new(store.reader()?);

    let rules = rules(&config);
    let spi = rules.delivery.spi;
    let (engine, first) = HomeEngine::resume(rules, Box::new(store.reader()?), now(), &mut SystemEntropy)?;
    let (handle, mailbox) = EngineHandle::new();
    let (orders, order_queue) = mpsc::unbounded_channel();
    let (events, batches) = mpsc::channel(64);
    let transceiver = Transceiver::start(transceiver_config(&config)?, events);
    let profile = LinkProfile {
        short_number: Address::short_number(&config.smsc.short_number)
            .ok_or("smsc.short_number is no address")?,
        spi,
        country: config.smsc.country_code.clone(),
        submitted_ids: config.smsc.submitted_ids.into(),
        receipt_ids: config.smsc.receipt_ids.into(),
    };
    let cards = CardLink::new(Box::new(Keys(vault.clone())), card_reader, profile);
    let link = Link::new(transceiver, cards, handle.clone());
    tokio::spawn(link.run(order_queue, batches));
    let carrier = HomeCarrier::new(store, orders, handle.clone(), tokio::runtime::Handle::current());
    engine_thread::start("home-engine", engine, first, carrier, mailbox)?;

    let front = Arc::new(Front::new(&config, vault, handle)?);
    let listed = front.clone();
    let reload = Reload::new(file, &config, move |config: HomeConfig| listed.take_over(&config))?;
    let mesh_front = front.clone();
    let on_mesh = move |request| {
        let front = mesh_front.clone();
        async move { front.answer_ae(request).await }
    };
    let on_me = move |request| {
        let front = front.clone();
        async move { front.answer_me(request).await }
    };
    let limits = http_server::Limits::default().within_descriptors(descriptors::for_each_of(2));
    tokio::spawn(http_server::serve(mesh, mesh_tls, on_mesh, limits, std::future::pending()));
    let limits = http_server::Limits { max_body: operator_client::MESSAGE_MAX, ..limits };
    tokio::spawn(http_server::serve(me, me_tls, on_me, limits, std::future::pending()));
    serve_until_told("home", supervised, reload).await
}

/// Which AE may speak for which APs.
fn grants(config: &HomeConfig) -> BTreeMap<NodeName, ApGrants> {
    let grants = config.ae.iter().filter_map(|(name, entry)| {
        let mut grants = ApGrants::default();
        for ap_id in &entry.ap_ids {
            match ap_id.strip_suffix('*') {
                Some(prefix) => grants.prefixes.push(prefix.to_owned()),
                None => drop(grants.exact.insert(ap_id.clone())),
            }
        }
        Some((NodeName::parse(name)?, grants))
    });
    grants.collect()
}

fn rules(config: &HomeConfig) -> EngineConfig {
    EngineConfig {
        node_uri: config.mssp_id.clone(),
        grants: grants(config),
        delivery: match config.delivery {
            config::home::Delivery::ProofAlways => Delivery::REPORT_ALWAYS,
            config::home::Delivery::ProofOnError => Delivery::REPORT_ERRORS,
        },
        limits: Limits {
            sign_of_life: Duration::from_secs(config.timers.sign_of_life_s),
            ask_result_first: Duration::from_secs(config.timers.first_question_s),
            ask_again: Duration::from_secs(config.timers.question_again_s),
            ..Limits::default()
        },
        pin_policy: PinPolicy::default(),
    }
}

fn transceiver_config(config: &HomeConfig) -> Result<TransceiverConfig, CommandError> {
    let password = read_secret(&config.smsc.password_file)?;
    let system_id = COctetString::new(config.smsc.system_id.as_bytes())?;
    let mut link = TransceiverConfig::new(
        config.smsc.address.to_string(),
        system_id,
        Password::new(password.trim_ascii())?,
    );
    link.session = SessionConfig { window: config.smsc.window, ..link.session };
    Ok(link)
}
