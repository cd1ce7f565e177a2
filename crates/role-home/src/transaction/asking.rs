use std::time::Duration;

use mss_core::Timestamp;

use super::{Effect, Moment, Purpose, Stage, Transaction};
use crate::{Task, deadlines};

/// When the card is asked for its result, and how often it was: a lost answer shall not be a lost signature. The card
/// answers such a question by itself, and the person sees nothing of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asking {
    /// The next question; counts once the card is known to have the request, or no copy of it is left to send.
    due: Option<Timestamp>,
    /// Questions since the card last said anything.
    unanswered: u32,
    /// Questions to which the card said that the person is still being asked.
    still_open: u32,
    /// Questions since the card's own time was over.
    last_calls: u32,
}

/// A pause that doubles so often; far beyond any transaction when it doubles often.
fn doubled(pause: Duration, times: u32) -> Duration {
    pause.saturating_mul(1 << times.min(10))
}

impl Transaction {
    /// When the card is asked next; `None` while there is nothing to ask.
    pub(super) fn ask_at(&self, moment: Moment<'_>) -> Option<Timestamp> {
        // There is no result where nothing ever left.
        if !moment.linked || self.sends == 0 || self.stage == Stage::Checking {
            return None;
        }
        let waits = matches!(self.stage, Stage::Reached | Stage::Sent { resend_at: None });
        let due = self.asking.due.filter(|_| waits || self.asking.last_calls > 0);
        let last_call = (self.asking.last_calls == 0).then(|| self.last_call(moment));
        [due, last_call].into_iter().flatten().min()
    }

    /// Asks, and thinks of the next time.
    pub(super) fn ask(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        let Moment { now, limits, .. } = moment;
        self.messages = self.messages.saturating_add(1);
        let question = if self.question_is_request() { Purpose::Request } else { Purpose::GetResult };
        effects.push(Effect::Send(question));
        let pause = if now >= self.last_call(moment) {
            self.asking.last_calls += 1;
            let rest = self.opening.card_deadline.until(self.opening.deadline);
            doubled(limits.ask_result_after.min(rest / 2), self.asking.last_calls - 1)
        } else {
            // A phone that never showed itself may be off: what is sent to it only waits.
            let reached = self.stage == Stage::Reached;
            doubled(if reached { limits.ask_again } else { self.patience(limits) }, self.asking.unanswered)
        };
        self.asking.unanswered += 1;
        self.ask_after(pause, moment);
    }

    /// The card has the request and the person is being asked, or it is about to say what it has done.
    pub(super) fn heard(&mut self, moment: Moment<'_>) {
        if self.asking.last_calls > 0 {
            return;
        }
        if std::mem::take(&mut self.asking.unanswered) > 0 {
            self.asking.still_open += 1;
        }
        self.ask_after(doubled(self.patience(moment.limits), self.asking.still_open), moment);
    }

    /// No copy of the request is left to send: the card is asked instead.
    pub(super) fn sent_often_enough(&mut self, moment: Moment<'_>) {
        self.stage = Stage::Sent { resend_at: None };
        if self.asking.last_calls == 0 {
            self.ask_after(self.patience(moment.limits), moment);
        }
    }

    /// The card does not remember SET_CERT as a transaction; the same again is acknowledged again.
    pub(super) fn question_is_request(&self) -> bool {
        matches!(self.opening.task, Task::SetCertificate { .. })
    }

    /// Whether a question is out that the card has not answered.
    pub(super) fn has_asked(&self) -> bool {
        self.asking.unanswered > 0
    }

    /// How long a person may take to read and to type before the silence is worth a question.
    fn patience(&self, limits: &crate::Limits) -> Duration {
        if self.question_is_request() { limits.ask_again } else { limits.ask_result_first }
    }

    fn ask_after(&mut self, pause: Duration, moment: Moment<'_>) {
        let (at, last_call) = (moment.now.plus(pause), self.last_call(moment));
        // Shortly before its own time is over the card is left alone: it will say so by itself.
        let quiet_from = self.opening.card_deadline.minus(moment.limits.ask_again);
        let waits = moment.now < last_call && at > quiet_from;
        self.asking.due = Some(if waits { last_call } else { at });
    }

    fn last_call(&self, moment: Moment<'_>) -> Timestamp {
        deadlines::ask_result_at(self.opening.card_deadline, self.opening.deadline, moment.limits)
    }
}
