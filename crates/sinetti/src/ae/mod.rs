//! The shell of the Acquiring Entity: sockets towards APs and HMSSPs around `role-ae`'s engine.
mod carrier;
mod front;
mod homes;

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{Arc, RwLock},
};

use mss_core::{ApId, MeshMember, NodeName, SignatureProfile, message::MobileUser};
use mss_net::{
    http_server,
    tls::{Alpn, Versions},
};
use mss_store::{Location, ae::AeStore};
use role_ae::{AeConfig as Rules, AeEngine, AeParts, ApDirectory, ApEntry};
use role_re::RoutingTable;

use self::{carrier::AeCarrier, front::Front, homes::Homes};
use crate::{
    command_error::CommandError,
    config::{self, ae::AeConfig},
    descriptors,
    engine_thread::{self, EngineHandle},
    logging, metrics, privileges,
    reload::Reload,
    runtime,
    supervised::{RunArgs, serve_until_told},
    system::{SystemEntropy, now},
};

/// Commands of the Acquiring Entity.
#[derive(clap::Subcommand)]
#[command(after_help = "Example:\n  sinetti ae run --config /etc/sinetti/ae.toml")]
pub(crate) enum Command {
    /// Run it until a signal
    #[command(after_help = "Example:\n  sinetti ae run --config /etc/sinetti/ae.toml")]
    Run(RunArgs),
}

/// Requests in flight on one HTTP/2 connection of an AP, and on all connections of one. Each may wait for a person.
const AP_STREAMS: u32 = 128;
const AP_REQUESTS: usize = 4096;

/// Runs a command of this role.
pub(crate) fn run(command: Command) -> Result<(), CommandError> {
    let Command::Run(RunArgs { config: file, supervised }) = command;
    let config: AeConfig = config::load(&file)?;
    logging::start(&config.log);
    let tls = [&config.ap_listener.tls, &config.mesh];
    runtime::refuse_demo(config.allow_demo, tls.iter().flat_map(|tls| [&*tls.certificate, &*tls.roots]))?;
    let listener = runtime::listen("the AP listener", config.ap_listener.address)?;
    privileges::drop_root(&config.process)?;
    runtime::block_on(config.workers, serve(config, file, listener, supervised))
}

async fn serve(
    config: AeConfig,
    file: PathBuf,
    listener: TcpListener,
    supervised: bool,
) -> Result<(), CommandError> {
    runtime::private_folder(&config.data)?;
    let tls = runtime::mutual_tls(&config.ap_listener, Versions::Tls12And13, Alpn::Both)?;
    let listener = runtime::adopt(listener)?;
    let homes = Homes::new(&config)?;
    let store = AeStore::open(&Location::File(config.data.join("ae.db")))?;
    metrics::watch(store.counts());

    let rules = rules(&config);
    let (engine, first) = AeEngine::resume(
        AeParts {
            config: rules.clone(),
            router: Box::new(router(&config)?),
            reader: Box::new(store.reader()?),
            hasher: mss_pki::sha256,
        },
        store.resume_state(now(), rules.max_skew)?,
        now(),
        &mut SystemEntropy,
    )?;
    let (handle, mailbox) = EngineHandle::new();
    let carrier = AeCarrier::new(store, homes.clone(), handle.clone(), tokio::runtime::Handle::current());
    engine_thread::start("ae-engine", engine, first, carrier, mailbox)?;

    let front = Arc::new(Front {
        directory: RwLock::new(Arc::new(directory(&config)?)),
        router: router(&config)?,
        rules,
        homes,
        engine: handle,
        public_url: config.public_url.clone(),
    });
    let listed = front.clone();
    let reload = Reload::new(file, &config, move |config: AeConfig| {
        listed.replace_directory(directory(&config)?);
        Ok(())
    })?;
    let limits = http_server::Limits {
        max_streams: AP_STREAMS,
        peer_requests: AP_REQUESTS,
        ..http_server::Limits::default().within_descriptors(descriptors::for_each_of(1))
    };
    let handler = move |request| {
        let front = front.clone();
        async move { front.answer(request).await }
    };
    tokio::spawn(http_server::serve(listener, tls, handler, limits, std::future::pending()));
    serve_until_told("ae", supervised, reload).await
}

fn rules(config: &AeConfig) -> Rules {
    let seconds = |s: u32| std::time::Duration::from_secs(s.into());
    Rules {
        max_skew: seconds(config.limits.clock_skew_s),
        default_timeout: seconds(config.limits.default_timeout_s),
        max_timeout: seconds(config.limits.max_timeout_s),
        ..Rules::new(MeshMember::from_uri(config.mssp_id.clone()))
    }
}

fn directory(config: &AeConfig) -> Result<ApDirectory, CommandError> {
    let mut entries = Vec::new();
    for (ap_id, ap) in &config.ap {
        let mut certificates = Vec::new();
        for hex in &ap.certificates {
            let mut fingerprint = [0; 32];
            hex::decode_to_slice(hex, &mut fingerprint)?;
            certificates.push(fingerprint);
        }
        let profiles = match &ap.profiles {
            None => SignatureProfile::ALL.to_vec(),
            Some(uris) => uris.iter().filter_map(|uri| SignatureProfile::from_uri(uri)).collect(),
        };
        let ap_id = ApId::parse(ap_id)?;
        entries.push(ApEntry { ap_id, display_name: ap.display_name.clone(), certificates, profiles });
    }
    Ok(ApDirectory::new(entries)?)
}

/// The routing table as the engine wants it.
fn router(
    config: &AeConfig,
) -> Result<impl Fn(&MobileUser) -> Result<NodeName, mss_core::Fault> + Send + Sync + 'static, CommandError> {
    let mut routes = Vec::new();
    for home in &config.home {
        let name = home.peer.node_name().ok_or("home.peer.name is no node name")?;
        routes.extend(home.msisdn_prefixes.iter().map(|prefix| (prefix.clone(), name.clone())));
    }
    let table = RoutingTable::new(routes)?;
    Ok(move |user: &MobileUser| role_re::route(user, &table).cloned())
}
