//! An Application Provider and an operator that never give up: a broken connection, and the same octets are sent again.
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use mss_core::{
    ApId, ApPassword, ApTransId, MeshMember, Msisdn, MsspTransId, Network, NetworkRole, NodeName, Operation,
    RoleIdentity, SignatureFormat, SignatureProfile, StatusCode, Timestamp,
    message::{ApInfo, DataToBeSigned, MessagingMode, MobileUser, MsspInfo, SignatureReq, StatusQuery},
    registration::{MregKind, MregOperation, MregParameter, NAMESPACE, RegistrationReq, operation},
};
use mss_net::{
    http_client::{Answer, Node, NodeError, NodeTuning, Pool, Target},
    tls::{ClientTls, Identity, Roots, client_config},
};
use mss_pki::{Certificate, cms, pem};
use mss_wire::{Envelope, Limits, Response, decode_response, encode_request};
use serde_json::Value;

use crate::demo::Demo;

/// How long anything may take before it is called stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(75);

/// How a transaction ended, as the AP is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Signed { status: u16, cms: Vec<u8> },
    Fault(u16),
}

pub(crate) struct Client {
    runtime: tokio::runtime::Runtime,
    pool: Pool,
    path: String,
    ap_id: ApId,
    me: Node,
    users_ca: PathBuf,
}

