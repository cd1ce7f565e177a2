use std::time::Duration;

use card_ota::packet::Rsc;

use super::{Effect, Moment, Stage, Transaction};
use crate::{Odd, Submission};

impl Transaction {
    /// The short-message centre's word on the request. It counts only while nothing better is known.
    pub(super) fn submitted(
        &mut self,
        submission: Submission,
        moment: Moment<'_>,
        effects: &mut Vec<Effect>,
    ) {
        if !matches!(self.stage, Stage::Sent { .. }) {
            return;
        }
        match submission {
            Submission::Accepted => {
                self.refusals = 0;
                self.stage = Stage::Sent { resend_at: Some(moment.now.plus(moment.limits.sign_of_life)) };
            }
            Submission::Temporary => {
                // It never left: it does not count as sent, and the pause doubles up to eight times.
                self.sends = self.sends.saturating_sub(1);
                let pause = moment.limits.submit_retry * (1_u32 << self.refusals.min(3));
                self.refusals = self.refusals.saturating_add(1);
                self.stage = Stage::Waiting { retry_at: Some(moment.now.plus(pause)) };
            }
            Submission::Permanent => {
                effects.push(Effect::Notice(Odd::SubmitRefused));
                self.not_delivered("the short-message centre refused the message", moment);
            }
            Submission::Unknown => self.send_again(moment, effects),
        }
    }

    /// A sign of life: nothing is sent again.
    pub(super) fn alive(&mut self, moment: Moment<'_>) {
        if matches!(self.stage, Stage::Waiting { .. } | Stage::Sent { .. }) {
            self.sends = self.sends.max(1);
            self.stage = Stage::Reached;
            self.heard(moment);
        }
    }

    /// A receipt says that the phone cannot be reached. Of no interest once the card has shown itself alive.
    pub(super) fn undeliverable(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        effects.push(Effect::Notice(Odd::Undeliverable));
        if matches!(self.stage, Stage::Waiting { .. } | Stage::Sent { .. }) {
            self.not_delivered("the message could not be delivered to the phone", moment);
        }
    }

    /// A proven report on the request (TS 102 225 5.2). It says that the packet came through, never that anything was
    /// signed.
    pub(super) fn reported(&mut self, rsc: Rsc, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        match rsc {
            Rsc::OK | Rsc::MORE_TIME | Rsc::BY_SUBMIT | Rsc::BY_USSD => self.alive(moment),
            Rsc::CNTR_LOW => self.copy_or_out_of_step(moment, effects),
            Rsc::CNTR_HIGH => self.out_of_step(rsc, moment, effects),
            Rsc::CC_FAILED
            | Rsc::CNTR_BLOCKED
            | Rsc::CIPHERING_ERROR
            | Rsc::TAR_UNKNOWN
            | Rsc::INSUFFICIENT_SECURITY => {
                effects.push(Effect::Notice(Odd::PacketRefused { rsc: rsc.0 }));
                // A copy that the card refuses after it took another is of no interest.
                if matches!(self.stage, Stage::Waiting { .. } | Stage::Sent { .. }) {
                    self.unreachable("the card refused the message");
                }
            }
            // No memory: the next repeat may find some.
            Rsc(other) => effects.push(Effect::Notice(Odd::UnknownReport { rsc: other })),
        }
    }

    /// Counter low. After a sign of life it was a copy that the network made. Before one it may be such a copy all the
    /// same, because the report on the first one was lost or is late: the card is asked, under the next counter, before
    /// our counters are believed to be wrong.
    fn copy_or_out_of_step(&mut self, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Sent { .. }) || !moment.linked {
            return;
        }
        // Where the question is the request itself, its refusal comes here, too.
        if self.question_is_request() && self.has_asked() {
            return self.out_of_step(Rsc::CNTR_LOW, moment, effects);
        }
        effects.push(Effect::Notice(Odd::CounterInDoubt));
        self.ask(moment, effects);
    }

    /// The last question for the result was refused: a counter that is low even there is no copy's.
    pub(super) fn question_refused(&mut self, rsc: Rsc, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        match rsc {
            Rsc::CNTR_LOW | Rsc::CNTR_HIGH => self.out_of_step(rsc, moment, effects),
            Rsc(rsc) => effects.push(Effect::Notice(Odd::PacketRefused { rsc })),
        }
    }

    /// Counters that do not fit: one new try.
    fn out_of_step(&mut self, rsc: Rsc, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Sent { .. }) {
            return;
        }
        if self.resynced {
            effects.push(Effect::Notice(Odd::CounterResyncFailed { rsc: rsc.0 }));
            return self.unreachable("the card's counter is out of step");
        }
        self.resynced = true;
        effects.push(Effect::Notice(Odd::CounterResync { rsc: rsc.0 }));
        effects.push(Effect::Resync { jump: rsc == Rsc::CNTR_LOW });
        self.send(moment, effects);
    }

    /// The card is busy with something else: once more when it says it will be free, if that is in time.
    pub(super) fn busy(&mut self, pause: Duration, moment: Moment<'_>) -> bool {
        let at = moment.now.plus(pause.max(Duration::from_secs(1)));
        let in_time = at < self.opening.card_deadline.minus(moment.limits.no_retry_before_card_deadline);
        if in_time {
            self.stage = Stage::Waiting { retry_at: Some(at) };
        }
        in_time
    }
}
