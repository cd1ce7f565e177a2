use std::collections::VecDeque;

use smpp::{
    Address, Message,
    message::{ESM_UDHI, ShortMessage},
    receipt::MessageState,
};

use super::{EsmeId, Smsc, receipt};
use crate::{
    card::Outgoing,
    fault_switch::{Fate, Leg},
    handset::{Delayed, Handset, InTheAir, Waiting},
    sight::{About, Seen, Sight},
    surroundings::Surroundings,
};

impl Smsc {
    /// Looks after one handset: what has expired, what can be delivered, what the person answers, what the card sends.
    pub(super) fn attend(&mut self, msisdn: u64, around: &mut Surroundings<'_>) {
        // Taken out of the table for the time being, so that centre and handset can both be used.
        let Some(mut handset) = self.handsets.remove(&msisdn) else {
            self.out.clear();
            return;
        };
        if !std::mem::replace(&mut handset.touched, true) {
            self.touched.push(msisdn);
        }
        let mut out = std::mem::take(&mut self.out);
        handset.card.on_time(around.now_ms, &mut out);
        self.expire(&mut handset, around.now_ms);
        self.land(&mut handset, msisdn, around, &mut out);
        while let Some(waiting) = next_deliverable(&mut handset, around.now_ms) {
            self.deliver(&mut handset, msisdn, waiting, around, &mut out);
            handset.let_person_answer(around, &mut out);
        }
        handset.let_person_answer(around, &mut out);
        handset.send(&mut out);
        for outgoing in out.drain(..) {
            self.originate(&mut handset, msisdn, outgoing, around.now_ms);
        }
        let sights = handset.card.applet.sights.drain(..);
        self.sights.extend(sights.map(|what| Sight { msisdn, what }));
        self.out = out;
        self.handsets.insert(msisdn, handset);
    }

    /// Messages whose validity ended while they waited.
    fn expire(&mut self, handset: &mut Handset, now_ms: u64) {
        if handset.waiting.iter().all(|waiting| waiting.expires_ms > now_ms) {
            return;
        }
        let (expired, kept): (VecDeque<Waiting>, _) = std::mem::take(&mut handset.waiting)
            .into_iter()
            .partition(|waiting| waiting.expires_ms <= now_ms);
        handset.waiting = kept;
        for waiting in &expired {
            self.counts.expired += 1;
            self.ended(waiting, MessageState::Expired, now_ms);
        }
    }

    /// One message over the air to the handset, as the fault switch lets it.
    fn deliver(
        &mut self,
        handset: &mut Handset,
        msisdn: u64,
        waiting: Waiting,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        let times = match self.fate(Leg::Down, msisdn, waiting.message.user_data()) {
            Fate::Pass => 1,
            Fate::Duplicate => 2,
            Fate::Lose => return,
            Fate::Delay(ms) => {
                let due_ms = around.now_ms.saturating_add(ms);
                handset.delayed.push(Delayed { due_ms, what: InTheAir::Down(waiting) });
                return;
            }
        };
        // The network knows of the delivery before the card can have answered it.
        self.counts.delivered += 1;
        self.ended(&waiting, MessageState::Delivered, around.now_ms);
        for _ in 0..times {
            handset.receive(&waiting.message, around, out);
        }
    }

    /// What the radio held up and lets go now.
    fn land(
        &mut self,
        handset: &mut Handset,
        msisdn: u64,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        let due: Vec<Delayed> =
            handset.delayed.extract_if(.., |delayed| delayed.due_ms <= around.now_ms).collect();
        for delayed in due {
            match delayed.what {
                InTheAir::Down(waiting) => {
                    self.counts.delivered += 1;
                    self.ended(&waiting, MessageState::Delivered, around.now_ms);
                    handset.receive(&waiting.message, around, out);
                }
                InTheAir::Up(outgoing) => self.route(msisdn, outgoing),
            }
        }
    }

    /// One message over the air from the handset, as the fault switch lets it.
    fn originate(&mut self, handset: &mut Handset, msisdn: u64, outgoing: Outgoing, now_ms: u64) {
        match self.fate(Leg::Up, msisdn, &outgoing.user_data) {
            Fate::Pass => self.route(msisdn, outgoing),
            Fate::Duplicate => {
                let copy = Outgoing { user_data: outgoing.user_data.clone(), ..outgoing };
                self.route(msisdn, outgoing);
                self.route(msisdn, copy);
            }
            Fate::Lose => {}
            Fate::Delay(ms) => {
                let due_ms = now_ms.saturating_add(ms);
                handset.delayed.push(Delayed { due_ms, what: InTheAir::Up(outgoing) });
            }
        }
    }

    fn fate(&mut self, leg: Leg, msisdn: u64, user_data: &[u8]) -> Fate {
        let fate = self.faults.as_mut().map_or(Fate::Pass, |faults| faults(leg, msisdn, user_data));
        if self.observed && fate != Fate::Pass {
            self.sights.push(Sight { msisdn, what: Seen::Radio { leg, fate } });
        }
        fate
    }

    /// Brings a message from a handset to the ESME that its destination reaches.
    fn route(&mut self, msisdn: u64, outgoing: Outgoing) {
        let Some(esme) = self.routes.get(&outgoing.destination).copied() else {
            self.counts.lost += 1;
            return;
        };
        let (Some(source), Ok(short_message)) =
            (Address::international(&msisdn.to_string()), ShortMessage::try_from(outgoing.user_data))
        else {
            self.counts.lost += 1;
            return;
        };
        let mut message = Message {
            source,
            destination: Address { ton: 3, npi: 0, number: outgoing.destination },
            esm_class: ESM_UDHI,
            protocol_id: 0x7F,
            data_coding: 0xF6,
            short_message,
            ..Message::default()
        };
        if self.config.mo_style.dress(&mut message).is_err() {
            self.counts.lost += 1;
            return;
        }
        self.counts.originated += 1;
        let about = outgoing.about.map(|about| (msisdn, about));
        self.queue(esme, Box::new(message), about);
    }

    /// Nothing more will happen to a message: remembers it and tells whoever wanted to know.
    pub(super) fn ended(&mut self, waiting: &Waiting, state: MessageState, now_ms: u64) {
        self.records.ended(waiting.number, state, now_ms);
        if !receipt::wanted(waiting.message.registered_delivery, state == MessageState::Delivered) {
            return;
        }
        let made = self.name(waiting.number).and_then(|name| receipt::receipt(waiting, name, state, now_ms));
        if let Some(message) = made {
            self.queue(waiting.esme, message, None);
        }
    }

    fn queue(&mut self, EsmeId(place): EsmeId, message: Box<Message>, about: Option<(u64, About)>) {
        let queued = self.esmes.get_mut(place).is_some_and(|esme| esme.push(message, about, self.limits));
        if !queued {
            self.counts.lost += 1;
        }
    }
}

/// The first message in the queue, when it can go now: messages to one card stay in order.
fn next_deliverable(handset: &mut Handset, now_ms: u64) -> Option<Waiting> {
    if !handset.in_coverage() {
        return None;
    }
    handset.waiting.pop_front_if(|waiting| waiting.due_ms <= now_ms)
}
