//! A short-message centre with one subscriber, a store, and the server's side of the wire, under virtual time.

use std::collections::BTreeMap;

use card_ota::{
    osap::{Answer, Message, Mode, PinPolicy, Request, ScreenText, Slot, TxnId},
    packet::{Counter, PacketKeys, Response, Rsc, Spi, Tar, open_command, open_response, seal_command},
    reassembly::{Outcome, Reassembly},
    segment::{Indicator, segment},
    window::CounterWindow,
};
use smpp::{
    Address, COctetString, CommandStatus, MessageId, Receipt, message::ShortMessage, query::QuerySmResp,
    validity,
};
use softsim::{
    CardImage, Iccid, Keyset, Person, PersonAction, Personalisation, Pin, Screen, Smsc,
    person::Script,
    short_message_centre::{Config, DeliverAnswer, Esme, EsmeId, Input, Output},
};

use crate::chip::Chip;

pub(crate) const MSISDN: u64 = 358_401_234_567;
pub(crate) const ICCID: &str = "8935801234567890123";
pub(crate) const SHORT: &str = "17000";
pub(crate) const TAR: Tar = Tar([0xBF, 0xFF, 0x01]);
pub(crate) const HOME: EsmeId = EsmeId(0);
const OTA: [[u8; 16]; 2] = [[0x11; 16], [0x12; 16]];
const APPLET: [[u8; 32]; 2] = [[0x21; 32], [0x22; 32]];

pub(crate) struct World {
    pub(crate) smsc: Smsc,
    pub(crate) chip: Chip,
    pub(crate) now_ms: u64,
    /// What the store holds.
    pub(crate) stored: BTreeMap<u64, Vec<u8>>,
    pub(crate) writes: usize,
    ota: PacketKeys,
    applet: PacketKeys,
    pub(crate) counter: u64,
    reference: u8,
    reassembly: Reassembly<COctetString<21>>,
    window: CounterWindow,
    /// What reached the server, in order.
    pub(crate) answers: Vec<Message<Answer>>,
    pub(crate) responses: Vec<Response>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) refused: Vec<CommandStatus>,
    pub(crate) accepted: Vec<MessageId>,
    pub(crate) queried: Vec<Result<QuerySmResp, CommandStatus>>,
    pub(crate) cancelled: Vec<CommandStatus>,
    pub(crate) sights: Vec<softsim::sight::Sight>,
    chance: u8,
}

impl World {
    pub(crate) fn new(person: Person) -> Self {
        Self::with(person, false)
    }

    pub(crate) fn with(person: Person, plain_errors: bool) -> Self {
        let card = Personalisation {
            iccid: Iccid::parse(ICCID).unwrap(),
            tar: TAR,
            ota: Keyset::new(1, &OTA[0], &OTA[1]).unwrap(),
            applet: Keyset::new(2, &APPLET[0], &APPLET[1]).unwrap(),
            server_number: SHORT.try_into().unwrap(),
            plain_errors,
        };
        let stored = BTreeMap::from([(MSISDN, card.into_image().octets().to_vec())]);
        let mut world = Self {
            smsc: centre(&stored, person),
            chip: Chip::default(),
            now_ms: 1_800_000_000_000,
            stored,
            writes: 0,
            ota: PacketKeys::new(1, &OTA[0], &OTA[1]).unwrap(),
            applet: PacketKeys::new(2, &APPLET[0], &APPLET[1]).unwrap(),
            counter: 0,
            reference: 0,
            reassembly: Reassembly::new(),
            window: CounterWindow::new(),
            answers: Vec::new(),
            responses: Vec::new(),
            receipts: Vec::new(),
            refused: Vec::new(),
            accepted: Vec::new(),
            queried: Vec::new(),
            cancelled: Vec::new(),
            sights: Vec::new(),
            chance: 0,
        };
        world.step(vec![Input::EsmeBound(HOME)]);
        world
    }

