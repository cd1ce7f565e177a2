//! A listener of the home MSSP, callers for it, and a raw TLS stream for whoever does not behave.
use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use http::StatusCode;
use mss_core::{Network, NetworkRole, RoleIdentity};
use mss_net::{
    http_client::{Node, NodeTuning, Pool, Simple, Target},
    http_server::{Limits, Request, Response, serve},
    tls::{Alpn, ClientAuth, ClientTls, Identity, ServerTls, Versions, client_config, server_config},
};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::pki::{Ca, Leaf, Pems, role};

pub(crate) const SOAP: &str = "application/soap+xml;charset=utf-8";
pub(crate) const SOON: Duration = Duration::from_secs(5);

pub(crate) fn home() -> RoleIdentity {
    role(Network::Mesh, NetworkRole::Home, "home.test")
}

pub(crate) fn ae() -> RoleIdentity {
    role(Network::Mesh, NetworkRole::Ae, "ae.test")
}

/// A mesh CA and what it gave to the home MSSP and to the AE.
pub(crate) struct Mesh {
    pub(crate) ca: Ca,
    pub(crate) home: Pems,
    pub(crate) ae: Pems,
}

impl Mesh {
    pub(crate) fn new() -> Self {
        let ca = Ca::new();
        let (home, ae) = (ca.issue(&Leaf::node(&home())), ca.issue(&Leaf::node(&ae())));
        Self { ca, home, ae }
    }

    pub(crate) fn server_tls(&self, alpn: Alpn) -> ServerTls {
        self.server_tls_of(&self.home.identity(), Versions::Tls13, alpn)
    }

    pub(crate) fn server_tls_of(&self, identity: &Identity, versions: Versions, alpn: Alpn) -> ServerTls {
        server_config(identity, ClientAuth::Required(&self.ca.roots()), versions, alpn).unwrap()
    }

    pub(crate) fn ae_tls(&self) -> ClientTls {
        client_config(Some(&self.ae.identity()), &self.ca.roots()).unwrap()
    }

    pub(crate) fn node(&self, address: SocketAddr, tuning: NodeTuning) -> Node {
        Node::new(&self.ae_tls(), address.to_string(), home(), tuning).unwrap()
    }

    pub(crate) fn simple(&self, address: SocketAddr) -> Simple {
        Simple::new(self.ae_tls(), Target::node(address.to_string(), home()).unwrap(), 1 << 20)
    }

    pub(crate) fn pool(&self, address: SocketAddr, connections: usize) -> Pool {
        Pool::new(self.ae_tls(), Target::node(address.to_string(), home()).unwrap(), connections, 1 << 20)
    }

    /// rustls as anyone would set it up, resumption included.
    pub(crate) fn raw_config(&self, client: Option<&Pems>, alpn: &[&[u8]]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca.pem().as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            Some(pems) => {
                let chain = vec![CertificateDer::from_pem_slice(pems.certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(pems.key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        config
    }

    /// rustls as anyone would set it up, with the home MSSP's certificate.
    pub(crate) fn raw_server_config(&self, alpn: &[u8]) -> ServerConfig {
        let chain = vec![CertificateDer::from_pem_slice(self.home.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.home.key.as_bytes()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        config
    }

    /// A TLS stream of the AE on which a test can write what it likes.
    pub(crate) async fn raw(&self, address: SocketAddr) -> TlsStream<TcpStream> {
        connect_raw(Arc::new(self.raw_config(Some(&self.ae), &[])), address).await.unwrap()
    }
}

pub(crate) async fn connect_raw(
    config: Arc<ClientConfig>,
    address: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    TlsConnector::from(config).connect(ServerName::try_from("home.test").unwrap(), tcp).await
}

/// A running listener.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) tls: ServerTls,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn listen<H, F>(tls: ServerTls, limits: Limits, handler: H) -> Listener
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listen_on(socket, tls, limits, handler)
}

pub(crate) fn listen_on<H, F>(socket: TcpListener, tls: ServerTls, limits: Limits, handler: H) -> Listener
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let address = socket.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(socket, tls.clone(), handler, limits, shutdown));
    Listener { address, tls, stop: Some(stop), task }
}

impl Listener {
    pub(crate) fn begin_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    pub(crate) async fn stop(mut self) {
        self.begin_stop();
        timeout(SOON, self.task).await.expect("the listener stops in time").unwrap();
    }
}

/// Answers with what was sent.
pub(crate) async fn echo(request: Request) -> Response {
    match request.body {
        Ok(body) => Response::new(StatusCode::OK, SOAP, body),
        Err(error) => Response::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", error.to_string()),
    }
}

/// Counts handlers that run and what became of them.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Counts>);

#[derive(Default)]
struct Counts {
    running: AtomicUsize,
    most: AtomicUsize,
    begun: AtomicUsize,
    finished: AtomicUsize,
}

impl Tally {
    pub(crate) fn begin(&self) -> Running {
        let now = self.0.running.fetch_add(1, SeqCst) + 1;
        self.0.most.fetch_max(now, SeqCst);
        self.0.begun.fetch_add(1, SeqCst);
        Running(self.clone())
    }

    pub(crate) fn running(&self) -> usize {
        self.0.running.load(SeqCst)
    }

    pub(crate) fn most(&self) -> usize {
        self.0.most.load(SeqCst)
    }

    pub(crate) fn begun(&self) -> usize {
        self.0.begun.load(SeqCst)
    }

    pub(crate) fn finished(&self) -> usize {
        self.0.finished.load(SeqCst)
    }
}

/// One handler that runs; dropped before [`Self::finish`] it was given up.
pub(crate) struct Running(Tally);

impl Running {
    pub(crate) fn finish(self) {
        self.0.0.finished.fetch_add(1, SeqCst);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, SeqCst);
    }
}

/// Waits until something is so, but not for long.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

/// Everything until the other side closes, or an error that means the same.
pub(crate) async fn read_all(stream: &mut TlsStream<TcpStream>) -> String {
    let mut octets = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            octets.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(SOON, reading).await.expect("the other side closes");
    String::from_utf8(octets).unwrap()
}

/// Reads until `text` has come `times` times.
pub(crate) async fn read_until(stream: &mut TlsStream<TcpStream>, text: &str, times: usize) -> String {
    let mut octets = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        loop {
            let so_far = String::from_utf8_lossy(&octets).into_owned();
            if so_far.matches(text).count() >= times {
                return so_far;
            }
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "closed after {so_far:?}");
            octets.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(SOON, reading).await.expect("the answer comes")
}

pub(crate) async fn write(stream: &mut TlsStream<TcpStream>, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}
