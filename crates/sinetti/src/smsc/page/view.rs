//! What the page is told of a handset, as JSON.
use serde::Serialize;
use softsim::{
    Testimony,
    screen::{Asked, Notice, Screen, ScreenState},
};

/// One phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PhoneView {
    /// `+358…`.
    pub number: String,
    /// Whose it is, when the configuration says so.
    pub name: String,
    state: &'static str,
    min: u8,
    max: u8,
    title: String,
    headline: String,
    text: String,
    kind: Option<&'static str>,
    tries_left: u8,
    deadline_ms: Option<u64>,
    notice: Option<&'static str>,
    in_coverage: bool,
    /// For tests: how often the person was asked, and counters that came with two payloads.
    prompts: u64,
    counters_reused: u64,
}

impl PhoneView {
    /// The view of one screen.
    pub(crate) fn new(number: String, name: String, screen: Screen, seen: Testimony) -> Self {
        let (state, min, max) = match screen.state {
            ScreenState::Idle => ("idle", 0, 0),
            ScreenState::Pending => ("pending", 0, 0),
            ScreenState::AskPin => ("ask_pin", 0, 0),
            ScreenState::AskPinAgain => ("ask_pin_again", 0, 0),
            ScreenState::ChoosePin { min, max } => ("choose_pin", min, max),
        };
        Self {
            number,
            name,
            state,
            min,
            max,
            title: screen.title,
            headline: screen.headline,
            text: screen.text,
            kind: screen.kind.map(kind),
            tries_left: screen.tries_left,
            deadline_ms: screen.deadline_ms,
            notice: screen.notice.map(notice),
            in_coverage: screen.in_coverage,
            prompts: seen.prompts,
            counters_reused: seen.counters_reused,
        }
    }
}

const fn kind(kind: Asked) -> &'static str {
    match kind {
        Asked::Sign => "sign",
        Asked::Authenticate => "authenticate",
        Asked::Digest => "digest",
        Asked::NewKey => "new_key",
    }
}

const fn notice(notice: Notice) -> &'static str {
    match notice {
        Notice::Signed => "signed",
        Notice::KeyMade => "key_made",
        Notice::Cancelled => "cancelled",
        Notice::Withdrawn => "withdrawn",
        Notice::Expired => "expired",
        Notice::PinBlocked => "pin_blocked",
        Notice::WrongPin => "wrong_pin",
        Notice::PinNotAccepted => "pin_not_accepted",
        Notice::CardError => "card_error",
    }
}