    /// A world whose person has enrolled: three keys, certified; PIN 246810.
    pub(crate) fn enrolled(person: Person) -> Self {
        let mut world = Self::new(Person::Manual);
        for (slot, mode) in KEYS {
            world.ask(u32::from(slot.0) + 0x100, generate(slot, mode));
            world.agree();
            world.ask(u32::from(slot.0) + 0x200, Request::SetCert { slot, cert_hash: [slot.0; 32] });
        }
        world.step(vec![Input::SetPerson { msisdn: MSISDN, person }]);
        world.forget();
        world
    }

    /// Power off and on again: only what was stored is left.
    pub(crate) fn restart(&mut self, person: Person) {
        self.smsc = centre(&self.stored, person);
        self.step(vec![Input::EsmeBound(HOME)]);
    }

    pub(crate) fn step(&mut self, inputs: Vec<Input>) {
        let mut inputs = inputs;
        // Answers to what was delivered go in with the next step, until nothing is left to say.
        while !inputs.is_empty() || self.smsc.next_wake_ms(self.now_ms).is_some_and(|at| at <= self.now_ms) {
            let mut chance = self.chance;
            let mut entropy = |octets: &mut [u8]| {
                for octet in octets {
                    chance = chance.wrapping_mul(5).wrapping_add(3);
                    *octet = chance;
                }
            };
            let step = self.smsc.step(std::mem::take(&mut inputs), self.now_ms, &mut self.chip, &mut entropy);
            self.chance = chance;
            self.writes += step.images.len();
            self.sights.extend(step.sights);
            for (msisdn, image) in step.images {
                assert!(image.octets().len() < 1024, "a card's memory is small");
                self.stored.insert(msisdn, image.octets().to_vec());
            }
            for output in step.outputs {
                match output {
                    Output::SubmitAnswer { answer: Ok(name), .. } => self.accepted.push(name),
                    Output::SubmitAnswer { answer: Err(status), .. } => self.refused.push(status),
                    Output::QueryAnswer { answer, .. } => self.queried.push(answer),
                    Output::CancelAnswer { status, .. } => self.cancelled.push(status),
                    Output::Deliver { delivery, message } => {
                        self.receive(&message);
                        let answer = DeliverAnswer::Status(CommandStatus::ROK);
                        inputs.push(Input::DeliverAnswer { delivery, answer });
                    }
                }
            }
        }
    }

    fn receive(&mut self, message: &smpp::Message) {
        assert_eq!(message.source.number.as_str(), Some("358401234567"));
        if let Some(receipt) = Receipt::parse(message) {
            self.receipts.push(receipt);
            return;
        }
        assert!(message.has_user_data_header());
        assert!(message.user_data().len() <= 140);
        match self.reassembly.accept(&message.source.number, message.user_data(), self.now_ms) {
            Outcome::Complete { indicator: Indicator::Command, packet } => {
                let opened = open_command(&packet, &self.applet).unwrap();
                assert_eq!((opened.header.spi, opened.header.tar), (Spi::MO, TAR));
                if self.window.accept(opened.counter).is_ok() {
                    self.answers.push(Message::decode(&opened.data).unwrap());
                }
            }
            Outcome::Complete { indicator: Indicator::Response, packet } => {
                self.responses.push(open_response(&packet, Spi::COMMAND, &self.ota).unwrap());
            }
            Outcome::Partial | Outcome::Duplicate => {}
            Outcome::Refused(why) => panic!("the card sent what the server refuses: {why}"),
        }
    }

    /// Asks the applet, under the next counter.
    pub(crate) fn ask(&mut self, txn: u32, body: Request) {
        self.ask_again(txn, 1, body);
    }

    pub(crate) fn ask_again(&mut self, txn: u32, attempt: u8, body: Request) {
        let data = Message { txn: TxnId(txn), attempt, body }.encode().unwrap();
        let packet = self.seal(&data);
        self.submit(&packet, 1);
    }

    pub(crate) fn seal(&mut self, data: &[u8]) -> Vec<u8> {
        self.counter += 1;
        seal_command(Spi::COMMAND, TAR, &self.ota, Counter::new(self.counter).unwrap(), data).unwrap()
    }

    /// Submits a packet in as many segments as it needs.
    pub(crate) fn submit(&mut self, packet: &[u8], registered_delivery: u8) {
        self.reference = self.reference.wrapping_add(1);
        let parts = segment(packet, Indicator::Command, self.reference).unwrap();
        let inputs = parts.into_iter().map(|part| submission(part, registered_delivery)).collect();
        self.step(inputs);
    }

