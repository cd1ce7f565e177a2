//! A server that waits for a dialler under any identity, and counts what it is told.
use std::{
    io::Read as _,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::identities::Holder;

/// What the decoy has been told since it took its present identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Connections that have ended.
    pub(crate) connections: usize,
    /// Octets of the application.
    pub(crate) octets: usize,
}

/// Who the decoy is at present.
#[derive(Clone, Default)]
struct Face {
    /// Counts the identities, so that a connection to an earlier one is not taken for one to this.
    number: u64,
    config: Option<Arc<ServerConfig>>,
    told: Told,
}

pub(crate) struct Decoy {
    pub(crate) address: SocketAddr,
    face: Arc<Mutex<Face>>,
}

impl Decoy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let face: Arc<Mutex<Face>> = Arc::default();
        let shared = Arc::clone(&face);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let face = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let Face { number, config, .. } = face.lock().unwrap().clone();
                    let Some(config) = config else { return };
                    let octets = listen(stream, config);
                    let mut face = face.lock().unwrap();
                    if face.number == number {
                        face.told.connections += 1;
                        face.told.octets += octets;
                    }
                });
            }
        });
        Self { address, face }
    }

    /// Is somebody else from now on, and has heard nothing yet.
    pub(crate) fn become_(&self, holder: &Holder) {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(holder.chain.as_bytes()).collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(holder.key.as_bytes()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut face = self.face.lock().unwrap();
        *face = Face { number: face.number + 1, config: Some(Arc::new(config)), told: Told::default() };
    }

    pub(crate) fn told(&self) -> Told {
        self.face.lock().unwrap().told
    }
}

/// Reads one connection to its end, or for a little while; how many octets of the application came.
fn listen(stream: TcpStream, config: Arc<ServerConfig>) -> usize {
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut octets = Vec::new();
    // How it ends does not matter: refused, closed or silent.
    drop(stream.read_to_end(&mut octets));
    octets.len()
}
