//! A short-message centre that does not behave: it stands before the real one and does to what passes whatever it likes.
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use smpp::{Body, CommandStatus, Message, MessageId, Pdu, Tlvs, framer::Framer, message::MessageResp};

use crate::demo::wait;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Honest,
    /// Every message gets this name.
    Name(&'static [u8]),
    /// Every message gets a name that is longer than may be.
    LongName,
    /// Each response comes under a number that was never used, and then under its own.
    WrongNumbers,
    /// Every PDU comes so many times.
    Repeat(usize),
    /// Submits are taken and never answered; nothing reaches a card.
    Silent,
    /// Submits reach the cards, and their answers are kept.
    Mute,
    /// Every submit is answered with this, and reaches nobody.
    Refuse(CommandStatus),
    /// generic_nack to whatever is asked; nothing reaches anybody.
    Nack,
    /// The connection ends after so many PDUs of the HMSSP.
    CloseAfter(usize),
    /// The connection is taken, and nothing is said.
    Absent,
    /// The answer to the bind comes this much later.
    LateBind(Duration),
    /// One octet at a time.
    Drip,
    /// A long PDU is announced, and no more of it than a part ever comes.
    Stall,
}

#[derive(Default)]
struct State {
    mode: Mode,
    home: Option<Home>,
    /// What the HMSSP has submitted, in order.
    submitted: Vec<Message>,
    /// What cards have sent.
    delivered: Vec<Message>,
    connections: usize,
}

/// The connection of the HMSSP.
#[derive(Clone)]
struct Home {
    socket: Arc<TcpStream>,
    /// Held while whole PDUs are written.
    writing: Arc<Mutex<()>>,
}

impl Home {
    fn new(socket: TcpStream) -> Self {
        Self { socket: Arc::new(socket), writing: Arc::default() }
    }

    /// An error is the end of the connection, which is no news here.
    fn write(&self, octets: &[u8]) {
        let _whole = self.writing.lock().unwrap();
        drop((&*self.socket).write_all(octets));
    }

    fn send(&self, pdu: &Pdu) {
        self.write(&encoded(pdu));
    }
}

/// See the module. Its threads end with the test.
pub(crate) struct CrookedCentre {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Sequence numbers from here on are our own.
pub(crate) const OWN: u32 = 0x7000_0000;

impl CrookedCentre {
    pub(crate) fn start(centre: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, centre) = (state.clone(), centre.to_owned());
        std::thread::spawn(move || {
            for home in listener.incoming() {
                let (home, state, centre) = (home.unwrap(), shared.clone(), centre.clone());
                std::thread::spawn(move || serve(&state, home, &centre));
            }
        });
        Self { address, state }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state().mode = mode;
    }

    /// Ends the present connection, if there is one.
    pub(crate) fn cut(&self) {
        if let Some(home) = self.state().home.take() {
            drop(home.socket.shutdown(Shutdown::Both));
        }
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.state().connections
    }

    /// Messages that the HMSSP has submitted so far.
    pub(crate) fn submitted(&self) -> Vec<Message> {
        self.state().submitted.clone()
    }

    /// The last packet that the applet of a number made.
    pub(crate) fn last_answer(&self, number: &str) -> Message {
        let number = number.trim_start_matches('+');
        let is_its = |message: &&Message| {
            message.source.number.as_str() == Some(number) && message.user_data().starts_with(&[2, 0x70, 0])
        };
        self.state().delivered.iter().rfind(is_its).unwrap().clone()
    }

    /// Sends PDUs to the HMSSP, all of them unless it has had enough; what passes gets its turn in between.
    pub(crate) fn flood(&self, pdus: impl IntoIterator<Item = Vec<u8>>) {
        let home = wait("a connection", Duration::from_secs(60), || self.state().home.clone());
        let mut octets = Vec::new();
        for pdu in pdus {
            octets.extend(pdu);
            if octets.len() > 16 * 1024 {
                home.write(&std::mem::take(&mut octets));
            }
        }
        home.write(&octets);
    }
}

fn serve(state: &Arc<Mutex<State>>, socket: TcpStream, centre: &str) {
    socket.set_nodelay(true).unwrap();
    let home = Home::new(socket);
    state.lock().unwrap().connections += 1;
    if state.lock().unwrap().mode == Mode::Absent {
        // Whatever comes is taken, until the other side has had enough or is cut.
        state.lock().unwrap().home = Some(home.clone());
        drop((&*home.socket).read_to_end(&mut Vec::new()));
        return;
    }
    let Ok(centre) = TcpStream::connect(centre) else { return };
    centre.set_nodelay(true).unwrap();
    let (up, upwards, centre) = (state.clone(), home.clone(), Arc::new(centre));
    let to_centre = centre.clone();
    std::thread::spawn(move || {
        let mut count = 0;
        pump(&upwards.socket, &to_centre, |pdu| {
            count += 1;
            up_passes(&up, &pdu, count, &upwards, &to_centre)
        });
    });
    pump(&centre, &home.socket, |pdu| down_passes(state, pdu, &home));
}

