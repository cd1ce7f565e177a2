//! The shell of the process that holds the certificate authorities' keys.
mod carrier;
mod code;
mod enrol_front;
mod folder;
mod init;
mod me_front;
mod refused;
#[cfg(test)]
mod tests;

use std::{net::TcpListener, path::PathBuf, sync::Arc, time::Duration};

use mss_core::{Network, NetworkRole, NodeName, RoleIdentity, engine::Turn};
use mss_net::{
    AllowList, Allowed, http_server,
    tls::{Alpn, ClientAuth, Identity, ServerTls, Versions, server_config},
};
use mss_store::{Location, ca::CaStore};
use role_ca::{CaCommit, CaConfig as Rules, CaEngine, CaParts};

use self::{
    carrier::{CaCarrier, Engine},
    folder::Folder,
    me_front::MeFront,
};
use crate::{
    command_error::CommandError,
    config::{self, Listener, ca::CaConfig},
    descriptors,
    engine_thread::{self, EngineHandle},
    logging, metrics, privileges,
    reload::Reload,
    runtime,
    supervised::{RunArgs, serve_until_told},
    system::now,
};

/// Connections of callers that have no certificate yet.
const ENROL_CONNECTIONS: usize = 128;

/// Commands of the CA.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  sinetti ca run --config /var/lib/sinetti-ca/ca.toml")]
pub(crate) enum Command {
    /// Make the authorities, their keys and the first enrolment codes
    Init(init::Args),
    /// Make enrolment codes; the CA must not be running
    Code(code::Args),
    /// Run it until a signal
    #[command(after_help = "Example:\n  sinetti ca run --config /var/lib/sinetti-ca/ca.toml")]
    Run(RunArgs),
}

/// Runs a command of this role.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Init(args) => init::run(&args),
        Command::Code(args) => code::run(&args),
        Command::Run(RunArgs { config: file, supervised }) => {
            let config: CaConfig = config::load(&file)?;
            logging::start(&config.log);
            let enrol = runtime::listen("the enrolment listener", config.enrol_listener.address)?;
            let me = runtime::listen("the ME listener", config.me_listener.address)?;
            privileges::drop_root(&config.process)?;
            runtime::block_on(None, serve(config, file, enrol, me, supervised))
        }
    }
}

async fn serve(
    config: CaConfig,
    file: PathBuf,
    enrol: TcpListener,
    me: TcpListener,
    supervised: bool,
) -> Result<(), CommandError> {
    let engine = start_engine(&config)?;
    let enrol_tls = enrol_tls(&config.enrol_listener)?;
    let me_tls = runtime::mutual_tls(&config.me_listener, Versions::Tls13, Alpn::Both)?;
    let (enrol, me) = (runtime::adopt(enrol)?, runtime::adopt(me)?);

    let limits = http_server::Limits {
        max_body: mss_wire::ca::MAX_OCTETS,
        ..http_server::Limits::default().within_descriptors(descriptors::for_each_of(2))
    };
    let enrol_limits = http_server::Limits {
        max_connections: ENROL_CONNECTIONS,
        // Anyone may come here; who comes from one address shall not fill it.
        peer_connections: ENROL_CONNECTIONS / 4,
        body_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(10),
        ..limits
    };
    let enrol_engine = engine.clone();
    let enrol_handler = move |request| {
        let engine = enrol_engine.clone();
        async move { enrol_front::answer(&engine, request).await }
    };
    tokio::spawn(http_server::serve(enrol, enrol_tls, enrol_handler, enrol_limits, std::future::pending()));

    let listed = AllowList::new(allowed(&config)?);
    let front = Arc::new(MeFront { allowed: listed.clone(), engine });
    let reload = Reload::new(file, &config, move |config: CaConfig| {
        listed.replace(allowed(&config)?);
        Ok(())
    })?;
    let me_handler = move |request| {
        let front = front.clone();
        async move { front.answer(request).await }
    };
    tokio::spawn(http_server::serve(me, me_tls, me_handler, limits, std::future::pending()));
    serve_until_told("ca", supervised, reload).await
}

/// Opens keys and store, and starts the engine's thread.
fn start_engine(config: &CaConfig) -> Result<Engine, CommandError> {
    let folder = Folder::new(config.data.clone());
    let authorities = folder.authorities()?;
    let store = CaStore::open(&Location::File(folder.database()))?;
    metrics::watch(store.counts());
    let parts = CaParts { config: Rules::default(), authorities, reader: Box::new(store.reader()?) };
    let engine = CaEngine::resume(parts, store.resume_state()?, now())?;
    let (handle, mailbox) = EngineHandle::new();
    let first = Turn { commit: CaCommit::default(), outputs: Vec::new() };
    engine_thread::start("ca-engine", engine, first, CaCarrier::new(store), mailbox)?;
    Ok(handle)
}

/// Shows the CA's own certificate and asks for none: whoever enrols has only a code.
fn enrol_tls(listener: &Listener) -> Result<ServerTls, CommandError> {
    let identity = Identity::load(&listener.tls.certificate, &listener.tls.key)?;
    let tls = server_config(&identity, ClientAuth::None, Versions::Tls13, Alpn::Http1)?;
    let counted = tls.clone();
    metrics::watch_handshakes(move || counted.handshakes().completed);
    Ok(tls)
}

/// The MEs that may order, by name.
fn allowed(config: &CaConfig) -> Result<Allowed<NodeName>, CommandError> {
    let mut allowed = Allowed::default();
    for name in &config.me {
        let name = NodeName::parse(name).ok_or("a name in `me` is no node name")?;
        let identity = RoleIdentity { network: Network::Me, role: NetworkRole::Me, name: name.clone() };
        allowed = allowed.with_identity(identity, name);
    }
    Ok(allowed)
}
