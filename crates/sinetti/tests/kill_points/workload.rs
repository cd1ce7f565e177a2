//! What a role is doing when it is ended.
use mss_core::MsspTransId;
use serde_json::json;

use crate::{
    checks::{self, Expected},
    client::End,
    stage::Stage,
};

/// The works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// A signature from request to answer.
    Sign,
    /// The same, while the AP waits on its connection.
    SignSynch,
    /// From the request until the phone asks: counters are reserved and used. Then the role is ended once more.
    Reserve,
    /// From the PIN to the answer.
    Complete,
    /// The person refuses.
    Cancel,
    /// Three starts in a row while a transaction is open.
    Restart,
    /// An orderly end and the start after it.
    Stop,
    /// The first start, with a new store, and the first signature.
    FirstStart,
    /// A person is registered: three keys, three certificates.
    Enrol,
    /// Signatures until the log is copied back; operations on the log itself do not count.
    Checkpoint,
}

/// What a round ended with, to be checked.
pub(crate) enum Done {
    Transaction { number: String, text: String, id: MsspTransId, prompts: u64, expected: Expected },
    Registration { number: String, prompts: u64 },
    Many(Vec<Done>),
}

impl Workload {
    pub(crate) const ALL: [Self; 10] = [
        Self::Sign,
        Self::SignSynch,
        Self::Reserve,
        Self::Complete,
        Self::Cancel,
        Self::Restart,
        Self::Stop,
        Self::FirstStart,
        Self::Enrol,
        Self::Checkpoint,
    ];

