//! The person who holds a handset: somebody at a page, or a script.

use crate::{Pin, screen::ScreenState};

/// What a person does with a handset. The page sends these for a real person, [`Person`] for a scripted one.
pub enum PersonAction {
    /// Types the PIN beneath what is shown.
    EnterPin(Pin),
    /// Chooses a new PIN, typed twice.
    ChoosePin {
        /// Typed first.
        first: Pin,
        /// Typed again.
        again: Pin,
    },
    /// Presses cancel.
    Cancel,
    /// Walks into or out of coverage.
    SetCoverage(bool),
    /// Takes or ends a call: while busy, nothing new is shown.
    SetBusy(bool),
}

/// Who holds the handset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Person {
    /// Somebody at the page.
    #[default]
    Manual,
    /// A scripted person, for benches, enrolment and tests.
    Scripted(Script),
}

/// How a scripted person answers whatever is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script {
    /// Milliseconds between seeing a screen and answering it.
    pub delay_ms: u64,
    /// What the answer is.
    pub conduct: Conduct,
    /// How many digits a new PIN gets; brought into what the card accepts.
    pub pin_length: u8,
}

/// What a scripted person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// The right PIN; a new PIN when one is asked.
    Agree,
    /// Cancel.
    Cancel,
    /// A wrong PIN so many times in each request, then the right one. A new PIN is chosen at once.
    WrongPin {
        /// How often.
        times: u8,
    },
    /// Nothing: the handset lies in a drawer.
    Never,
}

impl Script {
    /// Agrees at once, with PINs of six digits.
    pub const AGREE: Self = Self { delay_ms: 0, conduct: Conduct::Agree, pin_length: 6 };
}

impl Person {
    /// When the person will answer a screen that appeared at `shown_ms`; none when only the page can.
    pub(crate) fn answers_at(&self, shown_ms: u64) -> Option<u64> {
        match self {
            Self::Manual => None,
            Self::Scripted(Script { conduct: Conduct::Never, .. }) => None,
            Self::Scripted(script) => Some(shown_ms.saturating_add(script.delay_ms)),
        }
    }

    /// The answer to `screen`. The person remembers the card's PIN as well as the card does, also after a restart of
    /// the simulator; `wrong_so_far` counts the wrong PINs of this request.
    pub(crate) fn answer(
        &self,
        screen: &ScreenState,
        pin: Option<&Pin>,
        wrong_so_far: u8,
        entropy: &mut dyn FnMut(&mut [u8]),
    ) -> Option<PersonAction> {
        let Self::Scripted(script) = self else { return None };
        let wrong = match script.conduct {
            Conduct::Never => return None,
            Conduct::Cancel => return Some(PersonAction::Cancel),
            Conduct::WrongPin { times } => wrong_so_far < times,
            Conduct::Agree => false,
        };
        match (screen, pin) {
            (ScreenState::AskPin | ScreenState::AskPinAgain, Some(pin)) => {
                Some(PersonAction::EnterPin(if wrong { pin.mistyped() } else { pin.copy() }))
            }
            (ScreenState::ChoosePin { min, max }, _) => {
                let first = Pin::choose(script.pin_length.clamp(*min, (*max).max(*min)).into(), entropy);
                let again = first.copy();
                Some(PersonAction::ChoosePin { first, again })
            }
            _ => None,
        }
    }
}
