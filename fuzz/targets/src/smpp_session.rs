//! A session of either end against a peer that sends anything in any portions: every request is answered or nacked once,
//! every message of ours has one fate, and nothing grows beyond its bound.
use smpp::{
    Bind, BindMode, Body, COctetString, CommandStatus, Event, MessageId, Password, Pdu, Session,
    SessionConfig, command::CommandId, framer::Framer, malformed::DecodeError, message::Carriage,
    query::QuerySmResp,
};

use crate::{
    choices::Choices,
    smpp_pdu::{bodies, encoded, message},
};

const CONFIG: SessionConfig = SessionConfig {
    window: 3,
    queue: 4,
    inbound_window: 3,
    rate: None,
    response_ms: 1_000,
    idle_ms: 3_000,
    misses: 2,
    bind_ms: 1_000,
    queue_ms: 2_000,
    pdu_ms: 1_500,
};
/// Most operations of one input.
const STEPS: usize = 256;

/// What kind of request the owner has to answer.
#[derive(Clone, Copy)]
enum Held {
    Message,
    Query,
    Cancel,
}

/// What the world around the session knows.
struct World {
    session: Session,
    now: u64,
    /// Reads what the peer sends, as the session does.
    heard: Framer,
    /// Reads what the session writes, as the peer does.
    said: Framer,
    /// Sequence numbers of requests whose answer has not been written.
    owed: Vec<u32>,
    /// Requests that the owner has to answer.
    held: Vec<(u32, Held)>,
    bind_held: bool,
    /// Tokens of messages whose fate is not known.
    tokens: Vec<u64>,
    next_token: u64,
    octets_in: usize,
    octets_out: usize,
    steps: usize,
    closed: bool,
}

/// A sequence of operations.
///
/// # Panics
/// When an invariant of the session breaks.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let mut world = World::new(&mut choices);
    while !choices.is_empty() && world.steps < STEPS {
        world.steps += 1;
        world.step(&mut choices);
        world.look();
    }
    world.end();
}

