use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_ota::{
    osap::{Answer, Message},
    packet::Rsc,
};
use mss_core::{
    ApId, ApPassword, ApTransId, Entropy, Fault, MeshMember, Msisdn, MsspTransId, NodeName, Operation,
    SignatureProfile, Timestamp,
    engine::{Engine, Turn, WaiterId},
    message::{
        ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo, ProfileQuery, RoamingEntry,
        SignatureReq, StatusQuery,
    },
    registration::{
        self, MregKind, MregOperation, MregParameter, RegistrationReq, RegistrationResp, operation,
    },
};
use mss_pki::{
    Certificate, NodeKey, PublicKey, Signer,
    certificate::Validity,
    cms,
    issuance::{Authority, Issuer, Name, Profile, Template, issue, self_sign},
    sha256,
};

use super::{fake_card::FakeCard, model_store::ModelStore};
use crate::{
    ApGrants, CardId, Check, Commit, Delivery, EngineConfig, HomeAnswer, HomeEngine, HomeInput, HomeOutput,
    Iccid, ImportedCard, Limits, Odd, PinPolicy, RowId, SendToCard, SignatureAnswer, Submission,
};

/// Chance that repeats.
pub(super) struct Counting(pub(super) u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&sha256(&self.0.to_be_bytes())[..chunk.len()]);
        }
    }
}

/// What is on its way between the engine, the short-message centre and the workers.
pub(super) enum Pending {
    ToCard(SendToCard),
    Submitted(u64, Submission),
    Report {
        card: CardId,
        counter: u64,
        rsc: Rsc,
    },
    /// Kept by the short-message centre until it is acknowledged.
    FromCard {
        card: CardId,
        counter: u64,
        message: Message<Answer>,
    },
    Check(RowId, Check),
}

/// An answer of a card that the short-message centre still has.
type Kept = (CardId, u64, Message<Answer>);

pub(super) struct World {
    pub(super) store: ModelStore,
    pub(super) engine: HomeEngine,
    pub(super) config: EngineConfig,
    pub(super) now: Timestamp,
    pub(super) entropy: Counting,
    pub(super) cards: BTreeMap<CardId, FakeCard>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) unacknowledged: BTreeMap<u64, Kept>,
    /// Not taken; the short-message centre will bring them again.
    pub(super) declined: Vec<Kept>,
    pub(super) answers: BTreeMap<WaiterId, Result<HomeAnswer, Fault>>,
    pub(super) notices: Vec<Odd>,
    /// The trace of the last of them.
    pub(super) last_trace: Option<std::sync::Arc<str>>,
    pub(super) sent: Vec<SendToCard>,
    payloads: BTreeMap<(CardId, u64), Vec<u8>>,
    next_waiter: u64,
    next_reply: u64,
    users_ca: UsersCa,
}

pub(super) const AE: &str = "ae.example";
pub(super) const AP: &str = "http://ae.example/bank";
const START: i64 = 1_800_000_000;

pub(super) fn node(name: &str) -> NodeName {
    NodeName::parse(name).unwrap()
}

pub(super) fn number(n: u64) -> Msisdn {
    Msisdn::parse(&format!("+3584012{n:05}")).unwrap()
}

pub(super) fn iccid(n: u64) -> String {
    format!("8935801{n:012}")
}

