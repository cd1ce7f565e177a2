//! What every role's shell does around its sockets: runtime, listener, folders, fail with a sentence.
use std::{future::Future, net::SocketAddr, os::unix::fs::DirBuilderExt, path::Path};

use mss_net::tls::{Alpn, ClientAuth, Identity, Roots, ServerTls, Versions, server_config};
use nix::sys::socket::Backlog;
use tokio::net::TcpListener;

use crate::{command_error::CommandError, config::Listener, logging, metrics};

/// Runs a role's work on a runtime with `workers` threads; absent means one for each core.
pub(crate) fn block_on<F>(workers: Option<usize>, work: F) -> Result<(), CommandError>
where
    F: Future<Output = Result<(), CommandError>>,
{
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        builder.worker_threads(workers.max(1));
    }
    let runtime = builder.enable_all().build()?;
    runtime.spawn(logging::report_left_out());
    let done = runtime.block_on(work);
    // Blocking reads of standard input would hold the runtime open.
    runtime.shutdown_background();
    done
}

/// Takes an address; one that is taken or not allowed is said clearly.
///
/// While the process is still who started it: the port may be one that only root can take.
pub(crate) fn listen(what: &str, address: SocketAddr) -> Result<std::net::TcpListener, CommandError> {
    let listener = std::net::TcpListener::bind(address).map_err(|error| {
        format!("{what} cannot listen on {address}: {error}; is another program there, or an earlier start of this one?")
    })?;
    // The standard library's queue of 128 would refuse clients of a restart that come all at once.
    nix::sys::socket::listen(&listener, Backlog::new(QUEUE)?)?;
    Ok(listener)
}

/// Connections that may wait to be accepted.
const QUEUE: i32 = 1024;

/// Puts a listener on the present runtime.
pub(crate) fn adopt(listener: std::net::TcpListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Refuses to start with certificates of a demonstration's CA, unless the configuration allows them.
#[cfg(any(feature = "ae", feature = "home", feature = "me"))]
pub(crate) fn refuse_demo<'a>(
    allowed: bool,
    files: impl IntoIterator<Item = &'a Path>,
) -> Result<(), CommandError> {
    for file in files {
        if !allowed && certificates(file)?.iter().any(mss_pki::Certificate::is_demo) {
            return Err(format!(
                "{} is a demonstration's certificate: enrol at a real CA, or set allow_demo = true for a test",
                file.display()
            )
            .into());
        }
    }
    Ok(())
}

/// The TLS side of a listener that wants a client certificate.
pub(crate) fn mutual_tls(
    listener: &Listener,
    versions: Versions,
    alpn: Alpn,
) -> Result<ServerTls, CommandError> {
    let identity = Identity::load(&listener.tls.certificate, &listener.tls.key)?;
    let roots = Roots::load(&listener.tls.roots)?;
    let tls = server_config(&identity, ClientAuth::Required(&roots), versions, alpn)?;
    let counted = tls.clone();
    metrics::watch_handshakes(move || counted.handshakes().completed);
    Ok(tls)
}

/// Makes a folder that only its owner can enter, durably: without its name what is synced in it would be gone after a
/// power cut.
pub(crate) fn private_folder(path: &Path) -> Result<(), CommandError> {
    let fail = |error| format!("cannot make the folder {}: {error}", path.display());
    let new: Vec<_> = path.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fail)?;
    if new.is_empty() {
        // An earlier start may have ended between the two. A folder above that we may not read was not made by us.
        drop(crate::file::sync_name(path));
    }
    new.into_iter().try_for_each(|made| crate::file::sync_name(made).map_err(fail))?;
    Ok(())
}

/// The certificates in a PEM file.
#[cfg(any(feature = "ae", feature = "home", feature = "me"))]
pub(crate) fn certificates(path: &Path) -> Result<Vec<mss_pki::Certificate>, CommandError> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let ders = mss_pki::pem::decode_all("CERTIFICATE", &text)?;
    Ok(ders.iter().map(|der| mss_pki::Certificate::parse(der)).collect::<Result<_, _>>()?)
}