impl World {
    fn new(choices: &mut Choices<'_>) -> Self {
        let first = choices.octet();
        let rate = (first & 2 != 0).then_some(5);
        let config = SessionConfig { rate, ..CONFIG };
        let mode =
            [BindMode::Transceiver, BindMode::Receiver, BindMode::Transmitter][usize::from(first >> 2) % 3];
        let session = if first & 1 == 0 {
            Session::smsc(config, 0)
        } else {
            Session::esme(config, &Bind::new(mode, COctetString::empty(), password()), 0)
        };
        Self {
            session,
            now: 0,
            heard: Framer::new(),
            said: Framer::new(),
            owed: Vec::new(),
            held: Vec::new(),
            bind_held: false,
            tokens: Vec::new(),
            next_token: 0,
            octets_in: 0,
            octets_out: 0,
            steps: 0,
            closed: false,
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(12) {
            0..=2 => {
                let portion = choices.counted();
                self.receive(portion);
            }
            // A PDU of ours under a small sequence number, so that it may be the answer to something.
            3..=5 => {
                let mut bodies = bodies();
                let body = bodies.swap_remove(usize::from(choices.octet()) % bodies.len());
                let status = CommandStatus(choices.of(&[0, 0, 0, 0x58, 0x14, 0x08, 0xFFFF_FFFF]));
                let pdu = Pdu { status, sequence: u32::from(choices.below(8)), body };
                let octets = encoded(&pdu);
                let cut = usize::from(choices.octet()) % octets.len();
                self.receive(&octets[..cut]);
                self.look();
                self.receive(&octets[cut..]);
            }
            6 => self.answer(choices),
            7 => self.send(choices),
            8 => {
                self.now += u64::from(choices.octet()) * 20;
                self.tick();
            }
            9 => {
                if let Some(at) = self.session.deadline(self.now) {
                    self.now = self.now.max(at);
                    self.tick();
                }
            }
            10 => {
                let count = usize::from(choices.word()).min(self.session.output().len());
                self.write(count);
            }
            _ => match choices.below(8) {
                0 => self.session.unbind(self.now),
                1 => self.session.lost(),
                2 => self.session.reading(false, self.now),
                3 => self.session.reading(true, self.now),
                _ => self.write(self.session.output().len()),
            },
        }
    }

    fn receive(&mut self, octets: &[u8]) {
        if !self.session.is_closed() {
            self.octets_in += octets.len();
            self.heard.feed(octets);
            while let Some(read) = self.heard.next_pdu() {
                let (command, sequence) = match read {
                    Ok(pdu) => (pdu.body.command(), pdu.sequence),
                    Err(DecodeError::Malformed { header, .. }) => (header.command, header.sequence),
                    Err(DecodeError::Length(_)) => {
                        self.owed.push(0);
                        break;
                    }
                };
                let silent = matches!(command, CommandId::OUTBIND | CommandId::ALERT_NOTIFICATION);
                if !command.is_response() && !silent {
                    self.owed.push(sequence);
                }
            }
        }
        self.session.receive(octets, self.now);
    }

    fn answer(&mut self, choices: &mut Choices<'_>) {
        if self.bind_held {
            self.bind_held = false;
            if choices.below(4) == 0 {
                self.session.refuse_bind(CommandStatus::RBINDFAIL);
            } else {
                self.session.accept_bind(COctetString::empty(), self.now);
            }
        } else if !self.held.is_empty() {
            let at = usize::from(choices.octet()) % self.held.len();
            let (sequence, held) = self.held.swap_remove(at);
            let status = choices.of(&[CommandStatus::ROK, CommandStatus::RSYSERR]);
            match held {
                Held::Message => self.session.answer(sequence, status, MessageId::empty()),
                Held::Query if status.is_ok() => {
                    self.session.answer_query(sequence, Ok(QuerySmResp::default()))
                }
                Held::Query => self.session.answer_query(sequence, Err(status)),
                Held::Cancel => self.session.answer_cancel(sequence, status),
            }
        }
    }

    fn send(&mut self, choices: &mut Choices<'_>) {
        self.next_token += 1;
        self.tokens.push(self.next_token);
        let mut message = message(choices.take(4), false);
        if self.next_token.is_multiple_of(3) {
            message.carriage = Carriage::Data;
        }
        self.session.send(message, self.next_token, self.now);
    }

    fn tick(&mut self) {
        self.session.tick(self.now);
        let next = self.session.deadline(self.now);
        assert!(next.is_none_or(|at| at > self.now), "a shell would turn without end");
        assert_eq!(next.is_none(), self.session.is_closed());
    }

    /// The peer reads what was written; all of it must be PDUs, and each answer must answer something.
    fn write(&mut self, count: usize) {
        let octets = self.session.output()[..count].to_vec();
        self.session.written(count);
        self.octets_out += count;
        self.said.feed(&octets);
        while let Some(pdu) = self.said.next_pdu() {
            let pdu = pdu.expect("the session writes whole PDUs");
            if pdu.body.command().is_response() {
                let asked = self.owed.iter().position(|sequence| *sequence == pdu.sequence);
                self.owed.swap_remove(asked.expect("an answer to nothing"));
            }
        }
    }

    /// What must hold between two operations.
    fn look(&mut self) {
        let events: Vec<Event> = self.session.drain_events().collect();
        for event in events {
            match event {
                Event::BindAsked(_) => {
                    assert!(!self.bind_held, "two binds at once");
                    self.bind_held = true;
                }
                Event::Received { sequence, .. } => self.hold(sequence, Held::Message),
                Event::QueryAsked { sequence, .. } => self.hold(sequence, Held::Query),
                Event::CancelAsked { sequence, .. } => self.hold(sequence, Held::Cancel),
                Event::Answered { token, .. } => self.settled(token),
                Event::Closed(_) => {
                    assert!(!self.closed, "closed twice");
                    self.closed = true;
                }
                Event::Bound { .. }
                | Event::BindRefused(_)
                | Event::Malformed(..)
                | Event::Unserved { .. } => {}
            }
        }
        assert_eq!(self.closed, self.session.is_closed());
        let out = self.octets_out + self.session.output().len();
        assert!(
            out <= 8 * self.octets_in + 256 * (self.steps + 1),
            "{out} octets for {} octets",
            self.octets_in
        );
    }

    fn hold(&mut self, sequence: u32, what: Held) {
        self.held.push((sequence, what));
        assert!(self.held.len() <= CONFIG.inbound_window, "more than the window");
    }

    fn settled(&mut self, token: u64) {
        let at = self.tokens.iter().position(|known| *known == token);
        self.tokens.swap_remove(at.expect("a fate that was told twice, or of nothing"));
    }

    fn end(mut self) {
        self.look();
        let was_open = !self.session.is_closed();
        self.write(self.session.output().len());
        if was_open {
            // Whatever was asked was answered, or the owner has it.
            let mut waiting = self.held.len();
            waiting += usize::from(self.bind_held);
            assert_eq!(self.owed.len(), waiting, "requests without an answer: {:?}", self.owed);
        }
        self.session.lost();
        self.look();
        let unsent: Vec<u64> = self.session.take_unsent().map(|(_, token)| token).collect();
        for token in unsent {
            self.settled(token);
        }
        assert!(self.tokens.is_empty(), "messages without a fate: {:?}", self.tokens);
    }
}

fn password() -> Password {
    Password::new(b"secret").expect("short")
}

/// Dialogues of both ends: a bind, messages both ways, answers, an unbind; and each PDU alone.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let portion = |octets: &[u8]| [&[0, octets.len() as u8], octets].concat();
    let pdu = |sequence, body| encoded(&Pdu::request(sequence, body));
    let at = |wanted: fn(&Body) -> bool| bodies().iter().position(wanted).expect("every body") as u8;
    let (deliver, submit) = (at(|b| matches!(b, Body::DeliverSm(_))), at(|b| matches!(b, Body::SubmitSm(_))));
    let (deliver_resp, submit_resp) =
        (at(|b| matches!(b, Body::DeliverSmResp(_))), at(|b| matches!(b, Body::SubmitSmResp(_))));
    let (bind, bind_resp) = (at(|b| matches!(b, Body::Bind(_))), at(|b| matches!(b, Body::BindResp(..))));
    let ours = |which: u8, status: u8, sequence: u8| vec![3, which, status, sequence, 7];
    let smsc = [
        vec![0],
        ours(bind, 0, 1),
        vec![6, 1],
        ours(submit, 0, 2),
        ours(submit, 0, 3),
        vec![6, 0, 0],
        vec![7, b'a', b'b', b'c', b'd'],
        vec![11, 5],
        ours(deliver_resp, 0, 1),
        vec![9],
        ours(deliver_resp, 3, 2),
        vec![9, 9, 9],
        vec![11, 0],
    ];
    let esme = [
        vec![1],
        ours(bind_resp, 0, 1),
        vec![7, 1, 2, 3, 4, 7, 1, 2, 3, 4, 7, 1, 2, 3, 4, 7, 1, 2, 3, 4, 7, 1, 2, 3, 4],
        ours(submit_resp, 0, 2),
        ours(submit_resp, 3, 3),
        ours(deliver, 0, 4),
        vec![9, 6, 0, 0, 8, 255, 9, 9],
        vec![10, 0, 20, 11, 0, 9],
    ];
    let mut seeds = vec![smsc.concat(), esme.concat()];
    for end in 0..4 {
        let mut all = vec![end];
        for body in bodies() {
            all.extend(portion(&pdu(1, body)));
        }
        seeds.push(all);
    }
    for body in bodies() {
        seeds.push([&[0][..], &portion(&pdu(1, body))].concat());
    }
    seeds
}