    pub(crate) fn act(&mut self, action: PersonAction) {
        self.step(vec![Input::Person { msisdn: MSISDN, action }]);
    }

    pub(crate) fn type_pin(&mut self, pin: &str) {
        self.act(PersonAction::EnterPin(Pin::parse(pin).unwrap()));
    }

    /// Does whatever the screen asks, with the right PIN.
    pub(crate) fn agree(&mut self) {
        let pin = || Pin::parse("246810").unwrap();
        match self.smsc.chosen_pin(MSISDN).is_some() {
            true => self.act(PersonAction::EnterPin(pin())),
            false => self.act(PersonAction::ChoosePin { first: pin(), again: pin() }),
        }
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        while let Some(at) = self.smsc.next_wake_ms(self.now_ms).filter(|at| *at <= end) {
            self.now_ms = self.now_ms.max(at);
            self.step(Vec::new());
        }
        self.now_ms = end;
    }

    pub(crate) fn screen(&self) -> Screen {
        self.smsc.screen(MSISDN).unwrap()
    }

    /// The one answer since the last [`Self::forget`], which then is forgotten.
    pub(crate) fn answer(&mut self) -> Answer {
        assert_eq!(self.answers.len(), 1, "{:?}", self.answers);
        self.answers.pop().unwrap().body
    }

    /// The status code of the last proof of receipt.
    pub(crate) fn rsc(&self) -> Rsc {
        self.responses.last().unwrap().rsc
    }

    pub(crate) fn forget(&mut self) {
        self.answers.clear();
        self.responses.clear();
        self.receipts.clear();
        self.refused.clear();
        self.chip.signatures = 0;
        self.writes = 0;
    }
}

pub(crate) const KEYS: [(Slot, Mode); 3] = [
    (Slot::SIGN, Mode::SignedAttributes),
    (Slot::AUTHN, Mode::SignedAttributes),
    (Slot::DIGEST, Mode::Digest),
];

pub(crate) const AGREE: Person = Person::Scripted(Script::AGREE);

pub(crate) fn generate(slot: Slot, mode: Mode) -> Request {
    let title = Some(ScreenText::new("Sinetti").unwrap());
    Request::GenerateKey { slot, mode, ttl_s: 120, pin_policy: PinPolicy::DEFAULT, title, text: None }
}

pub(crate) fn sign_text(text: &str) -> Request {
    Request::SignText {
        slot: Slot::SIGN,
        ttl_s: 60,
        time: 1_800_000_000,
        title: Some(ScreenText::new("Bank").unwrap()),
        headline: Some(ScreenText::new("Payment").unwrap()),
        text: ScreenText::new(text).unwrap(),
    }
}

pub(crate) fn sign_digest(digest: [u8; 32]) -> Request {
    let (title, label) = (Some(ScreenText::new("Notary").unwrap()), ScreenText::new("Deed 17").unwrap());
    Request::SignDigest { slot: Slot::DIGEST, ttl_s: 60, digest, title, label }
}

pub(crate) fn submission(user_data: Vec<u8>, registered_delivery: u8) -> Input {
    let message = smpp::Message {
        source: Address::short_number(SHORT).unwrap(),
        destination: Address::international("358401234567").unwrap(),
        esm_class: 0x40,
        protocol_id: 0x7F,
        data_coding: 0xF6,
        validity_period: validity::relative(60),
        registered_delivery,
        short_message: ShortMessage::try_from(user_data).unwrap(),
        ..smpp::Message::default()
    };
    Input::Submit { esme: HOME, token: 7, message: Box::new(message) }
}

fn centre(stored: &BTreeMap<u64, Vec<u8>>, person: Person) -> Smsc {
    let home = Esme { system_id: "home".to_owned(), numbers: vec![SHORT.try_into().unwrap()] };
    let mut smsc = Smsc::new(Config::new(vec![home], "T".to_owned())).unwrap();
    for (msisdn, octets) in stored {
        smsc.insert(*msisdn, &CardImage::from_octets(octets.clone()), person).unwrap();
    }
    smsc
}
