use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use mss_core::{
    Entropy, Network, NodeName, Operation, Timestamp,
    engine::{Engine, WaiterId},
};
use mss_pki::{
    Certificate, NodeKey, PublicKey, SignError, Signer,
    csr::{self, CheckedRequest},
    issuance::Authority,
};
use role_ca::{
    AuditRecord, Authorities, CaAnswer, CaCommit, CaConfig, CaEngine, CaInput, CaOutput, CaParts, CaReader,
    CertificateRow, CodeHash, CodeRow, Enrolment, Founding, Issuing, Notice, OrderId, OrderedSubject,
    Purpose, ReadError, Refusal, ResumeState, UserOrder, found, mint,
};

pub(crate) const SERIAL: &str = "FI-0123456789ABCDEF";

/// Numbers that never repeat.
pub(crate) struct Counting(pub(crate) u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&mss_pki::sha256(&self.0.to_be_bytes())[..chunk.len()]);
        }
    }
}

/// A key that can be made to fail.
struct Flaky {
    key: NodeKey,
    broken: Arc<AtomicBool>,
}

impl Signer for Flaky {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        if self.broken.load(Ordering::Relaxed) { Err(SignError) } else { self.key.sign(message) }
    }
}

/// What a store remembers.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) codes: HashMap<CodeHash, CodeRow>,
    pub(crate) certificates: Vec<CertificateRow>,
    pub(crate) audit: Vec<AuditRecord>,
    pub(crate) unreadable: bool,
}

impl Memory {
    fn commit(&mut self, commit: CaCommit) {
        for code in commit.codes {
            assert!(self.codes.insert(code.hash, code).is_none(), "a code was made twice");
        }
        for used in commit.used {
            let code = self.codes.get_mut(&used.hash).unwrap();
            assert!(code.used_at.replace(used.at).is_none(), "a code was used twice");
            assert!(used.at < code.expires_at, "a code was used late");
        }
        for row in commit.certificates {
            let same_order = |other: &CertificateRow| match (&other.purpose, &row.purpose) {
                (
                    Purpose::User { me, order_id, .. },
                    Purpose::User { me: other_me, order_id: other_order, .. },
                ) => (me, order_id) == (other_me, other_order),
                _ => false,
            };
            assert!(!self.certificates.iter().any(|other| other.row == row.row || same_order(other)));
            self.certificates.push(row);
        }
        self.audit.extend(commit.audit);
    }
}

struct Reader(Arc<Mutex<Memory>>);

impl Reader {
    fn memory(&self) -> Result<std::sync::MutexGuard<'_, Memory>, ReadError> {
        let memory = self.0.lock().unwrap();
        if memory.unreadable { Err(ReadError("disk".into())) } else { Ok(memory) }
    }
}

impl CaReader for Reader {
    fn code(&self, hash: &CodeHash) -> Result<Option<CodeRow>, ReadError> {
        Ok(self.memory()?.codes.get(hash).cloned())
    }

    fn order(&self, me: &NodeName, order_id: &OrderId) -> Result<Option<CertificateRow>, ReadError> {
        let memory = self.memory()?;
        let wanted = memory.certificates.iter().find(|row| match &row.purpose {
            Purpose::User { me: other_me, order_id: other_order, .. } => {
                (me, order_id) == (other_me, other_order)
            }
            Purpose::Node(_) => false,
        });
        Ok(wanted.cloned())
    }

    fn has_certificate(&self, key: &[u8; 32]) -> Result<bool, ReadError> {
        Ok(self.memory()?.certificates.iter().any(|row| row.key.as_ref() == Some(key)))
    }
}

/// A CA with everything around it.
pub(crate) struct World {
    pub(crate) engine: CaEngine,
    pub(crate) memory: Arc<Mutex<Memory>>,
    pub(crate) now: Timestamp,
    pub(crate) roots: HashMap<Network, Certificate>,
    pub(crate) users_root: Certificate,
    pub(crate) broken: Arc<AtomicBool>,
    authorities: Authorities,
    entropy: Counting,
    waiters: u64,
}

pub(crate) type Answer = Result<CaAnswer, Refusal>;

