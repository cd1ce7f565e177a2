//! An ME engine with a store in memory and no sockets.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use mss_core::{
    ApId, ApPassword, ApTransId, Entropy, Fault, FaultCode, MeshMember, Msisdn, Network, NetworkRole,
    NodeName, RoleIdentity, Timestamp,
    engine::{Engine, WaiterId},
    message::{ApInfo, Instant, MobileUser, MsspInfo},
    registration::*,
};
use role_me::*;

pub const START: Timestamp = Timestamp::from_secs(1_700_000_000);
pub const NUMBER: &str = "+358401234567";

pub struct Counter(pub u64);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for octet in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *octet = self.0.to_be_bytes()[0];
        }
    }
}

/// What is durable.
#[derive(Default, Clone)]
pub struct Model {
    pub rows: BTreeMap<u64, RegistrationRow>,
    pub audit: Vec<AuditRecord>,
    pub broken: bool,
}

impl Model {
    fn apply(&mut self, commit: MeCommit) {
        for row in commit.rows {
            let before = self.rows.get(&row.row).map_or(0, |row| row.version);
            assert_eq!(row.version, before + 1, "versions follow each other");
            let was_running = self.rows.get(&row.row).is_none_or(|row| row.step().is_some());
            assert!(was_running, "a registration ended twice");
            self.rows.insert(row.row, row);
        }
        self.audit.extend(commit.audit);
    }
}

struct ModelReader(Arc<Mutex<Model>>);

impl MeReader for ModelReader {
    fn latest(&self, msisdn: &Msisdn) -> Result<Option<RegistrationRow>, ReadError> {
        let model = self.0.lock().unwrap();
        if model.broken {
            return Err(ReadError("disk".into()));
        }
        Ok(model.rows.values().rfind(|row| row.person.msisdn == *msisdn).cloned())
    }
}

/// Takes a path whose first certificate is the key itself.
struct Echo;

impl CertificateCheck for Echo {
    fn check(
        &self,
        path: &[Vec<u8>],
        expected: &ExpectedCertificate<'_>,
        _: Timestamp,
    ) -> Result<(), String> {
        let right = path.first().is_some_and(|leaf| leaf == expected.public_key);
        if right { Ok(()) } else { Err("another key".into()) }
    }
}

pub type Answer = Result<Box<RegistrationResp>, Fault>;

pub struct World {
    pub engine: MeEngine,
    pub store: Arc<Mutex<Model>>,
    pub now: Timestamp,
    pub entropy: Counter,
    pub answers: Vec<(WaiterId, Answer)>,
    /// What was ordered and has not been answered yet.
    pub at_home: Vec<OrderAtHome>,
    pub at_ca: Vec<CertificateOrder>,
    /// AP_TransID and operation of every order to the home, in order, repeats included.
    pub ordered: Vec<(String, String)>,
    next_waiter: u64,
}

fn parts(store: &Arc<Mutex<Model>>) -> MeParts {
    let name = |text: &str| NodeName::parse(text).unwrap();
    let home_of = move |number: &Msisdn| match number.digits().starts_with("358") {
        true => Ok(name("home-1")),
        false => Err(Fault::new(FaultCode::UNKNOWN_CLIENT, "no home")),
    };
    let me = ApId::parse("http://me").unwrap();
    MeParts {
        config: MeConfig::new(me, MeshMember::from_uri("http://me"), name("home-0")),
        homes: Box::new(home_of),
        reader: Box::new(ModelReader(Arc::clone(store))),
        certificates: Box::new(Echo),
    }
}

impl World {
    pub fn new() -> Self {
        let store = Arc::new(Mutex::new(Model::default()));
        let mut entropy = Counter(1);
        let (engine, _) =
            MeEngine::resume(parts(&store), ResumeState::default(), START, &mut entropy).unwrap();
        Self {
            engine,
            store,
            now: START,
            entropy,
            answers: vec![],
            at_home: vec![],
            at_ca: vec![],
            ordered: vec![],
            next_waiter: 0,
        }
    }

    pub fn turn(&mut self, inputs: Vec<MeInput>) {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        self.settle(turn.commit, turn.outputs);
    }

    fn settle(&mut self, commit: MeCommit, outputs: Vec<MeOutput>) {
        self.store.lock().unwrap().apply(commit);
        for output in outputs {
            match output {
                MeOutput::Answer { waiter, answer } => {
                    assert!(self.answers.iter().all(|(other, _)| *other != waiter), "answered twice");
                    self.answers.push((waiter, answer));
                }
                MeOutput::OrderAtHome(order) => {
                    let operation = order.request.operations.first().unwrap().name.clone();
                    self.ordered.push((order.request.ap_info.ap_trans_id.as_str().to_owned(), operation));
                    self.at_home.push(*order);
                }
                MeOutput::OrderCertificate(order) => self.at_ca.push(*order),
                MeOutput::Notice(notice) => assert!(!notice.event.to_string().is_empty()),
            }
        }
    }

    pub fn pass(&mut self, time: Duration) {
        let until = self.now.plus(time);
        while let Some(wake) = self.engine.next_wake().filter(|wake| *wake <= until) {
            self.now = self.now.max(wake);
            self.turn(vec![]);
        }
        self.now = until;
        self.turn(vec![]);
    }

