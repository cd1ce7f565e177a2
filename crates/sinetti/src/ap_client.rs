//! What an Application Provider does: build a request, post it over mutual TLS, read the answer, verify the signature.
use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApId, ApPassword, ApTransId, Entropy, Fault, MeshMember, Msisdn, MsspTransId, SignatureFormat,
    SignatureProfile, StatusCode,
    message::{
        ApInfo, DataToBeSigned, MessagingMode, MobileUser, MsspInfo, SignatureReq, SignatureResp,
        StatusQuery, StatusResp,
    },
};
use mss_net::{
    http_client::{Pool, Target},
    tls::{Identity, Roots, client_config},
};
use mss_pki::{Certificate, cms, pem};
use mss_wire::{Envelope, Limits, Response};

use crate::{
    command_error::CommandError,
    system::{SystemEntropy, now},
};

/// Where an AE is and who asks it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct ApAccess {
    /// `https://host:port/path`.
    pub endpoint: String,
    /// Our AP_ID.
    pub ap_id: String,
    /// Client certificate, PEM.
    pub certificate: std::path::PathBuf,
    /// Its key, PEM, mode 0600.
    pub key: std::path::PathBuf,
    /// Root of the AE's server certificate, PEM.
    pub ca: std::path::PathBuf,
}

/// A connection pool towards one AE.
#[derive(Clone)]
pub(crate) struct ApClient {
    pool: Pool,
    path: String,
    ap_id: ApId,
}

/// What came back to a request, with both messages as they were on the wire.
pub(crate) struct Exchange<T> {
    /// The request's octets.
    pub request: Vec<u8>,
    /// The answer's octets.
    pub response: Vec<u8>,
    /// The answer, or the fault that the AE answered.
    pub answer: Result<T, Fault>,
}

/// What shall be signed.
pub(crate) struct Order<'a> {
    pub msisdn: &'a Msisdn,
    pub content: OrderContent<'a>,
    pub displayed: Option<&'a str>,
    pub profile: SignatureProfile,
    pub mode: MessagingMode,
    pub timeout_s: u32,
}