impl Client {
    pub(crate) fn new(demo: &Demo) -> Self {
        let file = demo.file();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ap = |key: &str| text(&file["ap"][key]);
        let tls = tls(ap("certificate"), ap("key"), ap("ca"));
        let endpoint: http::Uri = ap("endpoint").parse().unwrap();
        let host = endpoint.host().unwrap();
        let address = format!("{host}:{}", endpoint.port_u16().unwrap());
        let pool = Pool::new(tls, Target::new(address, host).unwrap(), 1, 1 << 20);
        let operator = demo.folder().join("operator").join("tls");
        let of = |name: &str| operator.join(name);
        let tls = tls_of(of("me.pem"), of("me.key"), of("me-roots.pem"));
        let expected = RoleIdentity {
            network: Network::Me,
            role: NetworkRole::Me,
            name: NodeName::parse("me.demo").unwrap(),
        };
        let config = std::fs::read_to_string(text(&file["configs"]["me"])).unwrap();
        let config: toml::Table = config.parse().unwrap();
        let address = config["listener"]["address"].as_str().unwrap();
        let tuning = NodeTuning { connections: 1, ..NodeTuning::default() };
        Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            pool,
            path: endpoint.path().to_owned(),
            ap_id: ApId::parse(&ap("ap_id")).unwrap(),
            me: Node::new(&tls, address, expected, tuning).unwrap(),
            users_ca: text(&file["users_ca"]).into(),
        }
    }

    /// Asks, in the mode without waiting; what it was accepted as.
    pub(crate) fn ask(&self, number: &str, text: &str) -> Result<MsspTransId, String> {
        match self.post(&self.request(number, text, MessagingMode::AsynchClientServer))? {
            Response::Signature(answer) => Ok(answer.mssp_trans_id),
            Response::Fault(fault) => Err(format!("the request was refused: {fault:?}")),
            _ => Err("another message than was asked for".into()),
        }
    }

    /// Asks and waits on the connection.
    pub(crate) fn ask_and_wait(&self, number: &str, text: &str) -> Result<(MsspTransId, End), String> {
        match self.post(&self.request(number, text, MessagingMode::Synch))? {
            Response::Signature(answer) => {
                let cms = answer.signature.ok_or("an answer without a signature")?;
                Ok((answer.mssp_trans_id, End::Signed { status: answer.status.0, cms }))
            }
            Response::Fault(fault) => Err(format!("the request was refused: {fault:?}")),
            _ => Err("another message than was asked for".into()),
        }
    }

    /// One status query; none while the transaction is outstanding.
    pub(crate) fn status(&self, transaction: &MsspTransId) -> Result<Option<End>, String> {
        let query = StatusQuery {
            version: (1, 1),
            ap_info: self.ap_info(&self.ap_id),
            mssp_info: mssp_info(),
            mssp_trans_id: transaction.clone(),
        };
        match self.post(&encode_request(&query, &Envelope::SHAPE_A))? {
            Response::Status(answer) if answer.status == StatusCode::OUTSTANDING_TRANSACTION => Ok(None),
            Response::Status(answer) => {
                let cms = answer.signature.ok_or("a final status without a signature")?;
                Ok(Some(End::Signed { status: answer.status.0, cms }))
            }
            Response::Fault(fault) => Ok(Some(End::Fault(fault.code.0))),
            _ => Err("another message than was asked for".into()),
        }
    }

    /// Polls until the end.
    pub(crate) fn end(&self, transaction: &MsspTransId) -> Result<End, String> {
        let start = Instant::now();
        loop {
            if let Some(end) = self.status(transaction)? {
                return Ok(end);
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{transaction} is stuck"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What a signature signs, when it verifies.
    pub(crate) fn signed_text(&self, cms: &[u8]) -> Result<String, String> {
        let roots =
            pem::decode_all("CERTIFICATE", &std::fs::read_to_string(&self.users_ca).unwrap()).unwrap();
        let roots: Vec<_> = roots.iter().map(|der| Certificate::parse(der).unwrap()).collect();
        let report =
            cms::verify(cms, &roots, None, now()).map_err(|error| format!("no signature: {error}"))?;
        String::from_utf8(report.content.unwrap_or_default()).map_err(|_| "no text".into())
    }

    /// Registers a person.
    pub(crate) fn register(&self, number: &str, iccid: &str, serial: &str) -> Result<(), String> {
        let parameters = [
            ("MSISDN", number),
            ("ICCID", iccid),
            ("GivenName", "Kaisa"),
            ("SurName", "Mäkinen"),
            ("SerialNumber", serial),
        ];
        self.order(number, operation::REGISTER_USER, &parameters).map(drop)
    }

    /// A person's state.
    pub(crate) fn registered(&self, number: &str) -> Result<String, String> {
        let outputs = self.order(number, operation::QUERY_USER, &[("MSISDN", number)])?;
        outputs.into_iter().find(|(name, _)| name == "State").map(|(_, value)| value).ok_or("no state".into())
    }

    fn order(
        &self,
        number: &str,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, String> {
        let parameter =
            |(name, value): &(&str, &str)| MregParameter { name: (*name).into(), value: (*value).into() };
        let request = RegistrationReq {
            ap_info: self.ap_info(&ApId::parse("urn:sinetti:operator").unwrap()),
            mssp_info: mssp_info(),
            target: MobileUser::from_msisdn(Msisdn::parse(number).unwrap()),
            operations: vec![MregOperation {
                kind: MregKind::Provisioning,
                name: name.into(),
                namespace: Some(NAMESPACE.into()),
                parameters: parameters.iter().map(parameter).collect(),
            }],
        };
        let octets = encode_request(&request, &Envelope::SHAPE_A);
        let answer = self.patiently(|| {
            self.runtime.block_on(self.me.post("/mss", content_type(), octets.clone(), PATIENCE))
        })?;
        match decode_response(&answer.body, Limits::default()).map_err(|error| error.to_string())? {
            Response::Registration(answer) => {
                let parameters = answer.outputs.into_iter().flat_map(|output| output.parameters);
                Ok(parameters.map(|parameter| (parameter.name, parameter.value)).collect())
            }
            Response::Fault(fault) => Err(format!("ME answered {fault:?}")),
            _ => Err("another message than was asked for".into()),
        }
    }

    fn request(&self, number: &str, text: &str, mode: MessagingMode) -> Vec<u8> {
        let request = SignatureReq {
            version: (1, 1),
            ap_info: self.ap_info(&self.ap_id),
            mssp_info: mssp_info(),
            mobile_user: MobileUser::from_msisdn(Msisdn::parse(number).unwrap()),
            dtbs: DataToBeSigned {
                mime_type: Some("text/plain".into()),
                encoding: Some("UTF-8".into()),
                text: text.into(),
            },
            dtbd: None,
            profile_uri: Some(SignatureProfile { operation: Operation::Sign }.uri().into()),
            services: Vec::new(),
            format_uri: Some(SignatureFormat::PKCS7_URI.into()),
            has_key_reference: false,
            profile_comparison: None,
            validity_date: None,
            timeout_s: Some(300),
            mode,
            roaming: Vec::new(),
        };
        encode_request(&request, &Envelope::SHAPE_A)
    }

    fn post(&self, octets: &[u8]) -> Result<Response, String> {
        let answer = self.patiently(|| {
            self.runtime.block_on(self.pool.post(&self.path, content_type(), octets.to_vec(), PATIENCE))
        })?;
        let limits = Limits { max_octets: 1 << 20, ..Limits::default() };
        decode_response(&answer.body, limits).map_err(|error| error.to_string())
    }

    fn patiently(&self, post: impl Fn() -> Result<Answer, NodeError>) -> Result<Answer, String> {
        let start = Instant::now();
        loop {
            match post() {
                Ok(answer) => return Ok(answer),
                Err(error) if start.elapsed() > PATIENCE => return Err(error.to_string()),
                Err(_) => std::thread::sleep(Duration::from_millis(15)),
            }
        }
    }

    fn ap_info(&self, ap_id: &ApId) -> ApInfo {
        let mut random = [0; 8];
        aws_lc_rs::rand::fill(&mut random).unwrap();
        ApInfo {
            ap_id: ap_id.clone(),
            ap_trans_id: ApTransId::parse(&format!("A{:016x}", u64::from_be_bytes(random))).unwrap(),
            ap_pwd: ApPassword::default(),
            instant: now().into(),
            ap_url: None,
        }
    }
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

fn content_type() -> &'static str {
    mss_wire::http::content_type(Envelope::SHAPE_A.soap)
}

fn mssp_info() -> MsspInfo {
    MsspInfo { mssp_id: MeshMember::default(), instant: None }
}

fn tls(certificate: String, key: String, roots: String) -> ClientTls {
    tls_of(certificate.into(), key.into(), roots.into())
}

fn tls_of(certificate: PathBuf, key: PathBuf, roots: PathBuf) -> ClientTls {
    let identity = Identity::load(&certificate, &key).unwrap();
    client_config(Some(&identity), &Roots::load(&roots).unwrap()).unwrap()
}