impl World {
    /// Nobody is known yet; the link is up.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let grants = ApGrants { prefixes: vec!["http://ae.example/".into()], ..ApGrants::default() };
        let mut config = EngineConfig {
            node_uri: "http://home.example".into(),
            grants: [(node(AE), grants.clone()), (node("other.example"), grants)].into(),
            delivery: Delivery::REPORT_ALWAYS,
            limits: Limits::default(),
            pin_policy: PinPolicy::default(),
        };
        change(&mut config);
        let store = ModelStore::default();
        let now = Timestamp::from_secs(START);
        let mut entropy = Counting(1);
        let users_ca = UsersCa::new(now, &mut entropy);
        let (engine, first) =
            HomeEngine::resume(config.clone(), Box::new(store.clone()), now, &mut entropy).unwrap();
        assert!(mss_core::engine::Commit::is_empty(&first.commit));
        let mut world = Self {
            store,
            engine,
            config,
            now,
            entropy,
            cards: BTreeMap::new(),
            pending: VecDeque::new(),
            unacknowledged: BTreeMap::new(),
            declined: Vec::new(),
            answers: BTreeMap::new(),
            notices: Vec::new(),
            last_trace: None,
            sent: Vec::new(),
            payloads: BTreeMap::new(),
            next_waiter: 0,
            next_reply: 0,
            users_ca,
        };
        world.turn(vec![HomeInput::link(true)]);
        world
    }

    /// With this many enrolled people, numbered from 1.
    pub(super) fn with_people(people: u64) -> Self {
        Self::with_people_and(people, |_| {})
    }

    pub(super) fn with_people_and(people: u64, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut world = Self::with(change);
        for person in 1..=people {
            world.enrol(person);
        }
        world.notices.clear();
        world.sent.clear();
        world
    }

    pub(super) fn turn(&mut self, inputs: Vec<HomeInput>) {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        self.settle(turn);
    }

    pub(super) fn settle(&mut self, turn: Turn<Commit, HomeOutput>) {
        if !mss_core::engine::Commit::is_empty(&turn.commit) {
            self.store.commit(turn.commit);
        }
        for output in turn.outputs {
            match output {
                HomeOutput::Answer { waiter, answer } => {
                    assert!(self.answers.insert(waiter, answer).is_none(), "one answer for each waiter");
                }
                HomeOutput::SendToCard(send) => {
                    let card = send.card.id;
                    assert!(send.counter < self.store.tables().cards[&card].next_counter, "reserved first");
                    let twice = self.payloads.insert((card, send.counter), send.message.clone());
                    assert!(twice.is_none(), "counter {} of card {} twice", send.counter, card.0);
                    self.sent.push(send.clone());
                    self.pending.push_back(Pending::ToCard(send));
                }
                HomeOutput::Check { row, check } => self.pending.push_back(Pending::Check(row, check)),
                HomeOutput::Acknowledge(reply) => drop(self.unacknowledged.remove(&reply)),
                HomeOutput::Decline(reply) => {
                    let kept = self.unacknowledged.remove(&reply);
                    self.declined.extend(kept);
                }
                HomeOutput::Notice(notice) => {
                    self.notices.push(notice.what);
                    self.last_trace = notice.trace;
                }
            }
        }
    }

    /// The first thing on its way arrives. False when nothing is.
    pub(super) fn pump(&mut self) -> bool {
        let Some(first) = self.pending.pop_front() else { return false };
        self.arrive(first);
        true
    }

    pub(super) fn arrive(&mut self, pending: Pending) {
        match pending {
            Pending::ToCard(send) => {
                if let Some(name) = send.send {
                    self.pending.push_back(Pending::Submitted(name, Submission::Accepted));
                }
                let id = send.card.id;
                let (rsc, answer) = self.cards.get_mut(&id).unwrap().receive(send.counter, &send.message);
                self.pending.push_back(Pending::Report { card: id, counter: send.counter, rsc });
                if let Some((counter, message)) = answer {
                    self.pending.push_back(Pending::FromCard { card: id, counter, message });
                }
            }
            Pending::Submitted(name, submission) => self.turn(vec![HomeInput::submitted(name, submission)]),
            Pending::Report { card, counter, rsc } => {
                let reply = self.reply();
                self.turn(vec![HomeInput::report(card, counter, rsc, true, reply)]);
            }
            Pending::FromCard { card, counter, message } => {
                let reply = self.reply();
                self.unacknowledged.insert(reply, (card, counter, message.clone()));
                self.turn(vec![HomeInput::answer(card, counter, message, reply)]);
            }
            Pending::Check(row, check) => {
                let result = check.run();
                self.turn(vec![HomeInput::Checked { row, result }]);
            }
        }
    }

    pub(super) fn reply(&mut self) -> u64 {
        self.next_reply += 1;
        self.next_reply
    }

    /// Until nothing is on its way.
    pub(super) fn run(&mut self) {
        while self.pump() {}
    }

    /// Time passes; the engine has every turn it wants, and everything arrives at once.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.plus(time);
        while let Some(wake) = self.engine.next_wake().filter(|wake| *wake <= end) {
            self.now = self.now.max(wake);
            self.turn(vec![]);
            self.run();
        }
        self.now = end;
        self.turn(vec![]);
        self.run();
    }

    /// kill -9 and a new start: what was in memory is gone, what was not acknowledged is delivered again.
    pub(super) fn crash(&mut self) {
        self.pending.retain(|pending| matches!(pending, Pending::FromCard { .. }));
        for (card, counter, message) in std::mem::take(&mut self.unacknowledged).into_values() {
            self.pending.push_back(Pending::FromCard { card, counter, message });
        }
        let reader = Box::new(self.store.clone());
        let (engine, first) =
            HomeEngine::resume(self.config.clone(), reader, self.now, &mut self.entropy).unwrap();
        self.engine = engine;
        self.settle(first);
        self.turn(vec![HomeInput::link(true)]);
    }

    pub(super) fn waiter(&mut self) -> WaiterId {
        self.next_waiter += 1;
        WaiterId(self.next_waiter)
    }

    /// Asks as the AE does; the answer comes when it comes.
    pub(super) fn ask(&mut self, request: SignatureReq) -> WaiterId {
        self.ask_as(AE, request)
    }

    pub(super) fn ask_as(&mut self, ae: &str, request: SignatureReq) -> WaiterId {
        let waiter = self.waiter();
        self.turn(vec![HomeInput::SignatureRequested { waiter, ae: node(ae), request: Box::new(request) }]);
        waiter
    }

    pub(super) fn signature(&mut self, waiter: WaiterId) -> SignatureAnswer {
        match self.answers.remove(&waiter) {
            Some(Ok(HomeAnswer::Signature(answer))) => *answer,
            Some(Ok(_)) => panic!("another answer"),
            Some(Err(fault)) => panic!("{fault}"),
            None => panic!("no answer"),
        }
    }

    pub(super) fn fault(&mut self, waiter: WaiterId) -> Fault {
        match self.answers.remove(&waiter) {
            Some(Err(fault)) => fault,
            Some(Ok(_)) => panic!("no fault"),
            None => panic!("no answer"),
        }
    }

    pub(super) fn status(&mut self, ae: &str, ap_id: &str, trace: &str) -> Result<(u16, bool), u16> {
        let waiter = self.waiter();
        let query = Box::new(StatusQuery {
            version: (1, 1),
            ap_info: ap_info(ap_id, "again", self.now),
            mssp_info: MsspInfo::default(),
            mssp_trans_id: MsspTransId::parse(trace).unwrap(),
        });
        self.turn(vec![HomeInput::StatusAsked { waiter, ae: node(ae), query }]);
        match self.answers.remove(&waiter).unwrap() {
            Ok(HomeAnswer::Status(answer)) => {
                let answer = answer.into_resp();
                Ok((answer.status.0, answer.signature.is_some()))
            }
            Ok(_) => panic!("another answer"),
            Err(fault) => Err(fault.code.0),
        }
    }

    pub(super) fn profile(&mut self, msisdn: Msisdn) -> Result<(Vec<String>, usize), u16> {
        let waiter = self.waiter();
        let query = Box::new(ProfileQuery {
            version: (2, 0),
            ap_info: ap_info(AP, "profile", self.now),
            mssp_info: MsspInfo::default(),
            mobile_user: MobileUser::from_msisdn(msisdn),
            with_certificates: true,
        });
        self.turn(vec![HomeInput::ProfileAsked { waiter, ae: node(AE), query }]);
        match self.answers.remove(&waiter).unwrap() {
            Ok(HomeAnswer::Profile(answer)) => Ok((answer.profile_uris, answer.certificates.len())),
            Ok(_) => panic!("another answer"),
            Err(fault) => Err(fault.code.0),
        }
    }

    /// Orders as ME does, and waits.
    pub(super) fn order(
        &mut self,
        trans_id: &str,
        name: &str,
        parameters: &[(&str, String)],
        imported: Vec<ImportedCard>,
    ) -> Result<RegistrationResp, Fault> {
        let waiter = self.start_order(trans_id, name, parameters, imported);
        self.run();
        self.outcome_of(waiter)
    }

    pub(super) fn start_order(
        &mut self,
        trans_id: &str,
        name: &str,
        parameters: &[(&str, String)],
        imported: Vec<ImportedCard>,
    ) -> WaiterId {
        let waiter = self.waiter();
        let parameter =
            |(name, value): &(&str, String)| MregParameter { name: (*name).into(), value: value.clone() };
        let request = Box::new(RegistrationReq {
            ap_info: ap_info("urn:me", trans_id, self.now),
            mssp_info: MsspInfo::default(),
            target: MobileUser::default(),
            operations: vec![MregOperation {
                kind: MregKind::Provisioning,
                name: name.into(),
                namespace: Some(registration::NAMESPACE.into()),
                parameters: parameters.iter().map(parameter).collect(),
            }],
        });
        self.turn(vec![HomeInput::RegistrationOrdered { waiter, me: node("me.example"), request, imported }]);
        waiter
    }

    pub(super) fn outcome_of(&mut self, waiter: WaiterId) -> Result<RegistrationResp, Fault> {
        match self.answers.remove(&waiter) {
            Some(Ok(HomeAnswer::Registration(answer))) => Ok(*answer),
            Some(Ok(_)) => panic!("another answer"),
            Some(Err(fault)) => Err(fault),
            None => panic!("no answer"),
        }
    }

    /// A person with a card and three active keys.
    pub(super) fn enrol(&mut self, person: u64) {
        self.import(person).unwrap();
        self.bind(person).unwrap();
        for operation in Operation::ALL {
            let public_key = self.generate(person, operation, "g").unwrap();
            self.certify(person, operation, &public_key, "c").unwrap();
        }
    }

    pub(super) fn import(&mut self, person: u64) -> Result<RegistrationResp, Fault> {
        let card = imported(person, person);
        let done = self.order(&format!("i{person}"), operation::IMPORT_CARDS, &[], vec![card])?;
        self.cards.insert(self.card_of(person), FakeCard::new(&iccid(person)));
        Ok(done)
    }

    pub(super) fn card_of(&self, person: u64) -> CardId {
        let tables = self.store.tables();
        let card = tables.cards.values().find(|card| card.address.msisdn == number(person));
        card.unwrap().address.id
    }

    pub(super) fn card(&mut self, person: u64) -> &mut FakeCard {
        let id = self.card_of(person);
        self.cards.get_mut(&id).unwrap()
    }

    pub(super) fn bind(&mut self, person: u64) -> Result<RegistrationResp, Fault> {
        let parameters = [
            ("MSISDN", number(person).international()),
            ("ICCID", iccid(person)),
            ("UserSerial", format!("FI-{person}")),
        ];
        self.order(&format!("b{person}"), operation::BIND_USER, &parameters, vec![])
    }

    pub(super) fn generate(
        &mut self,
        person: u64,
        operation: Operation,
        attempt: &str,
    ) -> Result<Vec<u8>, Fault> {
        let parameters =
            [("MSISDN", number(person).international()), ("Operation", operation.word().to_owned())];
        let trans_id = format!("{attempt}{person}-{}", operation.word());
        let done = self.order(&trans_id, operation::GENERATE_KEY, &parameters, vec![])?;
        let public_key = &done.outputs[0].parameters[0];
        assert_eq!(public_key.name, "PublicKey");
        Ok(STANDARD.decode(&public_key.value).unwrap())
    }

    pub(super) fn certify(
        &mut self,
        person: u64,
        operation: Operation,
        public_key: &[u8],
        attempt: &str,
    ) -> Result<RegistrationResp, Fault> {
        let certificate = self.certificate(person, operation, public_key, Duration::from_secs(90 * 86_400));
        self.set_certificate(person, operation, &certificate, attempt)
    }

    pub(super) fn set_certificate(
        &mut self,
        person: u64,
        operation: Operation,
        certificate: &[u8],
        attempt: &str,
    ) -> Result<RegistrationResp, Fault> {
        let parameters = [
            ("MSISDN", number(person).international()),
            ("Operation", operation.word().to_owned()),
            ("Certificate", STANDARD.encode(certificate)),
            ("Certificate", self.issuing()),
        ];
        let trans_id = format!("{attempt}{person}-{}", operation.word());
        self.order(&trans_id, operation::SET_CERTIFICATE, &parameters, vec![])
    }

    pub(super) fn certificate(
        &mut self,
        person: u64,
        operation: Operation,
        public_key: &[u8],
        life: Duration,
    ) -> Vec<u8> {
        let mut serial = [0; 16];
        self.entropy.fill(&mut serial);
        serial[0] = 1;
        let template = Template {
            profile: Profile::User(operation),
            subject: Name::person("Aino", "Virtanen", &format!("PNOFI-{person:010}")).unwrap(),
            public_key: PublicKey::from_spki(public_key).unwrap(),
            validity: Validity {
                not_before: self.now.minus(Duration::from_secs(60)),
                not_after: self.now.plus(life),
            },
            serial,
        };
        let UsersCa { key: signer, issuing: certificate, .. } = &self.users_ca;
        issue(&template, &Issuer { certificate, signer }).unwrap()
    }

    /// The issuing certificate, as orders carry it.
    pub(super) fn issuing(&self) -> String {
        STANDARD.encode(self.users_ca.issuing.der())
    }

    /// Verifies a CMS up to the users' root, as a stranger would.
    pub(super) fn verify(&self, der: &[u8], detached: Option<&[u8]>) -> Option<Vec<u8>> {
        cms::verify(der, std::slice::from_ref(&self.users_ca.root), detached, self.now).unwrap().content
    }

    pub(super) fn saw(&self, odd: &Odd) -> bool {
        self.notices.contains(odd)
    }
}

