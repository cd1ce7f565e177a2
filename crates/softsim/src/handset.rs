//! The handset around a card: coverage, what waits on either side of the radio, and the person who holds it.
use std::collections::VecDeque;

use smpp::Message;

use crate::{
    Person, PersonAction,
    card::{Card, Outgoing, Sms},
    screen::ScreenState,
    short_message_centre::EsmeId,
    surroundings::Surroundings,
};

/// What the card sends while the handset is out of coverage; what does not fit is lost, and the server asks again.
const OUTBOX_MAX: usize = 16;
/// Answers of a scripted person within one step: more than any dialogue needs, and an end to every loop.
const ANSWERS_MAX: usize = 16;

/// One subscriber.
pub(crate) struct Handset {
    pub(crate) card: Card,
    person: Person,
    in_coverage: bool,
    /// Stored at the centre for this handset, in order.
    pub(crate) waiting: VecDeque<Waiting>,
    /// Given by the card, not sent yet.
    outbox: VecDeque<Outgoing>,
    /// Held up by the radio, out of order.
    pub(crate) delayed: Vec<Delayed>,
    /// The screen that the person's next answer is for, and when it comes.
    answer: Option<(u32, u64)>,
    answered_serial: u32,
    wrong_pins: u8,
    /// The earliest timer set for this handset; `u64::MAX` when none is.
    pub(crate) timer_ms: u64,
    /// Already listed among those touched in this step.
    pub(crate) touched: bool,
}

/// A message that an ESME submitted, not delivered yet.
pub(crate) struct Waiting {
    /// The centre's number for it.
    pub(crate) number: u64,
    pub(crate) esme: EsmeId,
    pub(crate) message: Box<Message>,
    pub(crate) expires_ms: u64,
    /// Earliest delivery.
    pub(crate) due_ms: u64,
}

/// Something that the radio holds up.
pub(crate) struct Delayed {
    pub(crate) due_ms: u64,
    pub(crate) what: InTheAir,
}

pub(crate) enum InTheAir {
    Down(Waiting),
    Up(Outgoing),
}

impl Handset {
    pub(crate) fn new(card: Card, person: Person) -> Self {
        Self {
            answered_serial: card.applet.screen_serial(),
            card,
            person,
            in_coverage: true,
            waiting: VecDeque::new(),
            outbox: VecDeque::new(),
            delayed: Vec::new(),
            answer: None,
            wrong_pins: 0,
            timer_ms: u64::MAX,
            touched: false,
        }
    }

    pub(crate) fn in_coverage(&self) -> bool {
        self.in_coverage
    }

    pub(crate) fn set_person(&mut self, person: Person) {
        self.person = person;
        // The new person looks at what is on the screen now.
        self.answer = None;
        self.answered_serial = self.card.applet.screen_serial().wrapping_sub(1);
    }

    /// Hands a delivered message to the handset; what is not for the card would go to the inbox, which nobody reads.
    pub(crate) fn receive(
        &mut self,
        message: &Message,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        let sms = Sms {
            originator: message.source.number,
            protocol_id: message.protocol_id,
            data_coding: message.data_coding,
            has_header: message.has_user_data_header(),
            user_data: message.user_data(),
        };
        self.card.receive(&sms, around, out);
    }

    /// Somebody does something.
    pub(crate) fn act(
        &mut self,
        action: &PersonAction,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        match action {
            PersonAction::EnterPin(pin) => self.card.enter_pin(pin, around, out),
            PersonAction::ChoosePin { first, again } => self.card.choose_pin(first, again, around, out),
            PersonAction::Cancel => self.card.cancel(around.now_ms, out),
            PersonAction::SetCoverage(covered) => self.in_coverage = *covered,
            PersonAction::SetBusy(busy) => self.card.set_screen_free(!busy, around.now_ms, out),
        }
    }

    /// Lets a scripted person answer what is on the screen, as often as an answer is due now.
    pub(crate) fn let_person_answer(&mut self, around: &mut Surroundings<'_>, out: &mut Vec<Outgoing>) {
        for _ in 0..ANSWERS_MAX {
            let (serial, state) = (self.card.applet.screen_serial(), self.card.applet.screen_state());
            if matches!(state, ScreenState::Idle | ScreenState::Pending) {
                self.answer = None;
                return;
            }
            if serial != self.answered_serial
                && self.answer.is_none_or(|(for_serial, _)| for_serial != serial)
            {
                self.answer = self.person.answers_at(around.now_ms).map(|at| (serial, at));
            }
            if self.answer.take_if(|(_, at)| *at <= around.now_ms).is_none() {
                return;
            }
            self.answered_serial = serial;
            if state != ScreenState::AskPinAgain {
                self.wrong_pins = 0;
            }
            let pin = self.card.applet.memory.pin.pin.as_ref();
            let Some(action) = self.person.answer(&state, pin, self.wrong_pins, around.entropy) else {
                return;
            };
            self.wrong_pins = self.wrong_pins.saturating_add(1);
            self.act(&action, around, out);
        }
    }

    /// Everything the card wants to send goes through the outbox, in order. Leaves in `out` what the radio takes now.
    pub(crate) fn send(&mut self, out: &mut Vec<Outgoing>) {
        if self.in_coverage && self.outbox.is_empty() {
            return;
        }
        let room = OUTBOX_MAX.saturating_sub(self.outbox.len());
        self.outbox.extend(out.drain(..).take(room));
        if self.in_coverage {
            out.extend(self.outbox.drain(..));
        }
    }

    /// When this handset next needs attention.
    pub(crate) fn wake_ms(&self) -> u64 {
        let due = |waiting: &Waiting| if self.in_coverage { waiting.due_ms } else { waiting.expires_ms };
        // Messages behind the first wait for it, but may expire before it.
        let first = self.waiting.front().map(due);
        let expiry = self.waiting.iter().map(|waiting| waiting.expires_ms).min();
        let delayed = self.delayed.iter().map(|delayed| delayed.due_ms).min();
        let answer = self.answer.map(|(_, at)| at);
        let card = self.card.applet.wake_ms();
        [first, expiry, delayed, answer, card].into_iter().flatten().min().unwrap_or(u64::MAX)
    }
}
