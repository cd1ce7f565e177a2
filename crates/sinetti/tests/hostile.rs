//! Bad input where it is hardest to come by: octets and packets of a hostile short-message centre, of strangers at the
//! listeners, and of other cards, in the middle of a signature. Nothing may happen but what is right, and one line in the log.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod demo;
mod proxy;

use std::{
    cell::Cell,
    collections::HashSet,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::PathBuf,
    process::Child,
    time::Duration,
};

use demo::{Demo, outcome, wait};
use proxy::{Mode, Proxy, is_answer};
use serde_json::{Value, json};
use smpp::{Body, Message, Pdu, message::ShortMessage};

const ROLES: [&str; 5] = ["ca", "smsc", "home", "me", "ae"];

/// The demonstration with the proxy before its short-message centre.
struct Stage {
    demo: Demo,
    proxy: Proxy,
    /// Where the centre itself listens.
    centre: String,
    rounds: Cell<u32>,
}

/// A signature under way: the phone asks.
struct Asking {
    command: Child,
    text: String,
    /// Where home.log ended before.
    mark: usize,
}

impl Stage {
    fn start(name: &str) -> Self {
        let demo = Demo::start(name, false);
        let path = config(&demo, "home");
        let text = std::fs::read_to_string(&path).unwrap();
        let centre = address(&demo, "home", "smsc");
        let proxy = Proxy::start(&centre);
        std::fs::write(path, text.replace(&centre, &proxy.address().to_string())).unwrap();
        let stage = Self { demo, proxy, centre, rounds: Cell::new(0) };
        stage.restart_home();
        stage
    }

    fn restart_home(&self) {
        let mark = self.demo.log("home").len();
        let old = self.demo.kill("home");
        self.demo.wait_restarted("home", old);
        self.wait_line(mark, "bound to the short-message centre");
    }

    fn ids(&self) -> Value {
        self.demo.file()["processes"].clone()
    }

    /// What home.log says since.
    fn log_since(&self, mark: usize) -> String {
        self.demo.log("home")[mark..].to_owned()
    }

    fn wait_line(&self, mark: usize, fragment: &str) {
        wait(fragment, Duration::from_secs(20), || self.log_since(mark).contains(fragment).then_some(()));
    }

    /// Someone asks, and the phone shows it.
    fn ask(&self, n: usize) -> Asking {
        let mark = self.demo.log("home").len();
        let (number, _) = self.demo.subscriber(n);
        self.rounds.set(self.rounds.get() + 1);
        let text = format!("Round {}", self.rounds.get());
        let arguments = [number.as_str(), text.as_str(), "--mode", "asynch", "--timeout", "120"];
        let asking = Asking { command: self.demo.sign(&arguments), text, mark };
        assert_eq!(self.demo.wait_asked(&number)["text"], json!(asking.text));
        asking
    }

    fn enter_pin(&self, n: usize) {
        let (number, pin) = self.demo.subscriber(n);
        self.demo.enter_pin(&number, &pin);
    }

    /// The person agrees; says the trace id of the signature that comes of it, and what home.log has said since the start.
    fn agree(&self, n: usize, asking: Asking) -> (String, String) {
        self.enter_pin(n);
        self.signed(n, asking)
    }

    fn signed(&self, n: usize, asking: Asking) -> (String, String) {
        let (done, said) = outcome(asking.command);
        assert!(done && said.contains(&asking.text), "{said}");
        let (number, _) = self.demo.subscriber(n);
        // Asked once: the phone has nothing more to show.
        wait("the phone is free again", Duration::from_secs(20), || {
            (self.demo.phone(&number)["state"] == "idle").then_some(())
        });
        assert_eq!(self.demo.phone(&number)["notice"], json!("signed"));
        let trace = said.lines().find_map(|line| line.strip_prefix("transaction")).unwrap().trim();
        assert!(trace.starts_with('S'), "{said}");
        (trace.to_owned(), self.log_since(asking.mark))
    }

    /// A signature in the middle of which something happens; what home.log must have one line of for each time.
    fn round(&self, what: &str, times: usize, fragment: &str, mischief: impl FnOnce()) -> Vec<String> {
        let asking = self.ask(0);
        let mark = asking.mark;
        mischief();
        let (trace, _) = self.agree(0, asking);
        wait(fragment, Duration::from_secs(20), || (self.lines(mark, fragment).len() >= times).then_some(()));
        let lines = self.lines(mark, fragment);
        assert_eq!(lines.len(), times, "{what}: {lines:#?}");
        assert!(!self.log_since(mark).contains("no sign of life"), "{what}: the card was asked again");
        std::iter::once(trace).chain(lines).collect()
    }