/// Reads PDUs until the stream ends or there is enough of it; then the other one ends too.
fn pump(mut from: &TcpStream, to: &TcpStream, mut passes: impl FnMut(Pdu) -> bool) {
    let mut framer = Framer::new();
    let mut buffer = [0; 64 * 1024];
    'open: while let Ok(count @ 1..) = from.read(&mut buffer) {
        framer.feed(&buffer[..count]);
        while let Some(pdu) = framer.next_pdu() {
            if !passes(pdu.unwrap()) {
                break 'open;
            }
        }
    }
    for stream in [from, to] {
        drop(stream.shutdown(Shutdown::Both));
    }
}

/// From the HMSSP to the centre; `false` ends the connection.
fn up_passes(state: &Mutex<State>, pdu: &Pdu, count: usize, home: &Home, mut centre: &TcpStream) -> bool {
    let mut state = state.lock().unwrap();
    let is_request = !pdu.body.command().is_response();
    if !is_request && pdu.sequence >= OWN {
        // The answer to what only we have sent.
        return true;
    }
    if let Body::SubmitSm(message) = &pdu.body {
        state.submitted.push(message.clone());
        match state.mode {
            Mode::Silent => return true,
            Mode::Refuse(status) => {
                drop(state);
                home.send(&Pdu { status, sequence: pdu.sequence, body: Body::SubmitSmResp(None) });
                return true;
            }
            _ => {}
        }
    }
    if state.mode == Mode::Nack && is_request && !matches!(pdu.body, Body::Bind(_)) {
        let status = CommandStatus::RSYSERR;
        drop(state);
        home.send(&Pdu { status, sequence: pdu.sequence, body: Body::GenericNack });
        return true;
    }
    drop(centre.write_all(&encoded(pdu)));
    !matches!(state.mode, Mode::CloseAfter(most) if count > most)
}

/// From the centre to the HMSSP.
fn down_passes(shared: &Mutex<State>, pdu: Pdu, home: &Home) -> bool {
    let mode = shared.lock().unwrap().mode;
    if let (Mode::LateBind(late), Body::BindResp(..)) = (mode, &pdu.body) {
        std::thread::sleep(late);
    }
    let mut state = shared.lock().unwrap();
    if matches!(pdu.body, Body::BindResp(..)) {
        state.home = Some(home.clone());
    }
    if let Body::DeliverSm(message) = &pdu.body {
        state.delivered.push(message.clone());
    }
    drop(state);
    let is_answer = matches!(pdu.body, Body::SubmitSmResp(_));
    match mode {
        Mode::Mute if is_answer => {}
        Mode::Name(name) if is_answer => {
            let resp = MessageResp { message_id: MessageId::new(name).unwrap(), tlvs: Tlvs::new() };
            home.send(&Pdu { body: Body::SubmitSmResp(Some(resp)), ..pdu });
        }
        Mode::LongName if is_answer => {
            home.write(&raw(0x8000_0004, pdu.sequence, &[&[b'x'; 200][..], &[0]].concat()));
        }
        Mode::WrongNumbers if pdu.body.command().is_response() => {
            for sequence in [pdu.sequence + 1_000_000, 0, u32::MAX, pdu.sequence] {
                let mut octets = encoded(&pdu);
                octets[12..16].copy_from_slice(&sequence.to_be_bytes());
                home.write(&octets);
            }
        }
        Mode::Repeat(times) => (0..times).for_each(|_| home.send(&pdu)),
        Mode::Drip => {
            for octet in encoded(&pdu) {
                home.write(&[octet]);
            }
        }
        Mode::Stall if is_answer => home.write(&[0, 0, 0xFF, 0, 0, 0, 0, 5, 0, 0]),
        _ => home.send(&pdu),
    }
    true
}

/// A PDU as octets.
pub(crate) fn encoded(pdu: &Pdu) -> Vec<u8> {
    let mut octets = Vec::new();
    pdu.encode(&mut octets);
    octets
}

/// A PDU with any body.
pub(crate) fn raw(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    [&length.to_be_bytes()[..], &command.to_be_bytes(), &[0; 4], &sequence.to_be_bytes(), body].concat()
}
