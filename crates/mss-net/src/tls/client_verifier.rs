use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::{Roots, TlsError, presented, provider};
use crate::Peer;

/// Path validation as rustls does it, and then what it leaves out: rustls looks at the extended key usage only where there
/// is one and never at the key usage, so that any end-entity certificate of the CA would open the door.
#[derive(Debug)]
pub(super) struct StrictClientVerifier {
    path: Arc<dyn ClientCertVerifier>,
}

impl StrictClientVerifier {
    pub(super) fn new(roots: &Roots) -> Result<Arc<Self>, TlsError> {
        let path = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots.0), provider())
            .build()
            .map_err(|error| TlsError::Refused(error.to_string()))?;
        Ok(Arc::new(Self { path }))
    }
}

impl ClientCertVerifier for StrictClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.path.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let peer = Peer::from_certificate(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let is_fit = peer.is_fit_for_client_auth();
        presented::note(peer);
        let verified = self.path.verify_client_cert(end_entity, intermediates, now)?;
        if is_fit { Ok(verified) } else { Err(CertificateError::InvalidPurpose.into()) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.path.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.path.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.path.supported_verify_schemes()
    }
}