    /// As [`Self::round`], where the event belongs to the transaction: each line says so.
    fn traced(&self, what: &str, times: usize, fragment: &str, mischief: impl FnOnce()) {
        let lines = self.round(what, times, fragment, mischief);
        let (trace, lines) = lines.split_first().unwrap();
        assert!(lines.iter().all(|line| line.contains(trace)), "{what}: not all of {trace}: {lines:#?}");
    }

    fn lines(&self, mark: usize, fragment: &str) -> Vec<String> {
        self.log_since(mark).lines().filter(|line| line.contains(fragment)).map(str::to_owned).collect()
    }

    /// Nobody has died, panicked or used a counter twice.
    fn all_is_well(&self, ids: &Value) {
        assert_eq!(self.ids(), *ids, "a process has died");
        for role in ROLES {
            assert!(!self.demo.log(role).contains("panicked"), "{role}:\n{}", self.demo.log(role));
        }
        assert!(!self.demo.log("home").contains("out of step"), "{}", self.demo.log("home"));
        // A repeat is sealed anew: a card would refuse the same octets as a counter that it has seen.
        let mut seen = HashSet::new();
        for message in self.proxy.submitted() {
            let to = message.destination.number.as_str().unwrap().to_owned();
            assert!(seen.insert((to, message.user_data().to_vec())), "a packet left twice");
        }
    }
}

fn config(demo: &Demo, role: &str) -> PathBuf {
    PathBuf::from(demo.file()["configs"][role].as_str().unwrap())
}

/// An address in a role's configuration, such as `smsc.address`.
fn address(demo: &Demo, role: &str, table: &str) -> String {
    let config: toml::Table = std::fs::read_to_string(config(demo, role)).unwrap().parse().unwrap();
    config[table]["address"].as_str().unwrap().to_owned()
}

fn pdu(command: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    [&length.to_be_bytes()[..], &command.to_be_bytes(), &[0; 4], &77_u32.to_be_bytes(), body].concat()
}

/// The same message with other user data.
fn with(message: &Message, user_data: Vec<u8>) -> Message {
    Message { short_message: ShortMessage::try_from(user_data).unwrap(), ..message.clone() }
}

/// A response packet without cipher or checksum (TS 102 225, 5.2), as anybody can write it.
fn plain_report(template: &Message, tar: &[u8], counter: u8, rsc: u8) -> Message {
    let head = [2, 0x71, 0, 0, 11, 10];
    with(template, [&head[..], tar, &[0, 0, 0, 0, counter, 0, rsc]].concat())
}

#[test]
fn octets_of_a_hostile_centre_disturb_nothing() {
    let stage = Stage::start("hostile-octets");
    let (ids, proxy) = (stage.ids(), &stage.proxy);
    let mut whole = Vec::new();
    Pdu::request(5, Body::DeliverSm(Message::default())).encode(&mut whole);
    let garbage = "the peer sends garbage";
    stage.round("garbage", 1, garbage, || proxy.raw(b"GET / HTTP/1.1\r\n\r\n"));
    let oversized = pdu(5, &vec![0; 65_521]);
    stage.round("an oversized PDU", 1, garbage, || proxy.raw(&oversized));
    stage.round("a length below the header's", 1, garbage, || proxy.raw(&[0, 0, 0, 15]));
    stage.round("a body that is cut", 3, "smpp pdu malformed", || {
        for body in [&whole[16..20], &[], &[0xFF; 60]] {
            proxy.raw(&pdu(5, body));
        }
    });
    stage.round("unknown commands", 2, "smpp command refused", || {
        proxy.raw(&pdu(0x0BAD, b"?"));
        proxy.raw(&pdu(0x8000_0BAD, b"?"));
    });
    stage.round("the end inside a PDU", 1, "smpp link down", || {
        proxy.raw(&whole[..20]);
        proxy.cut();
    });
    stage.round("a cut", 1, "smpp link down", || proxy.cut());

    // The centre has the message, and its answer is lost: sent again under another counter, shown once.
    proxy.set(Mode::CutAfterSubmit);
    let (before, asking) = (proxy.submitted().len(), stage.ask(0));
    wait("the copy", Duration::from_secs(30), || (proxy.submitted().len() > before + 1).then_some(()));
    stage.agree(0, asking);

    // Strangers at the doors.
    let [mesh, me] = ["mesh_listener", "me_listener"].map(|table| address(&stage.demo, "home", table));
    let mark = stage.demo.log("smsc").len();
    let asking = stage.ask(0);
    let inputs: [&[u8]; 6] =
        [b"GET / HTTP/1.1\r\n\r\n", &oversized, &[0; 16], &whole[..20], &pdu(9, b"cut"), &pdu(0x0BAD, b"")];
    for door in [&stage.centre, &mesh, &me] {
        for octets in inputs {
            knock(door, octets);
        }
        drop(TcpStream::connect(door).unwrap());
    }
    stage.agree(0, asking);
    // One line for each connection; the last two hold a frame that can be read, which is said too.
    let log = wait("the centre's lines", Duration::from_secs(20), || {
        let log = stage.demo.log("smsc")[mark..].to_owned();
        (log.matches("smpp link down").count() > inputs.len()).then_some(log)
    });
    let counts = ["smpp link down", garbage, "smpp pdu malformed", "smpp command refused"]
        .map(|fragment| log.matches(fragment).count());
    assert_eq!(counts, [inputs.len() + 1, 3, 1, 1], "{log}");

    let asking = stage.ask(0);
    stage.agree(0, asking);
    stage.all_is_well(&ids);
}

