//! Between homes and phones: SMPP sessions that come and go, the short-message centre, the air.
use card_ota::packet::Tar;
use smpp::{
    COctetString, CommandStatus, Message, MessageId, SendFailure,
    message::{ESM_RECEIPT, ShortMessage},
    receipt::MessageState,
    tlv::Tag,
};
use softsim::{
    PersonAction, Smsc,
    person::{Conduct, Script},
    screen::ScreenState,
    short_message_centre::{Config, DeliverAnswer, DeliveryId, Esme, Input, Output},
};

use crate::{
    faults::Radio,
    op::Mood,
    population::{msisdn, short_number},
    world::{Event, World},
};

pub(crate) const TAR: Tar = Tar([0xBF, 0xFF, 0x01]);
/// How long the centre waits for the answer to a deliver_sm before it counts as lost.
const ANSWER_MS: u64 = 60_000;

pub(crate) fn centre(homes: usize, radio: &Radio) -> Smsc {
    let esme = |n: usize| Esme {
        system_id: format!("home{n}"),
        numbers: vec![COctetString::new(short_number(n).as_bytes()).expect("a short number")],
    };
    let mut centre = Smsc::new(Config::new((0..homes).map(esme).collect(), "T".into())).expect("a centre");
    centre.set_faults(Some(radio.switch()));
    centre
}

impl World {
    pub(crate) fn bind(&mut self, home: usize, session: u64) {
        let node = &mut self.homes[home];
        if node.session != session || node.bound || node.engine.is_none() {
            return;
        }
        if node.link_down_until > self.now_ms {
            let wait = node.link_down_until - self.now_ms + 50;
            return self.after(wait, Event::Bind { home, session });
        }
        node.bound = true;
        let mut work = role_home::LinkWork::default();
        if let Some(link) = &mut node.link {
            link.bound(&mut work);
        }
        self.log(format_args!("home{home} bound"));
        self.settle_link(home, work);
        self.centre_step(vec![Input::EsmeBound(Self::esme(home))]);
    }

    /// The session is over for the centre.
    pub(crate) fn session_ends(&mut self, home: usize) {
        let node = &mut self.homes[home];
        node.session += 1;
        if std::mem::replace(&mut node.bound, false) {
            self.outstanding.retain(|delivery| delivery.esme != Self::esme(home));
            self.centre_step(vec![Input::EsmeUnbound(Self::esme(home))]);
        }
    }

    /// The connection breaks under a home that lives on: what was under way comes back as unknown, then it is lost.
    pub(crate) fn link_down(&mut self, home: usize, for_ms: u64) {
        let until = self.now_ms + for_ms;
        let node = &mut self.homes[home];
        node.link_down_until = node.link_down_until.max(until);
        if !node.bound {
            return;
        }
        self.log(format_args!("home{home} loses the short-message centre"));
        self.session_ends(home);
        let node = &mut self.homes[home];
        let session = node.session;
        let mut work = role_home::LinkWork::default();
        let under_way = std::mem::take(&mut node.submitting);
        if let Some(link) = &mut node.link {
            for token in under_way {
                link.submitted(token, Err(SendFailure::Unknown), &mut work);
            }
            link.lost(&mut work);
        }
        self.settle_link(home, work);
        self.after(for_ms + 200, Event::Bind { home, session });
    }

    /// The link hands a message over to the session.
    pub(crate) fn hand_over(&mut self, home: usize, token: u64, message: Message) {
        let node = &mut self.homes[home];
        let session = node.session;
        node.submitting.insert(token);
        if !node.bound {
            let result = Err(SendFailure::NotSent);
            return self.after(1, Event::SubmitAnswer { home, session, token, result });
        }
        let refused = |status| Err(SendFailure::Refused(status));
        let dice = self.chance.below(1000) as u32;
        let (temporary, permanent) = (self.faults.submit_temporary, self.faults.submit_permanent);
        let result = if dice < temporary {
            refused(CommandStatus::RTHROTTLED)
        } else if dice < temporary + permanent {
            refused(CommandStatus::RINVDSTADR)
        } else if dice < temporary + permanent + self.faults.submit_unknown {
            self.counts.submit_failures += 1;
            if self.chance.permille(500) {
                self.after(10, Event::Submit { home, session, token: 0, message: Box::new(message) });
            }
            let wait = self.chance.between(5_000, 30_000);
            let result = Err(SendFailure::Unknown);
            return self.after(wait, Event::SubmitAnswer { home, session, token, result });
        } else {
            let at = (self.now_ms + self.chance.between(1, 40)).max(self.homes[home].last_up_ms);
            self.homes[home].last_up_ms = at;
            let message = Box::new(message);
            return self.after(at - self.now_ms, Event::Submit { home, session, token, message });
        };
        self.counts.submit_failures += 1;
        let delay = self.chance.between(1, 200);
        self.after(delay, Event::SubmitAnswer { home, session, token, result });
    }

