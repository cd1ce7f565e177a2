//! One walk: the engine, its store, two APs and a home that answers as it likes.
use std::{collections::BTreeMap, time::Duration};

use mss_core::{
    ApId, ApPassword, ApTransId, Fault, FaultCode, MeshMember, Msisdn, MsspTransId, NodeName,
    SignatureProfile, StatusCode, Timestamp,
    engine::{Commit as _, Engine, Turn, WaiterId},
    message::{
        ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo, SignatureReq, StatusQuery,
    },
};
use mss_pki::sha256;
use role_ae::{
    AeAnswer, AeCommit, AeConfig, AeEngine, AeInput, AeOutput, AeParts, ApDirectory, ApEntry,
    AuthenticatedAp, HomeSignature, Outcome, TroubleKind, authenticate,
};

use super::store::ModelStore;
use crate::{choices::Choices, keys::Counting};

const START: Timestamp = Timestamp::from_secs(1_700_000_000);
const APS: [&str; 2] = ["bank", "shop"];
/// Turns in which everything must have ended.
const PATIENCE: usize = 20_000;

#[derive(Clone, Copy)]
enum Crash {
    BeforeCommit,
    AfterCommit,
}

/// One request; the same fields make the same request.
#[derive(Clone)]
struct Wish {
    ap: usize,
    number: usize,
    at: Timestamp,
    timeout_s: u32,
    asynch: bool,
    text: u8,
}

pub(super) struct Walk {
    store: ModelStore,
    engine: AeEngine,
    config: AeConfig,
    directory: ApDirectory,
    now: Timestamp,
    entropy: Counting,
    wishes: Vec<Wish>,
    /// Who waits, and which AP it is.
    waiting: BTreeMap<WaiterId, usize>,
    /// The last attempt of each row that was sent to the home or asked about.
    attempts: BTreeMap<u64, u32>,
    crash: Option<Crash>,
    next_waiter: u64,
}

fn ap_id(ap: usize) -> ApId {
    ApId::parse(&format!("http://{}", APS[ap])).expect("an AP")
}

fn route(user: &MobileUser) -> Result<NodeName, Fault> {
    match user.msisdn.as_ref().map(Msisdn::digits) {
        Some(digits) if digits.starts_with("358") => Ok(NodeName::parse("home-1").expect("a name")),
        _ => Err(Fault::new(FaultCode::UNKNOWN_CLIENT, "no home")),
    }
}

fn parts(config: &AeConfig, store: &ModelStore) -> AeParts {
    AeParts {
        config: config.clone(),
        router: Box::new(route),
        reader: Box::new(store.clone()),
        hasher: sha256,
    }
}

impl Walk {
    pub(super) fn new(flags: u8) -> Self {
        let mut config = AeConfig::new(MeshMember::from_uri("http://ae"));
        if flags & 1 == 1 {
            config.recent_finals = 0;
        }
        let store = ModelStore::default();
        let mut entropy = Counting(u64::from(flags));
        let (engine, first) =
            AeEngine::resume(parts(&config, &store), store.resume_state(), START, &mut entropy)
                .expect("an empty store");
        assert!(first.commit.is_empty() && first.outputs.is_empty());
        let mut authn = ApEntry::new(ap_id(1), "Shop", [1; 32]);
        authn.profiles.retain(|profile| *profile == SignatureProfile::DEFAULT || flags & 2 == 0);
        let directory = ApDirectory::new(vec![ApEntry::new(ap_id(0), "Bank", [0; 32]), authn]);
        Self {
            store,
            engine,
            config,
            directory: directory.expect("two APs"),
            now: START,
            entropy,
            wishes: Vec::new(),
            waiting: BTreeMap::new(),
            attempts: BTreeMap::new(),
            crash: None,
            next_waiter: 0,
        }
    }