    pub(crate) fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Sign
            | Self::SignSynch
            | Self::Complete
            | Self::Cancel
            | Self::Restart
            | Self::Checkpoint => &["home", "ae"],
            Self::Stop => &["home", "ae"],
            Self::Reserve => &["home"],
            Self::FirstStart => &["ae"],
            Self::Enrol => &["home", "me", "ca"],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::SignSynch => "sign-synch",
            Self::Reserve => "reserve",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
            Self::Restart => "restart",
            Self::Stop => "stop",
            Self::FirstStart => "first-start",
            Self::Enrol => "enrol",
            Self::Checkpoint => "checkpoint",
        }
    }

    /// Does the work once. `arm` is called where the counting of ordinals begins; `fired` says whether the end has come;
    /// `later` is called when the role has said something that it must not forget.
    pub(crate) fn round(
        self,
        stage: &Stage,
        role: &str,
        arm: &dyn Fn(),
        fired: &dyn Fn() -> bool,
        later: &dyn Fn(),
    ) -> Result<Done, String> {
        let (number, pin) = stage.demo.subscriber(0);
        let text = stage.text();
        let prompts = stage.told(&number, "prompts");
        let transaction = |id, expected| Done::Transaction {
            number: number.clone(),
            text: text.clone(),
            id,
            prompts,
            expected,
        };
        match self {
            Self::Sign => {
                stage.script(&number, true);
                arm();
                let id = stage.client.ask(&number, &text)?;
                later();
                let end = stage.client.end(&id)?;
                Ok(transaction(id, Expected::Same(end)))
            }
            Self::SignSynch => {
                stage.script(&number, true);
                arm();
                let (id, end) = stage.client.ask_and_wait(&number, &text)?;
                Ok(transaction(id, Expected::Same(end)))
            }
            Self::Reserve => {
                stage.script(&number, false);
                arm();
                let id = stage.client.ask(&number, &text)?;
                stage.demo.wait_asked(&number);
                let control = stage.control(role);
                control.wait_quiet();
                control.disarm();
                stage.wait_up(role);
                stage.demo.kill_and_wait(role);
                stage.demo.enter_pin(&number, &pin);
                Ok(transaction(id, Expected::Signed))
            }
            Self::Complete | Self::Cancel => {
                stage.script(&number, false);
                let id = stage.client.ask(&number, &text)?;
                stage.demo.wait_asked(&number);
                stage.control(role).wait_quiet();
                arm();
                if self == Self::Cancel {
                    stage.demo.act(&number, "cancel", &json!({}));
                    return Ok(transaction(id, Expected::Fault(401)));
                }
                stage.demo.enter_pin(&number, &pin);
                Ok(transaction(id, Expected::Signed))
            }
            Self::FirstStart => {
                stage.script(&number, true);
                // The running process keeps the store that it has open; the next one finds none.
                let data = stage.demo.folder().join(role).join("data");
                std::fs::rename(&data, data.with_extension(text[11..].trim())).unwrap();
                arm();
                stage.demo.kill_and_wait(role);
                let id = stage.client.ask(&number, &text)?;
                let end = stage.client.end(&id)?;
                Ok(transaction(id, Expected::Same(end)))
            }
            Self::Restart | Self::Stop => {
                stage.script(&number, false);
                let id = stage.client.ask(&number, &text)?;
                stage.demo.wait_asked(&number);
                stage.control(role).wait_quiet();
                arm();
                if self == Self::Stop {
                    stage.demo.end_and_wait(role, "-TERM");
                } else {
                    stage.demo.kill_and_wait(role);
                }
                let control = stage.control(role);
                control.wait_quiet();
                control.disarm();
                stage.wait_up(role);
                stage.demo.enter_pin(&number, &pin);
                Ok(transaction(id, Expected::Signed))
            }
            Self::Enrol => {
                let (number, iccid) = stage.card().ok_or("no card is left")?;
                stage.script(&number, true);
                let serial = format!("FI-KILL-{}", number.trim_start_matches('+'));
                let prompts = stage.told(&number, "prompts");
                arm();
                stage.client.register(&number, &iccid, &serial)?;
                later();
                Ok(Done::Registration { number, prompts })
            }
            Self::Checkpoint => {
                stage.script(&number, true);
                arm();
                let mut done = Vec::new();
                // A checkpoint comes after 1 000 pages: far fewer signatures.
                for _ in 0..CHECKPOINT_AFTER {
                    let (text, prompts) = (stage.text(), stage.told(&number, "prompts"));
                    let id = stage.client.ask(&number, &text)?;
                    let end = stage.client.end(&id)?;
                    let asked = stage.told(&number, "prompts") - prompts;
                    if asked != 1 {
                        return Err(format!("the person was asked {asked} times for one text"));
                    }
                    let number = number.clone();
                    let expected = Expected::Same(end);
                    done.push(Done::Transaction {
                        number,
                        text,
                        id,
                        prompts: checks::PROMPTS_CHECKED,
                        expected,
                    });
                    if fired() || stage.control(role).count() > 0 && done.len() > 1 {
                        break;
                    }
                }
                Ok(Done::Many(done))
            }
        }
    }
}

/// Signatures until a checkpoint must have come.
const CHECKPOINT_AFTER: usize = 400;

impl Done {
    /// Waits until the AP could know the end.
    pub(crate) fn settle(&self, stage: &Stage) -> Vec<String> {
        match self {
            Self::Transaction { id, .. } => stage.client.end(id).err().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Everything that must hold now.
    pub(crate) fn check(&self, stage: &Stage) -> Vec<String> {
        match self {
            Self::Many(done) => done.iter().flat_map(|done| done.check(stage)).collect(),
            Self::Registration { number, prompts } => checks::registration(stage, number, *prompts),
            Self::Transaction { number, text, id, prompts, expected } => {
                let end = match (stage.client.end(id), expected) {
                    (Err(error), _) => return vec![error],
                    (Ok(end), Expected::Same(first)) if end != *first => {
                        return vec![format!("{id} ended as {first:?} and as {end:?}")];
                    }
                    (Ok(end @ End::Signed { .. }), Expected::Signed | Expected::Same(_)) => end,
                    (Ok(end), Expected::Signed | Expected::Same(_)) => {
                        return vec![format!("{id} ended as {end:?} instead of a signature")];
                    }
                    (Ok(end @ End::Fault(code)), Expected::Fault(expected)) if code == *expected => end,
                    (Ok(end), expected) => {
                        return vec![format!("{id} ended as {end:?} instead of {expected:?}")];
                    }
                };
                checks::transaction(stage, number, text, id, *prompts, &end)
            }
        }
    }
}