    pub fn restart(&mut self) {
        let state = {
            let model = self.store.lock().unwrap();
            ResumeState {
                running: model.rows.values().filter(|row| row.step().is_some()).cloned().collect(),
                last_row: model.rows.keys().next_back().copied().unwrap_or(0),
                last_commit: model.audit.last().map(|record| record.at),
            }
        };
        let (engine, turn) =
            MeEngine::resume(parts(&self.store), state, self.now, &mut self.entropy).unwrap();
        self.engine = engine;
        self.at_home.clear();
        self.at_ca.clear();
        self.settle(turn.commit, turn.outputs);
    }

    pub fn ask_as(&mut self, who: &str, request: RegistrationReq) -> WaiterId {
        let name = NodeName::parse(who).unwrap();
        let identity = RoleIdentity { network: Network::Me, role: NetworkRole::Operator, name: name.clone() };
        let operator = authenticate(&[name], &identity).unwrap();
        self.next_waiter += 1;
        let waiter = WaiterId(self.next_waiter);
        self.turn(vec![MeInput::RegistrationAsked { waiter, operator, request: Box::new(request) }]);
        waiter
    }

    pub fn ask(&mut self, request: RegistrationReq) -> WaiterId {
        self.ask_as("ra", request)
    }

    /// `-` while it waits, a status, or a fault's code.
    pub fn code(&self, waiter: WaiterId) -> String {
        match self.answers.iter().find(|(id, _)| *id == waiter) {
            None => "-".into(),
            Some((_, Ok(resp))) => resp.status.0.to_string(),
            Some((_, Err(fault))) => fault.code.0.to_string(),
        }
    }

    pub fn output(&self, waiter: WaiterId, name: &str) -> Option<String> {
        let (_, answer) = self.answers.iter().find(|(id, _)| *id == waiter)?;
        let output = answer.as_ref().ok()?.outputs.first()?;
        output.parameters.iter().find(|p| p.name == name).map(|p| p.value.clone())
    }

    /// The home does what was ordered first.
    pub fn home_does(&mut self) {
        let order = self.at_home.remove(0);
        let operation = order.request.operations.first().unwrap();
        let parameters = match operation.name.as_str() {
            operation::GENERATE_KEY => vec![parameter("PublicKey", KEY_BASE64)],
            operation::IMPORT_CARDS => vec![parameter("Imported", "3")],
            _ => vec![],
        };
        let outcome = Ok(vec![MregOutput { name: operation.name.clone(), parameters }]);
        self.turn(vec![MeInput::HomeAnswered { row: order.row, attempt: order.attempt, outcome }]);
    }

    pub fn home_refuses(&mut self, code: u16) {
        let order = self.at_home.remove(0);
        let outcome = Err(Fault::new(FaultCode(code), "of the home"));
        self.turn(vec![MeInput::HomeAnswered { row: order.row, attempt: order.attempt, outcome }]);
    }

    pub fn home_is_away(&mut self) {
        let order = self.at_home.remove(0);
        let kind = HomeTrouble::Unreachable;
        self.turn(vec![MeInput::HomeTrouble { row: order.row, attempt: order.attempt, kind }]);
    }

    pub fn ca_does(&mut self) {
        let order = self.at_ca.remove(0);
        let path = vec![order.public_key, vec![0x30]];
        self.turn(vec![MeInput::CertificateIssued { row: order.row, attempt: order.attempt, path }]);
    }

    /// Whoever is asked does what is asked, until nothing is left to do.
    pub fn everybody_works(&mut self) {
        while !(self.at_home.is_empty() && self.at_ca.is_empty()) {
            if self.at_ca.is_empty() { self.home_does() } else { self.ca_does() }
        }
    }

    pub fn row(&self, row: u64) -> RegistrationRow {
        self.store.lock().unwrap().rows.get(&row).cloned().unwrap()
    }
}

/// The base point of P-256, which is as good a public key as any.
pub const KEY_BASE64: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n\
    60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

pub fn parameter(name: &str, value: &str) -> MregParameter {
    MregParameter { name: name.into(), value: value.into() }
}

pub fn request(trans_id: &str, name: &str, parameters: Vec<MregParameter>) -> RegistrationReq {
    RegistrationReq {
        ap_info: ApInfo {
            ap_id: ApId::parse("http://operator").unwrap(),
            ap_trans_id: ApTransId::parse(trans_id).unwrap(),
            ap_pwd: ApPassword::default(),
            instant: Instant::from(START),
            ap_url: None,
        },
        mssp_info: MsspInfo::default(),
        target: MobileUser::default(),
        operations: vec![MregOperation {
            kind: MregKind::Provisioning,
            name: name.into(),
            namespace: Some(NAMESPACE.into()),
            parameters,
        }],
    }
}

pub fn register(trans_id: &str) -> RegistrationReq {
    request(trans_id, operation::REGISTER_USER, person())
}

pub fn person() -> Vec<MregParameter> {
    vec![
        parameter("MSISDN", NUMBER),
        parameter("ICCID", "8935801234567890123"),
        parameter("GivenName", "Väinö"),
        parameter("SurName", "Ääri"),
        parameter("SerialNumber", "FI-0123456789ABCDEF"),
    ]
}
