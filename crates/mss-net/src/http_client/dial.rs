use std::{io, sync::Arc};

use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{ConnectError, Target};
use crate::Peer;

/// Connects and makes sure that the right peer is there. No octet of a request has left when this returns.
pub(super) async fn dial(
    config: &Arc<ClientConfig>,
    target: &Target,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let tcp = TcpStream::connect(&target.address).await.map_err(tcp)?;
    tcp.set_nodelay(true).map_err(self::tcp)?;
    let connector = TlsConnector::from(Arc::clone(config));
    let stream = connector.connect(target.server_name.clone(), tcp).await.map_err(tls)?;
    if let Some(expected) = &target.expected {
        let leaf = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let peer = leaf.and_then(|leaf| Peer::from_certificate(leaf).ok());
        let found = peer.as_ref().and_then(Peer::identity);
        if found != Some(expected) {
            return Err(ConnectError::WrongPeer { expected: expected.clone(), found: found.cloned() });
        }
    }
    Ok(stream)
}

fn tcp(error: io::Error) -> ConnectError {
    ConnectError::Tcp(Arc::new(error))
}

fn tls(error: io::Error) -> ConnectError {
    ConnectError::Tls(Arc::new(error))
}
