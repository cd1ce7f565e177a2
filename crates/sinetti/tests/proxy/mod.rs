//! A proxy between the HMSSP and its short-message centre that can do what a hostile or unlucky network can.
#![cfg(feature = "demo")]

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use smpp::{Body, CommandStatus, Message, Pdu, framer::Framer, message::MessageResp};

use super::demo::wait;

/// What becomes of the PDUs that pass.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Pass,
    /// What cards send is kept, and nobody knows of it.
    Delay,
    /// What cards send is kept, and the centre believes that it was taken.
    Swallow,
    /// The next submit_sm reaches the centre, and the connection ends before its answer. Then [`Mode::Pass`].
    CutAfterSubmit,
}

#[derive(Default)]
struct State {
    mode: Mode,
    home: Option<TcpStream>,
    submitted: Vec<Message>,
    delivered: Vec<Message>,
    kept: Vec<Pdu>,
    injected: u32,
    answered: u32,
}

/// See the module. Its threads end with the test.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Sequence numbers of deliver_sm that the centre never sent.
const INJECTED: u32 = 0x7000_0000;

impl Proxy {
    pub(crate) fn start(centre: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, centre) = (state.clone(), centre.to_owned());
        std::thread::spawn(move || {
            for home in listener.incoming() {
                let (home, centre) = (home.unwrap(), TcpStream::connect(&centre).unwrap());
                for stream in [&home, &centre] {
                    stream.set_nodelay(true).unwrap();
                }
                shared.lock().unwrap().home = Some(home.try_clone().unwrap());
                let (up, down) = (shared.clone(), shared.clone());
                let (from_home, to_centre) = (home.try_clone().unwrap(), centre.try_clone().unwrap());
                std::thread::spawn(move || {
                    pump(from_home, to_centre, |pdu, home, to| up_passes(&up, pdu, home, to))
                });
                std::thread::spawn(move || {
                    pump(centre, home, |pdu, centre, to| down_passes(&down, pdu, centre, to))
                });
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

    /// Octets towards the HMSSP, between two PDUs.
    pub(crate) fn raw(&self, octets: &[u8]) {
        let mut state = self.state();
        state.home.as_mut().unwrap().write_all(octets).unwrap();
    }

    /// Ends the connection.
    pub(crate) fn cut(&self) {
        drop(self.state().home.take().unwrap().shutdown(Shutdown::Both));
    }

    /// Sends these as if the centre did, and waits until the HMSSP has taken each.
    pub(crate) fn inject(&self, messages: Vec<Message>) {
        for message in messages {
            let mut state = self.state();
            state.injected += 1;
            let pdu = Pdu::request(INJECTED + state.injected, Body::DeliverSm(message));
            send(&pdu, state.home.as_mut().unwrap());
        }
        wait("what was injected is taken", Duration::from_secs(20), || {
            let state = self.state();
            (state.answered == state.injected).then_some(())
        });
    }

    /// Lets go what was kept.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        state.mode = Mode::Pass;
        for pdu in std::mem::take(&mut state.kept) {
            send(&pdu, state.home.as_mut().unwrap());
        }
    }

    /// Takes what was kept, never to be passed on.
    pub(crate) fn take_kept(&self) -> Vec<Message> {
        let kept = std::mem::take(&mut self.state().kept).into_iter();
        kept.filter_map(|pdu| if let Body::DeliverSm(message) = pdu.body { Some(message) } else { None })
            .collect()
    }

    /// Every message to cards, in order.
    pub(crate) fn submitted(&self) -> Vec<Message> {
        self.state().submitted.clone()
    }

    /// The last packet that the applet of this number made.
    pub(crate) fn last_answer(&self, number: &str) -> Message {
        let from =
            |message: &&Message| message.source.number.as_str() == Some(number.trim_start_matches('+'));
        self.state().delivered.iter().filter(|message| is_answer(message)).rfind(from).unwrap().clone()
    }
}

/// Whether a message holds a packet of the applet, and no report or receipt.
pub(crate) fn is_answer(message: &Message) -> bool {
    message.user_data().starts_with(&[2, 0x70, 0])
}

/// Reads PDUs until the stream ends; then the other one ends too.
fn pump(
    mut from: TcpStream,
    mut to: TcpStream,
    mut passes: impl FnMut(Pdu, &mut TcpStream, &mut TcpStream) -> bool,
) {
    let mut framer = Framer::new();
    let mut buffer = [0; 4096];
    'open: while let Ok(count @ 1..) = from.read(&mut buffer) {
        framer.feed(&buffer[..count]);
        while let Some(pdu) = framer.next_pdu() {
            if !passes(pdu.unwrap(), &mut from, &mut to) {
                break 'open;
            }
        }
    }
    for stream in [from, to] {
        drop(stream.shutdown(Shutdown::Both));
    }
}

/// From the HMSSP to the centre; `false` ends the connection.
fn up_passes(state: &Mutex<State>, pdu: Pdu, _: &mut TcpStream, centre: &mut TcpStream) -> bool {
    let mut state = state.lock().unwrap();
    if pdu.sequence >= INJECTED && matches!(pdu.body, Body::DeliverSmResp(_)) {
        state.answered += 1;
        return true;
    }
    let submit = if let Body::SubmitSm(message) = &pdu.body { Some(message.clone()) } else { None };
    let cut = submit.is_some() && state.mode == Mode::CutAfterSubmit;
    state.submitted.extend(submit);
    send(&pdu, centre);
    if cut {
        state.mode = Mode::Pass;
        if let Some(home) = state.home.take() {
            drop(home.shutdown(Shutdown::Both));
        }
    }
    // The centre reads to the end; only then is its side closed.
    !cut
}

/// From the centre to the HMSSP.
fn down_passes(state: &Mutex<State>, pdu: Pdu, centre: &mut TcpStream, home: &mut TcpStream) -> bool {
    let mut state = state.lock().unwrap();
    let Body::DeliverSm(message) = &pdu.body else {
        send(&pdu, home);
        return true;
    };
    state.delivered.push(message.clone());
    match state.mode {
        Mode::Pass | Mode::CutAfterSubmit => send(&pdu, home),
        Mode::Delay => state.kept.push(pdu),
        Mode::Swallow => {
            let body = Body::DeliverSmResp(Some(MessageResp::default()));
            send(&Pdu { status: CommandStatus::ROK, sequence: pdu.sequence, body }, centre);
            state.kept.push(pdu);
        }
    }
    true
}

/// A connection that has ended is no news here.
fn send(pdu: &Pdu, to: &mut TcpStream) {
    let mut octets = Vec::new();
    pdu.encode(&mut octets);
    drop(to.write_all(&octets));
}
