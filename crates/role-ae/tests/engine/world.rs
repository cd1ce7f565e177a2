//! An AE engine with a store in memory, two APs and no sockets.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use mss_core::{
    ApId, ApPassword, ApTransId, Entropy, Fault, MeshMember, Msisdn, MsspTransId, NodeName, Timestamp,
    engine::{Commit, Engine, WaiterId},
    message::{
        ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo, SignatureReq, StatusQuery,
    },
};
use role_ae::*;

pub const START: Timestamp = Timestamp::from_secs(1_700_000_000);

/// Counts up: unpredictable enough for a test, and the same every time.
pub struct Counter(pub u64);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for octet in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *octet = self.0.to_be_bytes()[0];
        }
    }
}

/// A hash for tests: four FNV-1a lanes.
pub fn hash(octets: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (lane, chunk) in out.chunks_mut(8).enumerate() {
        let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ (lane as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for octet in octets {
            state = (state ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
        chunk.copy_from_slice(&state.to_be_bytes());
    }
    out
}

/// What is durable.
#[derive(Default, Clone)]
pub struct Model {
    pub rows: BTreeMap<u64, (Arc<TransactionRow>, Option<Arc<Outcome>>)>,
    pub audit: Vec<AuditRecord>,
    pub last_commit: Option<Timestamp>,
    pub broken: bool,
}

impl Model {
    pub fn apply(&mut self, commit: AeCommit) {
        for row in commit.accepted {
            assert!(self.rows.insert(row.row, (row, None)).is_none(), "a row number was used twice");
        }
        for end in commit.finished {
            let (_, outcome) = self.rows.get_mut(&end.row).unwrap();
            assert!(outcome.replace(end.outcome).is_none(), "a transaction ended twice");
        }
        self.last_commit = commit.audit.last().map(|record| record.at).or(self.last_commit);
        self.audit.extend(commit.audit);
    }

    pub fn resume_state(&self) -> ResumeState {
        let rows = || self.rows.values();
        ResumeState {
            open: rows()
                .filter(|(_, end)| end.is_none())
                .map(|(row, _)| TransactionRow::clone(row))
                .collect(),
            joins: rows()
                .map(|(row, _)| JoinRow { row: row.row, join_key: row.join_key, instant: row.instant.at })
                .collect(),
            last_row: self.rows.keys().next_back().copied().unwrap_or(0),
            last_commit: self.last_commit,
        }
    }
}

struct ModelReader(Arc<Mutex<Model>>);

impl AeReader for ModelReader {
    fn transaction(&self, row: u64) -> Result<Option<StoredTransaction>, ReadError> {
        let model = self.0.lock().unwrap();
        if model.broken {
            return Err(ReadError("disk".into()));
        }
        let found = model.rows.get(&row).cloned();
        Ok(found.map(|(request, outcome)| StoredTransaction { request, outcome }))
    }
}

pub type Answer = Result<AeAnswer, Fault>;

pub struct World {
    pub engine: AeEngine,
    pub store: Arc<Mutex<Model>>,
    pub now: Timestamp,
    pub config: AeConfig,
    pub directory: ApDirectory,
    pub entropy: Counter,
    /// Every answer that left, in order.
    pub answers: Vec<(WaiterId, Answer)>,
    /// What was sent to homes, in order.
    pub forwards: Vec<Forward>,
    pub questions: Vec<AskStatus>,
    pub notices: Vec<Notice>,
    /// Short words for what the last turn did.
    pub seen: Vec<String>,
    /// The process dies in the next turn: before its commit is durable, or after it and before anything left.
    pub crash: Option<Crash>,
    next_waiter: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeCommit,
    AfterCommit,
}

pub fn ap_id(name: &str) -> ApId {
    ApId::parse(&format!("http://{name}")).unwrap()
}

fn route(user: &MobileUser) -> Result<NodeName, Fault> {
    match user.msisdn.as_ref().map(Msisdn::digits) {
        Some(digits) if digits.starts_with("358") => Ok(NodeName::parse("home-1").unwrap()),
        _ => Err(Fault::new(mss_core::FaultCode::UNKNOWN_CLIENT, "no home")),
    }
}

fn parts(config: &AeConfig, store: &Arc<Mutex<Model>>) -> AeParts {
    AeParts {
        config: config.clone(),
        router: Box::new(route),
        reader: Box::new(ModelReader(Arc::clone(store))),
        hasher: hash,
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(AeConfig::new(MeshMember::from_uri("http://ae")))
    }

    pub fn with(config: AeConfig) -> Self {
        let store = Arc::new(Mutex::new(Model::default()));
        let mut entropy = Counter(1);
        let (engine, turn) =
            AeEngine::resume(parts(&config, &store), ResumeState::default(), START, &mut entropy).unwrap();
        assert!(turn.commit.is_empty() && turn.outputs.is_empty());
        let mut restricted = ApEntry::new(ap_id("authn-only"), "Authn", [3; 32]);
        restricted.profiles = vec![mss_core::SignatureProfile::DEFAULT];
        let directory = ApDirectory::new(vec![
            ApEntry::new(ap_id("bank"), "Bank", [1; 32]),
            ApEntry::new(ap_id("shop"), "Shop", [2; 32]),
            restricted,
        ])
        .unwrap();
        Self {
            engine,
            store,
            now: START,
            config,
            directory,
            entropy,
            answers: vec![],
            forwards: vec![],
            questions: vec![],
            notices: vec![],
            seen: vec![],
            crash: None,
            next_waiter: 0,
        }
    }

    pub fn ap(&self, name: &str) -> AuthenticatedAp {
        let certificate = match name {
            "bank" => 1,
            "shop" => 2,
            _ => 3,
        };
        authenticate(&self.directory, [certificate; 32], &ap_id(name)).unwrap()
    }

    pub fn waiter(&mut self) -> WaiterId {
        self.next_waiter += 1;
        WaiterId(self.next_waiter)
    }

    /// One turn: the commit becomes durable, then the outputs leave.
    pub fn turn(&mut self, inputs: Vec<AeInput>) {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        match self.crash.take() {
            None => return self.settle(turn.commit, turn.outputs),
            Some(Crash::BeforeCommit) => {}
            Some(Crash::AfterCommit) => self.store.lock().unwrap().apply(turn.commit),
        }
        self.restart();
    }

    fn settle(&mut self, commit: AeCommit, outputs: Vec<AeOutput>) {
        self.seen.clear();
        self.seen.extend(commit.accepted.iter().map(|_| "+row".to_owned()));
        self.seen.extend(commit.finished.iter().map(|_| "+end".to_owned()));
        self.seen.extend(commit.audit.iter().map(|record| format!("#{}", audit_word(record.event))));
        // As the shell does: a commit that says it is empty is not written.
        if !commit.is_empty() {
            self.store.lock().unwrap().apply(commit);
        }
        for output in outputs {
            match output {
                AeOutput::Answer { waiter, answer } => {
                    self.seen.push(format!("!{}", answer_code(&answer)));
                    self.answers.push((waiter, answer));
                }
                AeOutput::Forward(forward) => {
                    self.seen.push(">forward".into());
                    let store = self.store.lock().unwrap();
                    assert!(store.rows.contains_key(&forward.row), "nothing leaves before it is durable");
                    drop(store);
                    self.forwards.push(*forward);
                }
                AeOutput::AskStatus(ask) => {
                    self.seen.push(">ask".into());
                    self.questions.push(*ask);
                }
                AeOutput::Notice(notice) => {
                    assert!(!notice.event.to_string().is_empty());
                    self.notices.push(notice);
                }
            }
        }
    }

    /// Time passes; the engine is woken when it asks for it.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now.plus(time);
        while let Some(wake) = self.engine.next_wake().filter(|wake| *wake <= until) {
            self.now = self.now.max(wake);
            self.turn(vec![]);
        }
        self.now = until;
        self.turn(vec![]);
    }

    /// The process dies and starts again: only what is durable remains.
    pub fn restart(&mut self) {
        let state = self.store.lock().unwrap().resume_state();
        let (engine, turn) =
            AeEngine::resume(parts(&self.config, &self.store), state, self.now, &mut self.entropy).unwrap();
        self.engine = engine;
        self.settle(turn.commit, turn.outputs);
    }

    pub fn ask(&mut self, ap: &str, request: SignatureReq) -> WaiterId {
        let waiter = self.waiter();
        let ap = self.ap(ap);
        self.turn(vec![AeInput::SignatureRequested { waiter, ap, request: Box::new(request) }]);
        waiter
    }

    pub fn poll(&mut self, ap: &str, id: &MsspTransId) -> &Answer {
        let waiter = self.waiter();
        let proof = self.ap(ap);
        let query = Box::new(StatusQuery {
            version: (1, 1),
            ap_info: ap_info(ap, "poll", self.now),
            mssp_info: MsspInfo::default(),
            mssp_trans_id: id.clone(),
        });
        self.turn(vec![AeInput::StatusAsked { waiter, ap: proof, query }]);
        self.answer(waiter).unwrap()
    }

    pub fn answer(&self, waiter: WaiterId) -> Option<&Answer> {
        let mut answers = self.answers.iter().filter(|(id, _)| *id == waiter);
        let first = answers.next();
        assert!(answers.next().is_none(), "one request was answered twice");
        first.map(|(_, answer)| answer)
    }

    /// The answer's code: a status, or a fault with its sub-code after a dot.
    pub fn code(&self, waiter: WaiterId) -> String {
        self.answer(waiter).map_or_else(|| "-".into(), answer_code)
    }

    pub fn trans_id(&self, row: u64) -> MsspTransId {
        self.store.lock().unwrap().rows.get(&row).unwrap().0.trans_id.clone()
    }
}

pub fn answer_code(answer: &Answer) -> String {
    match answer {
        Ok(AeAnswer::Signature(resp)) => resp.status.0.to_string(),
        Ok(AeAnswer::Status(resp)) => resp.status.0.to_string(),
        Err(Fault { code, sub: Some(sub), .. }) => format!("{}.{sub}", code.0),
        Err(fault) => fault.code.0.to_string(),
    }
}

fn audit_word(event: AuditEvent) -> String {
    match event {
        AuditEvent::Accepted => "accepted".into(),
        AuditEvent::Refused(code, _) => format!("refused{}", code.0),
        AuditEvent::StatusRefused(code) => format!("poll{}", code.0),
        AuditEvent::Overdue => "overdue".into(),
        AuditEvent::Signed(status) => format!("signed{}", status.0),
        AuditEvent::Failed(code, _) => format!("failed{}", code.0),
    }
}

pub fn ap_info(ap: &str, trans_id: &str, at: Timestamp) -> ApInfo {
    ApInfo {
        ap_id: ap_id(ap),
        ap_trans_id: ApTransId::parse(trans_id).unwrap(),
        ap_pwd: ApPassword::new("pwd".into()),
        instant: Instant::from(at),
        ap_url: None,
    }
}

/// A request to sign a text, synch, 60 s.
pub fn request(ap: &str, trans_id: &str, at: Timestamp) -> SignatureReq {
    SignatureReq {
        version: (1, 1),
        ap_info: ap_info(ap, trans_id, at),
        mssp_info: MsspInfo::default(),
        mobile_user: MobileUser::from_msisdn(Msisdn::parse("+358401234567").unwrap()),
        dtbs: text("Pay 10 €"),
        dtbd: None,
        profile_uri: Some("mss::sign:loa4:sim".into()),
        services: vec![],
        format_uri: None,
        has_key_reference: false,
        profile_comparison: None,
        validity_date: None,
        timeout_s: Some(60),
        mode: MessagingMode::Synch,
        roaming: vec![],
    }
}

pub fn asynch(ap: &str, trans_id: &str, at: Timestamp) -> SignatureReq {
    SignatureReq { mode: MessagingMode::AsynchClientServer, ..request(ap, trans_id, at) }
}

pub fn text(text: &str) -> DataToBeSigned {
    DataToBeSigned { mime_type: Some("text/plain".into()), encoding: Some("utf-8".into()), text: text.into() }
}

pub fn signature(mark: u8) -> HomeSignature {
    HomeSignature {
        cms: vec![mark; 40],
        profile_uri: "mss::sign:loa4:sim".into(),
        status: mss_core::StatusCode::SIGNATURE,
    }
}

pub fn answered(row: u64) -> AeInput {
    AeInput::HomeAnswered { row, outcome: Ok(signature(u8::try_from(row % 251).unwrap())) }
}