/// A text or a SHA-256 digest.
#[derive(Clone, Copy)]
pub(crate) enum OrderContent<'a> {
    Text(&'a str),
    Sha256(&'a [u8; 32]),
}

const ANSWER_MAX: usize = 1024 * 1024;

impl ApClient {
    pub(crate) fn new(access: &ApAccess, connections: usize) -> Result<Self, CommandError> {
        let identity = Identity::load(&access.certificate, &access.key)?;
        let tls = client_config(Some(&identity), &Roots::load(&access.ca)?)?;
        let url: http::Uri = access.endpoint.parse()?;
        let host = url.host().ok_or("the endpoint has no host")?;
        if url.scheme_str() != Some("https") {
            return Err("the endpoint must begin with https://".into());
        }
        let address = format!("{host}:{}", url.port_u16().unwrap_or(443));
        let pool =
            Pool::new(tls, Target::new(address, host.trim_matches(['[', ']']))?, connections, ANSWER_MAX);
        Ok(Self { pool, path: url.path().to_owned(), ap_id: ApId::parse(&access.ap_id)? })
    }

    /// The request for an order.
    pub(crate) fn request(&self, order: &Order<'_>) -> Result<SignatureReq, Fault> {
        let (mime_type, encoding, text) = match order.content {
            OrderContent::Text(text) => ("text/plain", "UTF-8", text.to_owned()),
            OrderContent::Sha256(digest) => ("application/x-sha256", "base64", STANDARD.encode(digest)),
        };
        let text_of = |mime_type: &str, encoding: &str, text: String| DataToBeSigned {
            mime_type: Some(mime_type.into()),
            encoding: Some(encoding.into()),
            text,
        };
        Ok(SignatureReq {
            version: (1, 1),
            ap_info: self.ap_info()?,
            mssp_info: mssp_info(),
            mobile_user: MobileUser::from_msisdn(order.msisdn.clone()),
            dtbs: text_of(mime_type, encoding, text),
            dtbd: order.displayed.map(|text| text_of("text/plain", "UTF-8", text.to_owned())),
            profile_uri: Some(order.profile.uri().into()),
            services: Vec::new(),
            format_uri: Some(SignatureFormat::PKCS7_URI.into()),
            has_key_reference: false,
            profile_comparison: None,
            validity_date: None,
            timeout_s: Some(order.timeout_s),
            mode: order.mode,
            roaming: Vec::new(),
        })
    }

    /// Sends a signature request and waits at most `within` for its answer.
    pub(crate) async fn sign(
        &self,
        request: &SignatureReq,
        within: Duration,
    ) -> Result<Exchange<SignatureResp>, CommandError> {
        let octets = mss_wire::encode_request(request, &Envelope::SHAPE_A);
        self.exchange(octets, within, |response| match response {
            Response::Signature(answer) => Some(answer),
            _ => None,
        })
        .await
    }

    /// Asks how a transaction stands.
    pub(crate) async fn status(
        &self,
        transaction: &MsspTransId,
    ) -> Result<Exchange<StatusResp>, CommandError> {
        let query = StatusQuery {
            version: (1, 1),
            ap_info: self.ap_info()?,
            mssp_info: mssp_info(),
            mssp_trans_id: transaction.clone(),
        };
        let octets = mss_wire::encode_request(&query, &Envelope::SHAPE_A);
        self.exchange(octets, Duration::from_secs(30), |response| match response {
            Response::Status(answer) => Some(answer),
            _ => None,
        })
        .await
    }

    /// Handshakes made so far.
    pub(crate) fn handshakes(&self) -> u64 {
        self.pool.connections_opened()
    }

    async fn exchange<T>(
        &self,
        request: Vec<u8>,
        within: Duration,
        pick: impl FnOnce(Response) -> Option<T>,
    ) -> Result<Exchange<T>, CommandError> {
        let content_type = mss_wire::http::content_type(Envelope::SHAPE_A.soap);
        let answer = self.pool.post(&self.path, content_type, request.clone(), within).await?;
        let response = answer.body.to_vec();
        let limits = Limits { max_octets: ANSWER_MAX, ..Limits::default() };
        let answer = match mss_wire::decode_response(&response, limits)? {
            Response::Fault(fault) => Err(fault),
            other => Ok(pick(other).ok_or("the AE answered with another message than was asked for")?),
        };
        Ok(Exchange { request, response, answer })
    }

    fn ap_info(&self) -> Result<ApInfo, Fault> {
        Ok(ApInfo {
            ap_id: self.ap_id.clone(),
            ap_trans_id: ApTransId::parse(&format!("A{:016x}", SystemEntropy.next_u64()))?,
            ap_pwd: ApPassword::default(),
            instant: now().into(),
            ap_url: None,
        })
    }
}

fn mssp_info() -> MsspInfo {
    MsspInfo { mssp_id: MeshMember::default(), instant: None }
}

/// Whether a status says that a signature was made.
pub(crate) fn is_signed(status: StatusCode) -> bool {
    status == StatusCode::SIGNATURE || status == StatusCode::VALID_SIGNATURE
}

/// Verifies a signature against the roots in a PEM file; `detached` is the document of a digest signature.
pub(crate) fn verify(
    signature: &[u8],
    roots: &Path,
    detached: Option<&[u8]>,
) -> Result<cms::SignatureReport, CommandError> {
    let text = std::fs::read_to_string(roots).map_err(|error| format!("{}: {error}", roots.display()))?;
    let roots = pem::decode_all("CERTIFICATE", &text)?;
    let roots = roots.iter().map(|der| Certificate::parse(der)).collect::<Result<Vec<_>, _>>()?;
    Ok(cms::verify(signature, &roots, detached, now())?)
}
