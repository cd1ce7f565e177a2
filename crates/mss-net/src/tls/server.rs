use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use rustls::{
    ServerConfig, SupportedProtocolVersion,
    server::NoServerSessionStorage,
    sign::SingleCertAndKey,
    version::{TLS12, TLS13},
};

use super::{HTTP_1, HTTP_2, Identity, Roots, TlsError, client_verifier::StrictClientVerifier, provider};

/// Whether a listener asks its clients for a certificate.
#[derive(Debug, Clone, Copy)]
pub enum ClientAuth<'a> {
    /// Without a certificate of these roots, meant for TLS clients, there is no connection.
    Required(&'a Roots),
    /// Anyone may connect; enrolment, where the caller has no certificate yet.
    None,
}

/// Which TLS versions a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// TLS 1.3 only: every listener of the platform but one.
    Tls13,
    /// TLS 1.2 too, for the clients of Application Providers.
    Tls12And13,
}

/// Which HTTP versions a listener offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alpn {
    /// HTTP/1.1 (and 1.0).
    Http1,
    /// HTTP/2 only: a client that asks for nothing is refused.
    Http2,
    /// HTTP/2 where the client can, else HTTP/1.1.
    Both,
}

/// How many handshakes a listener has seen since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HandshakeCounts {
    /// Completed: the client's certificate, where required, was good.
    pub completed: u64,
    /// Refused, broken off or too slow.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Counters {
    completed: AtomicU64,
    failed: AtomicU64,
}

/// What a listener needs to end TLS. Clones share the counts.
#[derive(Debug, Clone)]
pub struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) alpn: Alpn,
    counters: Arc<Counters>,
}

impl ServerTls {
    /// Handshakes so far.
    #[must_use]
    pub fn handshakes(&self) -> HandshakeCounts {
        HandshakeCounts {
            completed: self.counters.completed.load(Relaxed),
            failed: self.counters.failed.load(Relaxed),
        }
    }

    pub(crate) fn count_handshake(&self, completed: bool) {
        let counter = if completed { &self.counters.completed } else { &self.counters.failed };
        counter.fetch_add(1, Relaxed);
    }
}

const TLS_13: &[&SupportedProtocolVersion] = &[&TLS13];
const TLS_12_AND_13: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The configuration of a listener.
///
/// # Errors
/// When the library refuses it, as with an empty set of roots.
pub fn server_config(
    identity: &Identity,
    client_auth: ClientAuth<'_>,
    versions: Versions,
    alpn: Alpn,
) -> Result<ServerTls, TlsError> {
    let versions: &[&SupportedProtocolVersion] = match versions {
        Versions::Tls13 => TLS_13,
        Versions::Tls12And13 => TLS_12_AND_13,
    };
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions)?;
    let builder = match client_auth {
        ClientAuth::Required(roots) => builder.with_client_cert_verifier(StrictClientVerifier::new(roots)?),
        ClientAuth::None => builder.with_no_client_auth(),
    };
    let resolver = SingleCertAndKey::from(Arc::clone(&identity.certified));
    let mut config = builder.with_cert_resolver(Arc::new(resolver));
    // A resumed session would be served on the word of a certificate that may have been revoked since.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.alpn_protocols = match alpn {
        Alpn::Http1 => vec![HTTP_1.to_vec()],
        Alpn::Http2 => vec![HTTP_2.to_vec()],
        Alpn::Both => vec![HTTP_2.to_vec(), HTTP_1.to_vec()],
    };
    Ok(ServerTls { config: Arc::new(config), alpn, counters: Arc::default() })
}