/// Says something at a door, and waits until it is shut.
fn knock(door: &str, octets: &[u8]) {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // The other side may have heard enough before all is said.
    drop(stream.write_all(octets));
    drop(stream.shutdown(Shutdown::Write));
    drop(stream.read_to_end(&mut Vec::new()));
}

#[test]
fn packets_that_are_not_the_cards_word_change_nothing() {
    let stage = Stage::start("hostile-packets");
    let (ids, proxy) = (stage.ids(), &stage.proxy);
    let numbers = [stage.demo.subscriber(0).0, stage.demo.subscriber(1).0];
    for n in [0, 1] {
        let asking = stage.ask(n);
        stage.agree(n, asking);
    }
    let [own, others] = [&numbers[0], &numbers[1]].map(|number| proxy.last_answer(number));
    assert!(is_answer(&own) && is_answer(&others));

    let flipped = |place: usize| {
        let mut octets = own.user_data().to_vec();
        octets[place] ^= 1;
        with(&own, octets)
    };
    let end = own.user_data().len() - 1;
    stage.traced("wrong checksums", 3, "a packet of card", || {
        // In the length, in the cipher text's first block, in its last.
        proxy.inject(vec![flipped(4), flipped(16), flipped(end)]);
    });
    stage.traced("packets that are cut", 2, "a packet of card", || {
        let cut = |length: usize| with(&own, own.user_data()[..length].to_vec());
        proxy.inject(vec![cut(end), cut(9)]);
    });
    stage.traced("a replay", 2, "replayed counter", || proxy.inject(vec![own.clone(), own.clone()]));
    stage.traced("a packet of another card", 1, "a packet of card", || {
        proxy.inject(vec![Message { source: own.source, ..others.clone() }]);
    });
    stage.round("another card's replay", 1, "replayed counter", || proxy.inject(vec![others.clone()]));

    // Before anything is heard of the card, so that a report that is believed would end or repeat the transaction.
    proxy.set(Mode::Delay);
    let tar = proxy.submitted().last().unwrap().user_data()[9..12].to_vec();
    let reports = |rsc| (1..=160).map(|counter| plain_report(&own, &tar, counter, rsc)).collect::<Vec<_>>();
    let before = proxy.submitted().len();
    stage.traced("unprotected reports", 4 * 160, "unprotected report", || {
        proxy.inject([0x00, 0x01, 0x02, 0x09].into_iter().flat_map(reports).collect());
        assert_eq!(proxy.submitted().len(), before + 1, "a report that nobody proved had something sent");
        proxy.release();
    });

    stage.all_is_well(&ids);
    a_result_that_is_late_is_not_the_next_one(&stage);
}

/// What the card said is lost with the process that should have heard it. It says it again; the first copy comes later.
fn a_result_that_is_late_is_not_the_next_one(stage: &Stage) {
    let proxy = &stage.proxy;
    let asking = stage.ask(0);
    proxy.set(Mode::Swallow);
    stage.enter_pin(0);
    let kept = wait("the result", Duration::from_secs(20), || {
        let kept = proxy.take_kept();
        kept.iter().any(is_answer).then_some(kept)
    });
    let (number, _) = stage.demo.subscriber(0);
    wait("the phone has signed", Duration::from_secs(20), || {
        (stage.demo.phone(&number)["notice"] == "signed").then_some(())
    });
    proxy.set(Mode::Pass);
    stage.restart_home();
    let ids = stage.ids();
    stage.signed(0, asking);
    let late: Vec<Message> = kept.into_iter().filter(is_answer).collect();
    let times = late.len();
    stage.round("results of the transaction before", times, "another transaction", || proxy.inject(late));
    let asking = stage.ask(0);
    stage.agree(0, asking);
    stage.all_is_well(&ids);
}