/// The users' certificate authority: a root, and the issuing one below it.
struct UsersCa {
    root: Certificate,
    key: NodeKey,
    issuing: Certificate,
}

impl UsersCa {
    fn new(now: Timestamp, entropy: &mut Counting) -> Self {
        let (root_key, key) = (NodeKey::generate(entropy).unwrap(), NodeKey::generate(entropy).unwrap());
        let template = |authority, key: &NodeKey| Template {
            profile: Profile::Authority(authority),
            subject: Name::authority("Test", authority, true).unwrap(),
            public_key: key.public_key().clone(),
            validity: Validity {
                not_before: now.minus(Duration::from_secs(86_400)),
                not_after: now.plus(Duration::from_secs(365 * 86_400)),
            },
            serial: [3; 16],
        };
        let root = self_sign(&template(Authority::UsersRoot, &root_key), &root_key).unwrap();
        let root = Certificate::parse(&root).unwrap();
        let issuer = Issuer { certificate: &root, signer: &root_key };
        let issuing = issue(&template(Authority::UsersIssuing, &key), &issuer).unwrap();
        let issuing = Certificate::parse(&issuing).unwrap();
        Self { root, key, issuing }
    }
}

pub(super) fn imported(person: u64, card: u64) -> ImportedCard {
    ImportedCard {
        iccid: Iccid::parse(&iccid(card)).unwrap(),
        msisdn: number(person),
        tar: [0xBF, 0xFF, 0x01],
        sealed_keys: vec![9; 40].into(),
    }
}