    /// Token zero: the home will never hear of it.
    pub(crate) fn submit(&mut self, home: usize, session: u64, token: u64, message: Box<Message>) {
        // What was written to a connection may be read after it broke, or not.
        if self.homes[home].session == session || self.chance.permille(500) {
            let destination: Option<u64> =
                message.destination.number.as_str().and_then(|number| number.parse().ok());
            self.watched.extend(destination);
            let input = Input::Submit { esme: Self::esme(home), token, message };
            self.centre_step_for(Some(session), vec![input]);
        }
    }

    pub(crate) fn submit_answered(
        &mut self,
        home: usize,
        session: u64,
        token: u64,
        result: Result<MessageId, SendFailure>,
    ) {
        let node = &mut self.homes[home];
        if node.session != session || !node.submitting.remove(&token) {
            return;
        }
        let mut work = role_home::LinkWork::default();
        if let Some(link) = &mut node.link {
            link.submitted(token, result, &mut work);
        }
        self.settle_link(home, work);
    }

    pub(crate) fn deliver(&mut self, home: usize, session: u64, delivery: DeliveryId, message: &Message) {
        let node = &mut self.homes[home];
        if node.session != session {
            return;
        }
        let mut work = role_home::LinkWork::default();
        if let Some(link) = &mut node.link {
            link.delivered(message, (session, delivery), self.now_ms, &mut work);
        }
        self.settle_link(home, work);
    }

    /// The link answers a deliver_sm.
    pub(crate) fn answer_delivery(
        &mut self,
        home: usize,
        session: u64,
        delivery: DeliveryId,
        status: CommandStatus,
    ) {
        if self.homes[home].session != session {
            return;
        }
        let delay = self.chance.between(1, 20);
        let status = if self.chance.permille(self.faults.deliver_lost) { None } else { Some(status) };
        self.after(delay, Event::DeliverAnswer { home, session, delivery, status });
    }

    pub(crate) fn deliver_answered(
        &mut self,
        home: usize,
        session: u64,
        delivery: DeliveryId,
        status: Option<CommandStatus>,
    ) {
        let known = self.homes[home].session == session && self.outstanding.remove(&delivery);
        if known {
            let answer = status.map_or(DeliverAnswer::Lost, DeliverAnswer::Status);
            self.centre_step(vec![Input::DeliverAnswer { delivery, answer }]);
        }
    }

    pub(crate) fn set_mood(&mut self, person: usize, mood: Mood, delay_ms: u64) {
        let conduct = match mood {
            Mood::Agrees => Conduct::Agree,
            Mood::Cancels => Conduct::Cancel,
            Mood::Mistypes(times) => Conduct::WrongPin { times },
            Mood::Ignores => Conduct::Never,
        };
        let person_ = softsim::Person::Scripted(Script { delay_ms, conduct, pin_length: 6 });
        let msisdn = msisdn(person, self.size.homes);
        self.centre_step(vec![Input::SetPerson { msisdn, person: person_ }]);
    }

    pub(crate) fn set_phone(&mut self, person: usize, on: bool) {
        let msisdn = msisdn(person, self.size.homes);
        self.centre_step(vec![Input::Person { msisdn, action: PersonAction::SetCoverage(on) }]);
    }

    pub(crate) fn centre_step(&mut self, inputs: Vec<Input>) {
        self.centre_step_for(None, inputs);
    }

