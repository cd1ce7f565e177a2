use std::sync::Arc;

use rustls::{ClientConfig, client::Resumption, sign::SingleCertAndKey, version::TLS13};

use super::{HTTP_1, HTTP_2, Identity, Roots, TlsError, provider};

/// What a dialler needs to open TLS. Whether it speaks HTTP/1.1 or HTTP/2 is decided by the client that uses it.
#[derive(Debug, Clone)]
pub struct ClientTls {
    pub(crate) http_1: Arc<ClientConfig>,
    pub(crate) http_2: Arc<ClientConfig>,
}

/// The configuration of a dialler: TLS 1.3, servers of these roots only; without an identity the server alone proves itself.
///
/// # Errors
/// When the library refuses it.
pub fn client_config(identity: Option<&Identity>, roots: &Roots) -> Result<ClientTls, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(Arc::clone(&roots.0));
    let mut config = match identity {
        Some(identity) => {
            let resolver = SingleCertAndKey::from(Arc::clone(&identity.certified));
            builder.with_client_cert_resolver(Arc::new(resolver))
        }
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    let with = |protocol: &[u8]| {
        let mut config = config.clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    };
    Ok(ClientTls { http_1: with(HTTP_1), http_2: with(HTTP_2) })
}