pub(super) fn ap_info(ap_id: &str, trans_id: &str, now: Timestamp) -> ApInfo {
    ApInfo {
        ap_id: ApId::parse(ap_id).unwrap(),
        ap_trans_id: ApTransId::parse(trans_id).unwrap(),
        ap_pwd: ApPassword::default(),
        instant: Instant::from(now),
        ap_url: None,
    }
}

pub(super) fn plain(text: &str) -> DataToBeSigned {
    DataToBeSigned { mime_type: Some("text/plain".into()), encoding: Some("utf-8".into()), text: text.into() }
}

/// A request as the AE sends it, with this much time.
pub(super) fn request(trace: &str, person: u64, text: &str, now: Timestamp, timeout_s: u32) -> SignatureReq {
    SignatureReq {
        version: (1, 1),
        ap_info: ap_info(AP, "T1", now),
        mssp_info: MsspInfo::default(),
        mobile_user: MobileUser::from_msisdn(number(person)),
        dtbs: plain(text),
        dtbd: None,
        profile_uri: Some(SignatureProfile { operation: Operation::Sign }.uri().into()),
        services: vec![],
        format_uri: None,
        has_key_reference: false,
        profile_comparison: None,
        validity_date: None,
        timeout_s: Some(timeout_s),
        mode: MessagingMode::Synch,
        roaming: vec![RoamingEntry {
            transaction_id: trace.into(),
            instant: now,
            timeout_s,
            sender: MeshMember::from_uri("http://ae.example"),
        }],
    }
}

/// The same for an AP's digest.
pub(super) fn digest_request(trace: &str, person: u64, document: &[u8], now: Timestamp) -> SignatureReq {
    SignatureReq {
        dtbs: DataToBeSigned {
            mime_type: Some("application/x-sha256".into()),
            encoding: Some("base64".into()),
            text: STANDARD.encode(sha256(document)),
        },
        dtbd: Some(plain("Contract 7")),
        profile_uri: Some(SignatureProfile { operation: Operation::Digest }.uri().into()),
        ..request(trace, person, "", now, 120)
    }
}

impl World {
    /// When the engine wants its next turn.
    pub(super) fn engine_wake(&self) -> Timestamp {
        self.engine.next_wake().unwrap()
    }
}
