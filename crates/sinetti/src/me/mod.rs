//! The shell of the management entity: sockets towards operators, HMSSP and CA around `role-me`'s engine.
mod carrier;
mod front;
mod partners;

use std::{net::TcpListener, path::PathBuf, sync::Arc};

use mss_core::{ApId, MeshMember, Msisdn, NodeName};
use mss_net::{
    http_server,
    tls::{Alpn, Versions},
};
use mss_store::{Location, me::MeStore};
use role_me::{MeConfig as Rules, MeEngine, MeParts, PkiCheck};

use self::{carrier::MeCarrier, front::Front, partners::Partners};
use crate::{
    command_error::CommandError,
    config::{self, me::MeConfig},
    descriptors,
    engine_thread::{self, EngineHandle},
    logging, metrics, operator_client, privileges,
    reload::Reload,
    runtime,
    supervised::{RunArgs, serve_until_told},
    system::{SystemEntropy, now},
};

/// Commands of the management entity.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  sinetti me run --config /etc/sinetti/me.toml")]
pub(crate) enum Command {
    /// Run it until a signal
    #[command(after_help = "Example:\n  sinetti me run --config /etc/sinetti/me.toml")]
    Run(RunArgs),
}

/// Runs a command of this role.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    let Command::Run(RunArgs { config: file, supervised }) = command;
    let config: MeConfig = config::load(&file)?;
    logging::start(&config.log);
    let tls = &config.listener.tls;
    runtime::refuse_demo(config.allow_demo, [&*tls.certificate, &*tls.roots, &*config.user_roots])?;
    let listener = runtime::listen("ME's listener", config.listener.address)?;
    privileges::drop_root(&config.process)?;
    runtime::block_on(config.workers, serve(config, file, listener, supervised))
}

async fn serve(
    config: MeConfig,
    file: PathBuf,
    listener: TcpListener,
    supervised: bool,
) -> Result<(), CommandError> {
    runtime::private_folder(&config.data)?;
    let tls = runtime::mutual_tls(&config.listener, Versions::Tls13, Alpn::Both)?;
    let listener = runtime::adopt(listener)?;
    let partners = Partners::new(&config)?;
    let store = MeStore::open(&Location::File(config.data.join("me.db")))?;
    metrics::watch(store.counts());

    let home = config.home.node_name().ok_or("home.name is no node name")?;
    let card_home = home.clone();
    let own_id = ApId::parse(&format!("urn:sinetti:me:{}", config.name))?;
    let rules = Rules::new(own_id, MeshMember::from_uri(config.mssp_id.clone()), card_home);
    let roots = runtime::certificates(&config.user_roots)?;
    let (engine, first) = MeEngine::resume(
        MeParts {
            config: rules.clone(),
            homes: Box::new(move |_: &Msisdn| -> Result<NodeName, mss_core::Fault> { Ok(home.clone()) }),
            reader: Box::new(store.reader()?),
            certificates: Box::new(PkiCheck::new(roots)),
        },
        store.resume_state()?,
        now(),
        &mut SystemEntropy,
    )?;
    let (handle, mailbox) = EngineHandle::new();
    let carrier = MeCarrier::new(store, partners, handle.clone(), tokio::runtime::Handle::current());
    engine_thread::start("me-engine", engine, first, carrier, mailbox)?;

    let front = Arc::new(Front::new(&config, rules.mssp_id, handle)?);
    let listed = front.clone();
    let reload = Reload::new(file, &config, move |config: MeConfig| listed.take_over(&config))?;
    let limits = http_server::Limits {
        max_body: operator_client::MESSAGE_MAX,
        ..http_server::Limits::default().within_descriptors(descriptors::for_each_of(1))
    };
    let handler = move |request| {
        let front = front.clone();
        async move { front.answer(request).await }
    };
    tokio::spawn(http_server::serve(listener, tls, handler, limits, std::future::pending()));
    serve_until_told("me", supervised, reload).await
}