    fn centre_step_for(&mut self, submitter: Option<u64>, inputs: Vec<Input>) {
        let phones = &mut self.phones;
        let mut entropy = |octets: &mut [u8]| mss_core::Entropy::fill(phones, octets);
        let step = self.centre.step(inputs, self.now_ms, &mut self.chip, &mut entropy);
        for (msisdn, image) in step.images {
            self.images.insert(msisdn, image.octets().to_vec());
        }
        self.look_at_screens();
        for output in step.outputs {
            match output {
                Output::SubmitAnswer { esme, token, answer } => {
                    self.submit_accepted(esme.0, submitter, token, answer);
                }
                Output::Deliver { delivery, message } => self.offer(delivery, message),
                // Homes neither query nor cancel.
                Output::QueryAnswer { .. } | Output::CancelAnswer { .. } => {}
            }
        }
        if let Some(wake) = self.centre.next_wake_ms(self.now_ms)
            && wake < self.centre_wake_ms
        {
            let wake = wake.max(self.now_ms + 1);
            self.centre_wake_ms = wake;
            self.after(wake - self.now_ms, Event::Centre);
        }
    }

    fn submit_accepted(
        &mut self,
        home: usize,
        session: Option<u64>,
        token: u64,
        answer: Result<MessageId, CommandStatus>,
    ) {
        let Some(session) = session.filter(|_| token != 0) else { return };
        if let Ok(id) = &answer
            && self.chance.permille(self.faults.receipt_lies)
        {
            self.counts.receipts += 1;
            let delivery = DeliveryId { esme: Self::esme(home), number: u64::MAX };
            let message = Box::new(false_receipt(*id, home));
            let late = self.chance.between(50, 90_000);
            self.after(late, Event::Deliver { home, session, delivery, message });
        }
        let result = answer.map_err(SendFailure::Refused);
        let at = (self.now_ms + self.chance.between(1, 40)).max(self.homes[home].last_down_ms);
        self.homes[home].last_down_ms = at;
        self.after(at - self.now_ms, Event::SubmitAnswer { home, session, token, result });
    }

    /// A deliver_sm leaves the centre.
    fn offer(&mut self, delivery: DeliveryId, message: Box<Message>) {
        let home = delivery.esme.0;
        let session = self.homes[home].session;
        self.outstanding.insert(delivery);
        if message.kind() == smpp::message::Kind::Receipt && self.chance.permille(self.faults.receipt_lost) {
            self.counts.receipts += 1;
            let status = Some(CommandStatus::ROK);
            return self.after(5, Event::DeliverAnswer { home, session, delivery, status });
        }
        self.after(ANSWER_MS, Event::DeliverAnswer { home, session, delivery, status: None });
        if self.chance.permille(self.faults.deliver_lost) {
            return;
        }
        let at = (self.now_ms + self.chance.between(1, 40)).max(self.homes[home].last_down_ms);
        self.homes[home].last_down_ms = at;
        self.after(at - self.now_ms, Event::Deliver { home, session, delivery, message });
    }

    fn look_at_screens(&mut self) {
        for msisdn in &self.watched {
            let Some(screen) = self.centre.screen(*msisdn) else { continue };
            let asks = matches!(screen.state, ScreenState::AskPin | ScreenState::AskPinAgain);
            self.judge.shown(*msisdn, asks.then_some(&*screen.text));
        }
    }

    /// Every deliver_sm has been answered.
    pub(crate) fn nothing_outstanding(&self) -> bool {
        self.outstanding.is_empty()
    }
}

/// A receipt that says, late, that a message was not delivered, though nobody knows.
fn false_receipt(id: MessageId, home: usize) -> Message {
    let text = format!("id:{} stat:UNDELIV err:000 text:", id.as_str().unwrap_or_default());
    let mut message = Message {
        destination: smpp::Address::short_number(&short_number(home)).expect("a short number"),
        esm_class: ESM_RECEIPT,
        short_message: ShortMessage::try_from(text.into_bytes()).expect("short"),
        ..Message::default()
    };
    let mut octets = id.as_octets().to_vec();
    octets.push(0);
    message.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, &octets).expect("room");
    message.tlvs.push(Tag::MESSAGE_STATE, &[MessageState::Undeliverable.octet()]).expect("room");
    message
}