    pub(super) fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(11) {
            0 => {
                let wish = Wish {
                    ap: usize::from(choices.octet() & 1),
                    timeout_s: u32::from(choices.octet()) * 4,
                    asynch: choices.is(),
                    text: choices.octet(),
                    number: self.wishes.len(),
                    at: self.now,
                };
                self.wishes.push(wish.clone());
                self.ask(&wish);
            }
            1 => {
                if let Some(wish) = self.some_wish(choices) {
                    self.ask(&wish);
                }
            }
            // The same number for something else.
            2 => {
                if let Some(wish) = self.some_wish(choices) {
                    self.ask(&Wish { text: wish.text.wrapping_add(1), ..wish });
                }
            }
            3 => {
                let row = self.some_row(choices);
                let known = self.store.tables().rows.get(&row).map(|(row, _)| row.trans_id.clone());
                let guess = || MsspTransId::parse("S1-00000000000000000000").expect("a number");
                let asked = known.unwrap_or_else(guess);
                self.poll(usize::from(choices.octet() & 1), asked);
            }
            4 => {
                let row = self.some_row(choices);
                let outcome = home_word(choices).map(|signature| signature.unwrap_or_else(|| signed(1)));
                self.turn(vec![AeInput::HomeAnswered { row, outcome }]);
            }
            5 => {
                let row = self.some_row(choices);
                self.turn(vec![AeInput::StatusAnswered { row, outcome: home_word(choices) }]);
            }
            6 => {
                let row = self.some_row(choices);
                let kind =
                    choices.of(&[TroubleKind::Unreachable, TroubleKind::Broken, TroubleKind::TimedOut]);
                let last = self.attempts.get(&row).copied().unwrap_or(0);
                let attempt = last.saturating_sub(u32::from(choices.octet() & 1));
                self.turn(vec![AeInput::HomeTrouble { row, attempt, kind }]);
            }
            7 => {
                self.now = self.now.plus(Duration::from_millis(u64::from(choices.octet()) * 500));
                self.turn(vec![]);
            }
            8 => match choices.below(3) {
                0 => self.restart(),
                1 => self.crash = Some(Crash::BeforeCommit),
                _ => self.crash = Some(Crash::AfterCommit),
            },
            9 => {
                let waiter = WaiterId(u64::from(choices.octet()) % (self.next_waiter + 1));
                self.waiting.remove(&waiter);
                self.turn(vec![AeInput::WaiterGone { waiter }]);
            }
            _ => {
                if let Some(wake) = self.engine.next_wake() {
                    self.now = self.now.max(wake);
                    self.turn(vec![]);
                }
            }
        }
    }

    fn proof(&self, ap: usize) -> AuthenticatedAp {
        authenticate(&self.directory, [ap as u8; 32], &ap_id(ap)).expect("its own certificate")
    }

    fn waiter(&mut self, ap: usize) -> WaiterId {
        self.next_waiter += 1;
        self.waiting.insert(WaiterId(self.next_waiter), ap);
        WaiterId(self.next_waiter)
    }

    fn some_wish(&self, choices: &mut Choices<'_>) -> Option<Wish> {
        let count = self.wishes.len();
        (count > 0).then(|| self.wishes[count - 1 - usize::from(choices.octet()) % count].clone())
    }

    /// A row that is there, or one that never was.
    fn some_row(&self, choices: &mut Choices<'_>) -> u64 {
        let last = self.store.tables().rows.keys().next_back().copied().unwrap_or(0);
        (last + 1).saturating_sub(1 + u64::from(choices.octet()) % (last + 2)) + u64::from(last == 0)
    }

    fn ask(&mut self, wish: &Wish) {
        let waiter = self.waiter(wish.ap);
        let ap = self.proof(wish.ap);
        let request = Box::new(SignatureReq {
            version: (1, 1),
            ap_info: ap_info(wish.ap, &format!("T{}", wish.number), wish.at),
            mssp_info: MsspInfo::default(),
            mobile_user: MobileUser::from_msisdn(
                Msisdn::parse(if wish.text == 255 { "+491701234567" } else { "+358401234567" })
                    .expect("a number"),
            ),
            dtbs: DataToBeSigned {
                mime_type: Some("text/plain".into()),
                encoding: Some("utf-8".into()),
                text: format!("Pay {} to {}", wish.text, APS[wish.ap]),
            },
            dtbd: None,
            profile_uri: Some("mss::sign:loa4:sim".into()),
            services: vec![],
            format_uri: None,
            has_key_reference: false,
            profile_comparison: None,
            validity_date: None,
            timeout_s: Some(wish.timeout_s),
            mode: if wish.asynch { MessagingMode::AsynchClientServer } else { MessagingMode::Synch },
            roaming: vec![],
        });
        self.turn(vec![AeInput::SignatureRequested { waiter, ap, request }]);
    }

    fn poll(&mut self, ap: usize, asked: MsspTransId) {
        let waiter = self.waiter(ap);
        let proof = self.proof(ap);
        let query = Box::new(StatusQuery {
            version: (1, 1),
            ap_info: ap_info(ap, "poll", self.now),
            mssp_info: MsspInfo::default(),
            mssp_trans_id: asked.clone(),
        });
        let foreign =
            self.store.tables().rows.values().any(|(row, _)| row.trans_id == asked && row.ap_id != ap_id(ap));
        let answered = self.turn(vec![AeInput::StatusAsked { waiter, ap: proof, query }]);
        for (who, answer) in answered {
            assert!(who != waiter || !foreign || answer.is_err(), "an AP sees another's transaction");
        }
    }

    /// One turn; the answers that left.
    fn turn(&mut self, inputs: Vec<AeInput>) -> Vec<(WaiterId, Result<AeAnswer, Fault>)> {
        let turn = self.engine.turn(inputs, self.now, &mut self.entropy);
        match self.crash.take() {
            None => return self.settle(turn),
            Some(Crash::BeforeCommit) => {}
            Some(Crash::AfterCommit) => self.store.commit(turn.commit),
        }
        self.restart();
        Vec::new()
    }

    fn settle(&mut self, turn: Turn<AeCommit, AeOutput>) -> Vec<(WaiterId, Result<AeAnswer, Fault>)> {
        self.store.commit(turn.commit);
        let mut answered = Vec::new();
        for output in turn.outputs {
            match output {
                AeOutput::Answer { waiter, answer } => {
                    let ap = self.waiting.remove(&waiter).expect("one answer for each who waits");
                    self.look_at(ap, &answer);
                    answered.push((waiter, answer));
                }
                AeOutput::Forward(forward) => {
                    let tables = self.store.tables();
                    let (row, outcome) = tables.rows.get(&forward.row).expect("durable before it leaves");
                    assert!(outcome.is_none(), "sent after the end");
                    let traced = forward.request.roaming.last().map(|entry| entry.transaction_id.as_str());
                    assert_eq!(traced, Some(row.trans_id.as_str()));
                    self.attempts.insert(forward.row, forward.attempt);
                }
                AeOutput::AskStatus(ask) => {
                    assert!(self.store.tables().rows[&ask.row].1.is_none(), "asked after the end");
                    self.attempts.insert(ask.row, ask.attempt);
                }
                AeOutput::Notice(notice) => assert!(!notice.event.to_string().is_empty()),
            }
        }
        answered
    }

    /// What an AP is told is its own, and what is stored.
    fn look_at(&self, ap: usize, answer: &Result<AeAnswer, Fault>) {
        let Ok(answer) = answer else { return };
        let (info, signature) = match answer {
            AeAnswer::Signature(resp) => (&resp.ap_info, &resp.signature),
            AeAnswer::Status(resp) => (&resp.ap_info, &resp.signature),
        };
        assert_eq!(info.ap_id, ap_id(ap));
        let Some(cms) = signature else { return };
        let tables = self.store.tables();
        let own = |(row, outcome): &(_, Option<std::sync::Arc<Outcome>>)| {
            let row: &std::sync::Arc<role_ae::TransactionRow> = row;
            let signed =
                matches!(outcome.as_deref(), Some(Outcome::Signed(signature)) if signature.cms == *cms);
            row.ap_id == ap_id(ap) && signed
        };
        assert!(tables.rows.values().any(own), "a signature that is not stored, or another's");
    }

    fn restart(&mut self) {
        self.waiting.clear();
        let state = self.store.resume_state();
        let (engine, first) =
            AeEngine::resume(parts(&self.config, &self.store), state, self.now, &mut self.entropy)
                .expect("in order");
        self.engine = engine;
        self.settle(first);
    }

    /// Time passes and the home stays silent: whoever waits is told so, and the rows stay open. Then the home speaks.
    pub(super) fn end(mut self) {
        self.crash = None;
        let ended = |walk: &Self| walk.store.tables().rows.values().filter(|(_, end)| end.is_some()).count();
        let before = ended(&self);
        let end = self.now.plus(Duration::from_secs(1_200));
        for _ in 0..PATIENCE {
            let Some(wake) = self.engine.next_wake().filter(|wake| *wake <= end) else { break };
            self.now = self.now.max(wake);
            self.turn(vec![]);
            assert!(
                self.engine.next_wake().is_none_or(|wake| wake > self.now),
                "a shell would turn without end"
            );
        }
        self.now = end;
        self.turn(vec![]);
        assert!(self.waiting.is_empty(), "everybody is answered");
        assert_eq!(ended(&self), before, "only the home ends what was accepted");
        let rows: Vec<u64> = self.store.tables().rows.keys().copied().collect();
        for row in rows {
            self.turn(vec![AeInput::StatusAnswered { row, outcome: Ok(Some(signed(row as u8))) }]);
        }
        assert!(self.store.tables().rows.values().all(|(_, end)| end.is_some()), "everything ends");
        assert_eq!(self.engine.open_transactions(), 0);
        let tables = self.store.tables();
        assert!(tables.audit.len() >= 2 * tables.rows.len(), "everything is on record");
    }
}

