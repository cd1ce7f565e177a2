//! A CA made in a folder of its own, and its two fronts without the sockets.
use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use clap::Parser;
use http::{Method, StatusCode};
use mss_core::{Network, NetworkRole, NodeName, Operation, RoleIdentity};
use mss_net::{
    Peer,
    http_server::{Request, Response},
};
use mss_pki::{Certificate, NodeKey, Signer as _, csr, path::validate, pem};
use mss_wire::ca::{
    ApiError, CertificateAnswer, CertificateOrder, EnrolRequest, EnrolResponse, EnrolmentCode, MAX_OCTETS,
    Subject,
};

use super::{Command, allowed, carrier::Engine, code, enrol_front, folder::Folder, init, me_front::MeFront};
use crate::{
    config::{self, ca::CaConfig},
    system::{SystemEntropy, now},
};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

struct Ca(std::path::PathBuf);

impl Drop for Ca {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

impl Ca {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sinetti-ca-{test}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    fn folder(&self) -> Folder {
        Folder::new(self.0.clone())
    }

    /// `sinetti ca init`; the codes as a program reads them.
    fn init(&self, codes: &[&str]) -> Result<Vec<String>, String> {
        self.init_of("Test Oy", codes)
    }

    fn init_of(&self, organization: &str, codes: &[&str]) -> Result<Vec<String>, String> {
        let data = self.0.display().to_string();
        let mut line =
            vec!["sinetti", "init", "--data", &data, "--name", "ca.test", "--organization", organization];
        line.extend(["--enrol-address", "127.0.0.1:0", "--me-address", "[::1]:0", "--me", "me.test"]);
        line.extend(codes.iter().flat_map(|code| ["--code", code]));
        let Command::Init(args) = Line::try_parse_from(line).unwrap().command else { panic!() };
        let minted = init::make(&args).map_err(|error| error.to_string())?;
        let printed: serde_json::Value = serde_json::from_str(&code::json(&minted).unwrap()).unwrap();
        let codes = printed.as_array().unwrap().iter().map(|code| code["code"].as_str().unwrap().to_owned());
        Ok(codes.collect())
    }

    fn start(&self) -> (CaConfig, Engine) {
        let config: CaConfig = config::load(&self.folder().config()).unwrap();
        let engine = super::start_engine(&config).unwrap();
        (config, engine)
    }

