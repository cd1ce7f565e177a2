use mss_core::FaultCode;

use super::{Effect, Moment, Purpose, Stage, Transaction, expired};
use crate::Odd;

impl Transaction {
    /// The request goes out, when it waits and the card would still have time for it.
    pub(super) fn try_send(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if matches!(self.stage, Stage::Waiting { .. }) && self.may_send(moment) {
            self.send(moment, effects);
        }
    }

    /// Everything that depends on time alone.
    pub(super) fn time(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if moment.now >= self.opening.deadline {
            // While an answer is being checked the card has nothing to stop; the answer will be LATE.
            if self.sends > 0 && self.stage != Stage::Checking {
                effects.push(Effect::Send(Purpose::Cancel));
            }
            return self.refuse(expired("no answer within the time limit", 2081));
        }
        let messages = self.messages;
        match self.stage {
            Stage::Waiting { retry_at: Some(at) } if moment.now >= at => {
                self.stage = Stage::Waiting { retry_at: None };
                self.try_send(moment, effects);
            }
            Stage::Sent { resend_at: Some(at) } if moment.now >= at => self.send_again(moment, effects),
            _ => {}
        }
        // One message at a time: an answer names the attempt, and that must say which message it answers.
        if self.messages == messages && self.ask_at(moment).is_some_and(|at| moment.now >= at) {
            self.ask(moment, effects);
        }
    }

    /// Once more, unless it was often enough or the card would have no time left.
    pub(super) fn send_again(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if !moment.linked {
            self.stage = Stage::Waiting { retry_at: None };
        } else if self.sends_now() < moment.limits.attempts && self.may_send(moment) {
            self.send(moment, effects);
            effects.push(Effect::Notice(Odd::SentAgain { sends: self.sends }));
        } else {
            self.sent_often_enough(moment);
        }
    }

    pub(super) fn send(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        self.sends = self.sends.saturating_add(1);
        self.messages = self.messages.saturating_add(1);
        self.stage = Stage::Sent { resend_at: Some(moment.now.plus(moment.limits.sign_of_life)) };
        effects.push(Effect::Send(Purpose::Request));
    }

    /// The first message may leave as long as the card has time at all, a repeat only while it has a good part of it.
    fn may_send(&self, moment: Moment<'_>) -> bool {
        let spare = moment.limits.no_retry_before_card_deadline;
        let latest = self.opening.card_deadline;
        moment.linked && moment.now < if self.sends_now() == 0 { latest } else { latest.minus(spare) }
    }

    /// Sent by this run of the process.
    fn sends_now(&self) -> u8 {
        self.sends.saturating_sub(self.earlier_sends)
    }

    /// This copy will not arrive. Where an earlier one may have, the person may be signing: the card is asked for its
    /// result in time, and nothing ends before that.
    pub(super) fn not_delivered(&mut self, detail: &'static str, moment: Moment<'_>) {
        if self.sends > 1 {
            self.sent_often_enough(moment);
        } else {
            self.unreachable(detail);
        }
    }

    /// Refused for good by somebody between us and the card.
    pub(super) fn unreachable(&mut self, detail: &'static str) {
        self.refuse(mss_core::Fault::new(FaultCode::OTA_ERROR, detail));
    }
}