fn ap_info(ap: usize, trans_id: &str, at: Timestamp) -> ApInfo {
    ApInfo {
        ap_id: ap_id(ap),
        ap_trans_id: ApTransId::parse(trans_id).expect("a number"),
        ap_pwd: ApPassword::new("pwd".into()),
        instant: Instant::from(at),
        ap_url: None,
    }
}

fn signed(mark: u8) -> HomeSignature {
    HomeSignature {
        cms: vec![mark; 40],
        profile_uri: "mss::sign:loa4:sim".into(),
        status: StatusCode::SIGNATURE,
    }
}

/// What a home may say, sense and nonsense.
fn home_word(choices: &mut Choices<'_>) -> Result<Option<HomeSignature>, Fault> {
    match choices.below(10) {
        0 => Ok(Some(signed(choices.octet()))),
        1 => Ok(None),
        2 => Ok(Some(HomeSignature { cms: vec![], ..signed(1) })),
        3 => Ok(Some(HomeSignature { status: StatusCode(u16::from(choices.octet()) + 400), ..signed(2) })),
        4 => Ok(Some(HomeSignature { profile_uri: String::new(), ..signed(3) })),
        5 => Err(Fault::new(FaultCode(choices.word()), "of the home")),
        6 => Err(Fault::new(FaultCode(choices.of(&[101, 104, 208, 401, 406, 780, 900])), "of the home")
            .with_sub(7)),
        7 => Err(Fault::new(FaultCode(101), "")),
        8 => Err(Fault::new(FaultCode(208), "")),
        _ => Err(Fault::new(FaultCode(900), "")),
    }
}
