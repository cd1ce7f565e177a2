use std::cmp::Reverse;

use smpp::CommandStatus;

use super::{DeliverAnswer, EsmeId, Input, Smsc, Step};
use crate::{
    CardCrypto,
    sight::{Seen, Sight},
    surroundings::Surroundings,
};

impl Smsc {
    /// Takes everything that has happened, in order, and everything that time has brought. Time is in milliseconds since
    /// 1970; `entropy` fills octets with chance and serves scripted persons who choose a PIN.
    pub fn step(
        &mut self,
        inputs: Vec<Input>,
        now_ms: u64,
        crypto: &mut dyn CardCrypto,
        entropy: &mut dyn FnMut(&mut [u8]),
    ) -> Step {
        let mut around = Surroundings { now_ms, crypto, entropy };
        let mut step = Step::default();
        for input in inputs {
            self.input(input, &mut around, &mut step);
        }
        while let Some(Reverse((_, msisdn))) =
            self.timers.peek().copied().filter(|Reverse((at, _))| *at <= now_ms)
        {
            self.timers.pop();
            if let Some(handset) = self.handsets.get_mut(&msisdn) {
                handset.timer_ms = u64::MAX;
            }
            self.attend(msisdn, &mut around);
        }
        self.collect(&mut step);
        step.sights = std::mem::take(&mut self.sights);
        for esme in &mut self.esmes {
            esme.pump(now_ms, self.limits, &mut step.outputs);
        }
        step
    }

    fn input(&mut self, input: Input, around: &mut Surroundings<'_>, step: &mut Step) {
        match input {
            Input::Submit { esme, token, message } => {
                let answer = self.submit(esme, message, around);
                step.outputs.push(super::Output::SubmitAnswer { esme, token, answer });
            }
            Input::Query { esme, token, query } => {
                let answer = self.query(esme, &query);
                step.outputs.push(super::Output::QueryAnswer { token, answer });
            }
            Input::Cancel { esme, token, cancel } => {
                let status = self.cancel(esme, &cancel, around.now_ms);
                step.outputs.push(super::Output::CancelAnswer { token, status });
            }
            Input::EsmeBound(EsmeId(place)) => {
                if let Some(esme) = self.esmes.get_mut(place) {
                    esme.bound();
                }
            }
            Input::EsmeUnbound(EsmeId(place)) => {
                if let Some(esme) = self.esmes.get_mut(place) {
                    esme.unbound();
                }
            }
            Input::DeliverAnswer { delivery, answer } => {
                let esme = self.esmes.get_mut(delivery.esme.0);
                if self.observed && answer == DeliverAnswer::Status(CommandStatus::ROK) {
                    let about = esme.as_ref().and_then(|esme| esme.about(delivery));
                    self.sights
                        .extend(about.map(|(msisdn, about)| Sight { msisdn, what: Seen::HandedOver(about) }));
                }
                if esme.is_some_and(|esme| !esme.answered(delivery, answer, around.now_ms, self.limits)) {
                    self.counts.lost += 1;
                }
            }
            Input::Person { msisdn, action } => {
                let mut out = std::mem::take(&mut self.out);
                if let Some(handset) = self.handsets.get_mut(&msisdn) {
                    handset.act(&action, around, &mut out);
                }
                self.out = out;
                self.attend(msisdn, around);
            }
            Input::SetPerson { msisdn, person } => {
                if let Some(handset) = self.handsets.get_mut(&msisdn) {
                    handset.set_person(person);
                }
                self.attend(msisdn, around);
            }
        }
    }

    /// The images of all cards that changed, and the timers of all handsets that something happened to.
    fn collect(&mut self, step: &mut Step) {
        for msisdn in self.touched.drain(..) {
            let Some(handset) = self.handsets.get_mut(&msisdn) else { continue };
            handset.touched = false;
            if let Some(image) = handset.card.take_changed_image() {
                step.images.push((msisdn, image));
            }
            let wake_ms = handset.wake_ms();
            if wake_ms < handset.timer_ms {
                handset.timer_ms = wake_ms;
                self.timers.push(Reverse((wake_ms, msisdn)));
            }
        }
    }
}
