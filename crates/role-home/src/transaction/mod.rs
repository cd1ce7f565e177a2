//! One open transaction as a pure step: an event and the time in, the next state and its effects out.
//!
//! It knows nothing of rows, counters, waiters and other transactions: those are the engine's.
mod answers;
mod asking;
mod delivery;
mod progress;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use card_ota::{osap::Answer, packet::Rsc};
use mss_core::{Fault, FaultCode, Timestamp};
use mss_pki::{VerifiedSignature, VerifyError};

use self::asking::Asking;
use crate::{KeyId, Limits, Odd, Opening, Outcome, Submission};

/// An open transaction.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    opening: Arc<Opening>,
    stage: Stage,
    /// Requests that may have reached the card.
    sends: u8,
    /// How many of those are of an earlier run of the process: one when it was taken up again, else none.
    earlier_sends: u8,
    /// Temporary refusals of the short-message centre in a row.
    refusals: u8,
    /// The counters were out of step once already.
    resynced: bool,
    /// Messages of this run that the card answers: requests and questions for the result.
    messages: u8,
    /// When it is asked for its result.
    asking: Asking,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing is on its way; the request goes out at this time, or when the link is back.
    Waiting {
        /// When; `None` waits for the link.
        retry_at: Option<Timestamp>,
    },
    /// The request left; no sign of life yet.
    Sent {
        /// When it goes out again; `None` when it has been sent often enough.
        resend_at: Option<Timestamp>,
    },
    /// The card has shown a sign of life: the person is being asked.
    Reached,
    /// An answer is being checked.
    Checking,
    /// Over.
    Ended(Outcome),
}

/// What can happen to it.
pub(crate) enum Event {
    /// It was opened, or taken up again after a start.
    Start,
    /// The link is back.
    LinkUp,
    /// What the short-message centre said to the request.
    Submitted(Submission),
    /// Every part of the request was delivered to the handset.
    Delivered,
    /// A part of the request will not be delivered.
    Undeliverable,
    /// A proven report on the request.
    Reported(Rsc),
    /// A proven report that the last question for the result was refused.
    QuestionRefused(Rsc),
    /// The card answered; `latest` when its answer names the last message that left.
    Answered {
        /// What it said.
        answer: Answer,
        /// Whether nothing was sent after the message that it answers.
        latest: bool,
    },
    /// A signature was checked.
    SignatureChecked(Result<Box<VerifiedSignature>, VerifyError>),
    /// Possession of a key was checked, and whether somebody else has it; the number is the new key's.
    KeyChecked(Result<KeyId, KeyRefusal>),
    /// The answer cannot be checked: what it would be checked against cannot be read.
    Uncheckable,
    /// Time has passed.
    Time,
}

/// Why a key was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// The proof does not fit, or the octets are no key.
    NotProven,
    /// Another user has it.
    OfAnother,
    /// The store could not be asked.
    Unreadable,
}

/// What a step wants done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send a message to the card, with the next counter.
    Send(Purpose),
    /// Abandon the counters at hand and reserve new ones before the next message.
    Resync {
        /// Jump ahead, because the card has seen higher ones than we know of.
        jump: bool,
    },
    /// Check a signature.
    CheckSignature([u8; 64]),
    /// Check possession of a key.
    CheckKey {
        /// The compressed point.
        point: [u8; 33],
        /// r and s.
        proof: [u8; 64],
    },
    /// Log it.
    Notice(Odd),
}

/// What a message to the card is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The request itself.
    Request,
    /// Has the card a result after all?
    GetResult,
    /// Stop asking the person.
    Cancel,
    /// The result is stored: forget it.
    Confirm,
}

/// What a step yields.
pub(crate) struct Step {
    /// The transaction afterwards.
    pub(crate) next: Transaction,
    /// What shall be done, in order.
    pub(crate) effects: Vec<Effect>,
}

/// When a step happens, and by which rules.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    /// The time.
    pub(crate) now: Timestamp,
    /// The rules.
    pub(crate) limits: &'a Limits,
    /// Whether anything can be sent.
    pub(crate) linked: bool,
}

impl Transaction {
    /// A transaction that was just opened: nothing has left.
    pub(crate) fn new(opening: Arc<Opening>) -> Self {
        let stage = Stage::Waiting { retry_at: None };
        Self {
            opening,
            stage,
            sends: 0,
            earlier_sends: 0,
            refusals: 0,
            resynced: false,
            messages: 0,
            asking: Asking::default(),
        }
    }

    /// A transaction that was read from the store: the card may know of it. It never asks the person twice.
    pub(crate) fn taken_up(opening: Arc<Opening>) -> Self {
        Self { sends: 1, earlier_sends: 1, ..Self::new(opening) }
    }

    /// One event.
    pub(crate) fn step(mut self, event: Event, moment: Moment<'_>) -> Step {
        let mut effects = Vec::new();
        if self.outcome().is_none() {
            match event {
                Event::Start => self.try_send(moment, &mut effects),
                Event::LinkUp => {
                    self.try_send(moment, &mut effects);
                    self.time(moment, &mut effects);
                }
                Event::Submitted(submission) => self.submitted(submission, moment, &mut effects),
                Event::Delivered => self.alive(moment),
                Event::Undeliverable => self.undeliverable(moment, &mut effects),
                Event::Reported(rsc) => self.reported(rsc, moment, &mut effects),
                Event::QuestionRefused(rsc) => self.question_refused(rsc, moment, &mut effects),
                Event::Answered { answer, latest } => self.answered(answer, latest, moment, &mut effects),
                Event::SignatureChecked(result) => self.signature_checked(result, &mut effects),
                Event::KeyChecked(result) => self.key_checked(result, &mut effects),
                // The card keeps its result until CONFIRM, so it can be asked for it.
                Event::Uncheckable if self.stage == Stage::Checking => {
                    self.stage = Stage::Reached;
                    self.heard(moment);
                }
                Event::Uncheckable => {}
                Event::Time => self.time(moment, &mut effects),
            }
        }
        Step { next: self, effects }
    }

    /// What was settled at the start.
    pub(crate) fn opening(&self) -> &Arc<Opening> {
        &self.opening
    }

    /// Where it stands.
    pub(crate) fn stage(&self) -> &Stage {
        &self.stage
    }

    /// How it ended, once it has.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        match &self.stage {
            Stage::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// When it wants an [`Event::Time`] next; `None` after the end.
    pub(crate) fn wake_at(&self, moment: Moment<'_>) -> Option<Timestamp> {
        let stage = match &self.stage {
            Stage::Waiting { retry_at } => *retry_at,
            Stage::Sent { resend_at } => *resend_at,
            Stage::Reached | Stage::Checking => None,
            Stage::Ended(_) => return None,
        };
        [stage, self.ask_at(moment)].into_iter().flatten().chain([self.opening.deadline]).min()
    }

    /// The attempt in the OSAP header of the last message, given how often the transaction was taken up. The card's
    /// answer names it.
    pub(crate) fn attempt_octet(&self, attempt: u8) -> u8 {
        attempt.saturating_add(self.messages.saturating_sub(1))
    }

    /// Which of the requests sent so far is the last; a word on an earlier one is out of date.
    pub(crate) fn sends(&self) -> u8 {
        self.sends
    }

    fn refuse(&mut self, fault: Fault) {
        self.stage = Stage::Ended(Outcome::Refused(fault));
    }
}

fn expired(detail: &'static str, sub: u16) -> Fault {
    Fault::new(FaultCode::EXPIRED_TRANSACTION, detail).with_sub(sub)
}
