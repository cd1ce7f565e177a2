//! TLS as anyone may set it up, and octets over it.
use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::pki::Pems;

/// A request of HTTP/1.1 that anyone let in gets an answer to.
pub(crate) const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A guard against hanging, nothing more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) fn client(root: &str, who: Option<&Pems>, alpn: &[&str]) -> Arc<ClientConfig> {
    client_of(rustls::DEFAULT_VERSIONS, root, who, alpn)
}

pub(crate) fn client_of(
    versions: &[&'static SupportedProtocolVersion],
    root: &str,
    who: Option<&Pems>,
    alpn: &[&str],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match who {
        Some(pems) => {
            let chain: Result<Vec<_>, _> =
                CertificateDer::pem_slice_iter(pems.certificate.as_bytes()).collect();
            let key = PrivateKeyDer::from_pem_slice(pems.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain.unwrap(), key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// From an address that is not the good AP's, where the system has more than one for itself.
pub(crate) async fn tcp(door: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    drop(socket.bind(SocketAddr::from(([127, 0, 0, 2], 0))));
    let tcp = socket.connect(door).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

/// A connection, handshake done as the client sees it: with TLS 1.3 the server may still refuse.
pub(crate) async fn connect(
    config: &Arc<ClientConfig>,
    door: SocketAddr,
) -> io::Result<TlsStream<TcpStream>> {
    connect_as(config, door, "localhost").await
}

pub(crate) async fn connect_as(
    config: &Arc<ClientConfig>,
    door: SocketAddr,
    name: &'static str,
) -> io::Result<TlsStream<TcpStream>> {
    let connecting =
        TlsConnector::from(config.clone()).connect(ServerName::try_from(name).unwrap(), tcp(door).await?);
    timeout(PATIENCE, connecting).await.expect("the handshake ends, well or badly")
}

/// Writes; an error is the other side's right.
pub(crate) async fn say(stream: &mut TlsStream<TcpStream>, octets: &[u8]) -> io::Result<()> {
    stream.write_all(octets).await?;
    stream.flush().await
}

/// Everything until the other side closes, by whatever means.
pub(crate) async fn read_all(stream: &mut TlsStream<TcpStream>) -> Vec<u8> {
    let mut octets = Vec::new();
    let reading = async {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            octets.extend_from_slice(&buffer[..count]);
        }
    };
    timeout(PATIENCE, reading).await.expect("the other side closes");
    octets
}

/// One answer of HTTP/1: its status and its body. `None` when the other side closes first.
pub(crate) async fn answer(stream: &mut TlsStream<TcpStream>, rest: &mut Vec<u8>) -> Option<(u16, Vec<u8>)> {
    let reading = async {
        loop {
            if let Some(found) = split(rest) {
                return Some(found);
            }
            let mut buffer = [0; 16 * 1024];
            match stream.read(&mut buffer).await {
                Ok(count @ 1..) => rest.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("an answer or the end")
}

/// Takes one whole answer off the front.
pub(crate) fn split(octets: &mut Vec<u8>) -> Option<(u16, Vec<u8>)> {
    let head_end = octets.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(octets[..head_end].to_vec()).unwrap().to_lowercase();
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().unwrap());
    if octets.len() < head_end + length {
        return None;
    }
    let body = octets[head_end..head_end + length].to_vec();
    octets.drain(..head_end + length);
    Some((status, body))
}
