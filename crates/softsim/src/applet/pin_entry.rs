use card_ota::osap::CardStatus;

use super::{
    Applet, Reply,
    dialogue::{Stage, Task},
};
use crate::{
    Pin,
    screen::{Notice, ScreenState},
    surroundings::Surroundings,
};

impl Applet {
    /// The person typed the PIN. Nothing happens unless it is asked for.
    pub(crate) fn enter_pin(&mut self, typed: &Pin, around: &mut Surroundings<'_>) -> Option<Reply> {
        if !matches!(self.screen_state(), ScreenState::AskPin | ScreenState::AskPinAgain) {
            return None;
        }
        let group = &mut self.memory.pin;
        let right = group.pin.as_ref().is_some_and(|pin| pin.matches(typed));
        // A wrong try and a reset of the tries both change memory before anything leaves the card.
        let left = if right { group.tries_max } else { group.tries_left.saturating_sub(1) };
        if left != group.tries_left {
            group.tries_left = left;
            self.changed = true;
        }
        if right {
            return self.carry_out(around);
        }
        if left == 0 {
            let dialogue = self.dialogue.take()?;
            return self.fail(&dialogue, CardStatus::PIN_BLOCKED, Notice::PinBlocked);
        }
        self.dialogue.as_mut()?.stage = Stage::PinAgain;
        self.see(Some(Notice::WrongPin));
        None
    }

    /// The person chose a new PIN, typed twice. Nothing happens unless it is asked for.
    pub(crate) fn choose_pin(
        &mut self,
        first: &Pin,
        again: &Pin,
        around: &mut Surroundings<'_>,
    ) -> Option<Reply> {
        let ScreenState::ChoosePin { min, max } = self.screen_state() else { return None };
        let long_enough = (usize::from(min)..=usize::from(max)).contains(&first.length());
        if !long_enough || !first.matches(again) {
            self.see(Some(Notice::PinNotAccepted));
            return None;
        }
        let Task::GenerateKey { policy, .. } = self.dialogue.as_ref()?.task else { return None };
        let group = &mut self.memory.pin;
        group.pin = Some(first.copy());
        group.tries_max = policy.tries();
        group.tries_left = policy.tries();
        self.changed = true;
        self.carry_out(around)
    }

    /// The person pressed cancel.
    pub(crate) fn cancel(&mut self) -> Option<Reply> {
        let dialogue = self.dialogue.take_if(|dialogue| dialogue.stage != Stage::Pending)?;
        self.fail(&dialogue, CardStatus::USER_CANCELLED, Notice::Cancelled)
    }
}
