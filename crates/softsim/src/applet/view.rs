use card_ota::osap::Slot;

use super::{
    Applet,
    dialogue::{Dialogue, Stage, Task},
};
use crate::screen::{Asked, Screen, ScreenState};

impl Applet {
    /// What the person can do now.
    pub(crate) fn screen_state(&self) -> ScreenState {
        let Some(dialogue) = &self.dialogue else { return ScreenState::Idle };
        match (dialogue.stage, &dialogue.task, &self.memory.pin.pin) {
            (Stage::Pending, ..) => ScreenState::Pending,
            (_, Task::GenerateKey { policy, .. }, None) => {
                ScreenState::ChoosePin { min: policy.min(), max: policy.max() }
            }
            (Stage::Shown, ..) => ScreenState::AskPin,
            (Stage::PinAgain, ..) => ScreenState::AskPinAgain,
        }
    }

    /// Changes whenever the person gets to see something new.
    pub(crate) fn screen_serial(&self) -> u32 {
        self.screen_serial
    }

    /// What is on the screen. A request that is still pending is not: it is unseen.
    pub(crate) fn screen(&self, in_coverage: bool) -> Screen {
        let shown = self.dialogue.as_ref().filter(|dialogue| dialogue.stage != Stage::Pending);
        let part =
            |of: fn(&Dialogue) -> &str| shown.map(|dialogue| of(dialogue).to_owned()).unwrap_or_default();
        Screen {
            state: self.screen_state(),
            title: part(|dialogue| &dialogue.title),
            headline: part(|dialogue| &dialogue.headline),
            text: part(|dialogue| &dialogue.text),
            kind: shown.map(|dialogue| asked(dialogue)),
            tries_left: self.memory.pin.tries_left,
            deadline_ms: self.wake_ms(),
            notice: self.notice,
            in_coverage,
            busy: !self.screen_free,
        }
    }
}

fn asked(dialogue: &Dialogue) -> Asked {
    match dialogue.task {
        Task::SignText { .. } if dialogue.slot == Slot::AUTHN => Asked::Authenticate,
        Task::SignText { .. } => Asked::Sign,
        Task::SignDigest { .. } => Asked::Digest,
        Task::GenerateKey { .. } => Asked::NewKey,
    }
}