    fn root(&self, which: &str) -> Certificate {
        let text = fs::read_to_string(self.0.join("public").join(format!("{which}-root.pem"))).unwrap();
        Certificate::parse(&pem::decode_all(pem::CERTIFICATE, &text).unwrap()[0]).unwrap()
    }
}

fn post(path: &str, body: Vec<u8>, peer: Option<Peer>) -> Request {
    Request {
        method: Method::POST,
        uri: path.parse().unwrap(),
        headers: http::HeaderMap::new(),
        body: Ok(body.into()),
        peer: peer.map(Arc::new),
        remote: "127.0.0.1:9".parse().unwrap(),
    }
}

fn refusal(response: &Response) -> (u16, String) {
    (response.status.as_u16(), ApiError::decode(&response.body, MAX_OCTETS).unwrap().code)
}

/// Enrols with a code; the node's certificate.
async fn enrol(engine: &Engine, code: &str) -> Result<EnrolResponse, (u16, String)> {
    let identity = RoleIdentity {
        network: Network::Me,
        role: NetworkRole::Me,
        name: NodeName::parse("me.test").unwrap(),
    };
    let key = NodeKey::generate(&mut SystemEntropy).unwrap();
    let request =
        EnrolRequest { code: EnrolmentCode::new(code.into()), csr_der: csr::build(&key, &identity).unwrap() };
    let response = enrol_front::answer(engine, post("/v1/enrol", request.encode().to_vec(), None)).await;
    if response.status == StatusCode::OK {
        Ok(EnrolResponse::decode(&response.body, MAX_OCTETS).unwrap())
    } else {
        Err(refusal(&response))
    }
}

fn order(order_id: &str, surname: &str, key: &NodeKey) -> CertificateOrder {
    CertificateOrder {
        order_id: order_id.into(),
        public_key_spki: key.public_key().spki_der().to_vec(),
        operation: Operation::Sign,
        subject: Subject {
            given_name: "Väinö".into(),
            surname: surname.into(),
            serial_number: "FI-0123456789ABCDEF".into(),
            common_name: format!("Väinö {surname}"),
        },
    }
}

#[test]
fn init_makes_a_private_folder_once() {
    let ca = Ca::new("init");
    fs::create_dir(&ca.0).unwrap();
    fs::set_permissions(&ca.0, fs::Permissions::from_mode(0o755)).unwrap();
    let open = ca.init(&[]).unwrap_err();
    assert!(open.contains("others can enter"), "{open}");
    fs::remove_dir(&ca.0).unwrap();
    for wrong in ["", "a\nb", &"x".repeat(300)] {
        assert!(ca.init_of(wrong, &[]).unwrap_err().contains("--organization"), "{wrong:?}");
        assert!(!ca.0.exists());
    }
    ca.init(&["mesh:ae:ae.test"]).unwrap();
    let mode = |path: &str| fs::metadata(ca.0.join(path)).unwrap().permissions().mode() & 0o777;
    let private = ["kek", "ca.db", "ca.toml", "tls/me.key", "keys/me-root.key", "keys/users-root.key"];
    assert_eq!(mode(""), 0o700);
    assert_eq!(private.map(mode), [0o600; 6]);
    for root in ["ap", "mesh", "me", "users"] {
        let root = ca.root(root);
        assert_eq!(root.subject(), root.issuer());
        assert!(!root.is_demo());
    }
    let again = ca.init(&[]).unwrap_err();
    assert!(again.contains("has a CA already"), "{again}");
    let config: CaConfig = config::load(&ca.folder().config()).unwrap();
    assert_eq!(config.me, ["me.test"]);
    assert_eq!(config.data, ca.0.join("."));
    // The users' root may be taken away.
    fs::remove_file(ca.0.join("keys/users-root.key")).unwrap();
    ca.folder().authorities().unwrap();
    // One authority's key does not serve as another's.
    fs::copy(ca.0.join("keys/ap-root.key"), ca.0.join("keys/me-root.key")).unwrap();
    assert!(ca.folder().authorities().is_err());
}

#[test]
fn codes_are_made_while_the_ca_is_stopped() {
    let ca = Ca::new("codes");
    ca.init(&[]).unwrap();
    let config = ca.folder().config().display().to_string();
    let line = ["sinetti", "code", "--config", &config, "mesh:ae:ae.test", "ap:ae:ae.test:localhost,::1"];
    let command = || Line::try_parse_from(line).unwrap().command;
    super::run(command()).unwrap();
    let store = super::CaStore::open(&super::Location::File(ca.folder().database())).unwrap();
    let refused = super::run(command()).unwrap_err().to_string();
    assert!(refused.contains("the CA is running"), "{refused}");
    drop(store);
    super::run(command()).unwrap();
    for wrong in ["mesh:ap:x", "mesh:ae", "mesh:ae:X"] {
        assert!(Line::try_parse_from(["sinetti", "code", "--config", &config, wrong]).is_err());
    }
}

#[tokio::test]
async fn a_code_becomes_an_identity_that_may_order() {
    let ca = Ca::new("orders");
    let codes = ca.init(&["me:me:me.test", "me:operator:ra.test"]).unwrap();
    let (config, engine) = ca.start();
    let me = enrol(&engine, &codes[0]).await.unwrap();
    assert_eq!(me.roots.len(), 1);
    assert_eq!(me.roots[0].der, ca.root("me").der());
    assert_eq!(enrol(&engine, &codes[0]).await, Err((403, "code_used".into())));
    assert_eq!(enrol(&engine, &"a".repeat(52)).await, Err((403, "code_unknown".into())));
    assert_eq!(enrol(&engine, "password").await, Err((403, "code_unknown".into())));
    let operator = enrol(&engine, &codes[1]).await.unwrap();

    let front = MeFront { allowed: mss_net::AllowList::new(allowed(&config).unwrap()), engine };
    let peer = |der: &[u8]| Some(Peer::from_certificate(der).unwrap());
    let ask = async |peer: Option<Peer>, order: &CertificateOrder| {
        front.answer(post("/v1/certificates", order.encode(), peer)).await
    };
    let key = NodeKey::generate(&mut SystemEntropy).unwrap();
    let first = order("S1-sign", "Ääri", &key);
    let response = ask(peer(&me.path[0]), &first).await;
    assert_eq!(response.status, StatusCode::OK);
    let answer = CertificateAnswer::decode(&response.body, MAX_OCTETS).unwrap();
    let path: Vec<_> = answer.path.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    validate(&path.iter().collect::<Vec<_>>(), &[ca.root("users")], now()).unwrap();
    assert_eq!(path.len(), 2);

    let again = ask(peer(&me.path[0]), &first).await;
    assert_eq!(again.body, response.body);
    let other = ask(peer(&me.path[0]), &order("S1-sign", "Muu", &key)).await;
    assert_eq!(refusal(&other), (409, "order_exists".into()));
    let unprintable = ask(peer(&me.path[0]), &order("S2", "Ää\nri", &key)).await;
    assert_eq!(refusal(&unprintable), (422, "subject".into()));
    for nobody in [peer(&operator.path[0]), None] {
        assert_eq!(refusal(&ask(nobody, &first).await), (403, "not_allowed".into()));
    }
    // Taken off the list, the same connection is refused from its next request on.
    front.allowed.replace(mss_net::Allowed::default());
    assert_eq!(refusal(&ask(peer(&me.path[0]), &first).await), (403, "not_allowed".into()));
}

#[tokio::test]
async fn bad_requests_get_an_answer_of_their_own() {
    let ca = Ca::new("bad");
    let codes = ca.init(&["mesh:ae:ae.test"]).unwrap();
    let (_, engine) = ca.start();
    let answer = async |request: Request| refusal(&enrol_front::answer(&engine, request).await);
    let body = |csr_der: Vec<u8>| {
        EnrolRequest { code: EnrolmentCode::new(codes[0].clone()), csr_der }.encode().to_vec()
    };
    assert_eq!(answer(post("/v1/enrol", b"{}".to_vec(), None)).await, (400, "malformed".into()));
    assert_eq!(answer(post("/v1/enrol", body(vec![0x30; 9]), None)).await, (400, "request_refused".into()));
    assert_eq!(answer(post("/v1/certificates", vec![], None)).await, (404, "not_found".into()));
    let get = Request { method: Method::GET, ..post("/v1/enrol", vec![], None) };
    assert_eq!(answer(get).await, (405, "method".into()));
    let large = mss_net::http_server::BodyError::TooLarge;
    let large = Request { body: Err(large), ..post("/v1/enrol", vec![], None) };
    assert_eq!(answer(large).await, (413, "too_large".into()));
    assert!(enrol(&engine, &codes[0]).await.is_ok(), "none of them cost the code");
}