impl World {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_millis(1_700_000_000_123);
        let mut entropy = Counting(0);
        let broken = Arc::new(AtomicBool::new(false));
        let mut make = |authority, above: Option<&Issuing>| {
            let key = NodeKey::generate(&mut entropy).unwrap();
            let signer = Arc::new(Flaky { key, broken: broken.clone() });
            let founding =
                Founding { authority, organization: "Test Oy", demo: false, signer: &*signer, above };
            let certificate = found(&founding, now, &mut entropy).unwrap();
            Issuing::new(certificate, signer).unwrap()
        };
        let users_root = make(Authority::UsersRoot, None);
        let authorities = Authorities {
            ap: make(Authority::Network(Network::Ap), None),
            mesh: make(Authority::Network(Network::Mesh), None),
            me: make(Authority::Network(Network::Me), None),
            users: make(Authority::UsersIssuing, Some(&users_root)),
        };
        let parse = |issuing: &Issuing| Certificate::parse(issuing.der()).unwrap();
        let roots =
            Network::ALL.iter().map(|network| (*network, parse(authorities.network(*network)))).collect();
        let memory = Arc::new(Mutex::new(Memory::default()));
        let engine = engine(&authorities, &memory, ResumeState::default(), now);
        let users_root = parse(&users_root);
        Self { engine, memory, now, roots, users_root, broken, authorities, entropy, waiters: 0 }
    }

    /// The process is gone and comes again.
    pub(crate) fn restart(&mut self) {
        let state = {
            let memory = self.memory.lock().unwrap();
            ResumeState {
                last_row: memory.certificates.iter().map(|row| row.row).max().unwrap_or(0),
                last_commit: memory.audit.last().map(|record| record.at),
            }
        };
        self.engine = engine(&self.authorities, &self.memory, state, self.now);
    }

    pub(crate) fn parts(&self) -> CaParts {
        parts(&self.authorities, &self.memory)
    }

    pub(crate) fn users_issuing(&self) -> Vec<u8> {
        self.authorities.users.der().to_vec()
    }

    /// Makes a code as the command line does.
    pub(crate) fn code(&mut self, spec: &str) -> CodeHash {
        let minted = mint(Enrolment::parse(spec).unwrap(), self.now, &mut self.entropy);
        let mut commit = CaCommit::default();
        commit.add_code(minted.row);
        self.memory.lock().unwrap().commit(commit);
        CodeHash::of_text(minted.text.expose()).unwrap()
    }

    pub(crate) fn key(&mut self) -> NodeKey {
        NodeKey::generate(&mut self.entropy).unwrap()
    }

    /// A request that asks for another identity than any code is for.
    pub(crate) fn request(&mut self) -> CheckedRequest {
        let key = self.key();
        let identity = Enrolment::parse("me:ca:somebody.else").unwrap().identity().clone();
        csr::parse_and_check(&csr::build(&key, &identity).unwrap()).unwrap()
    }

    pub(crate) fn redeem(&mut self, code: CodeHash) -> CaInput {
        let request = self.request();
        CaInput::Redeem { waiter: self.waiter(), code, request }
    }

    pub(crate) fn order(&mut self, me: &str, order: UserOrder) -> CaInput {
        let me = NodeName::parse(me).unwrap();
        CaInput::Order { waiter: self.waiter(), me, order: Ok(Box::new(order)) }
    }

    pub(crate) fn waiter(&mut self) -> WaiterId {
        self.waiters += 1;
        WaiterId(self.waiters)
    }

    /// One turn with its commit; answers in the order of the inputs, and what was logged.
    pub(crate) fn turn(&mut self, inputs: Vec<CaInput>) -> (Vec<Answer>, Vec<Notice>) {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        self.memory.lock().unwrap().commit(turn.commit);
        let (mut answers, mut notices) = (Vec::new(), Vec::new());
        for output in turn.outputs {
            match output {
                CaOutput::Answer { answer, .. } => answers.push(answer),
                CaOutput::Notice(notice) => notices.push(notice),
            }
        }
        (answers, notices)
    }

    pub(crate) fn one(&mut self, input: CaInput) -> Answer {
        let (mut answers, notices) = self.turn(vec![input]);
        assert_eq!((answers.len(), notices.len()), (1, 1), "one answer, one log line");
        answers.remove(0)
    }
}

fn parts(authorities: &Authorities, memory: &Arc<Mutex<Memory>>) -> CaParts {
    let reader = Box::new(Reader(memory.clone()));
    CaParts { config: CaConfig::default(), authorities: authorities.clone(), reader }
}

fn engine(
    authorities: &Authorities,
    memory: &Arc<Mutex<Memory>>,
    state: ResumeState,
    now: Timestamp,
) -> CaEngine {
    CaEngine::resume(parts(authorities, memory), state, now).unwrap()
}

/// Väinö's order for a key.
pub(crate) fn order(id: &str, operation: Operation, key: &PublicKey) -> UserOrder {
    let subject = OrderedSubject {
        given_name: "Väinö",
        surname: "Ääri",
        serial_number: SERIAL,
        common_name: "Väinö Ääri",
    };
    UserOrder::parse(OrderId::parse(id).unwrap(), key.spki_der(), operation, subject).unwrap()
}

/// The path of a person's certificate.
pub(crate) fn path(answer: Answer) -> Vec<Vec<u8>> {
    match answer.unwrap() {
        CaAnswer::Certificate { path } => path,
        other => panic!("{other:?}"),
    }
}
