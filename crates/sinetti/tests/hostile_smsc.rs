//! A short-message centre that does not behave: it lies, repeats, floods, refuses, and says nothing. Every request that was
//! accepted ends once, no signature is wrong, whoever needs no card is served all the while, and once the centre behaves
//! again signatures are made without a restart.
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
mod hostility;

use std::{fs, time::Duration};

use demo::wait;
use hostility::{
    Stage,
    crooked_centre::{CrookedCentre, Mode, OWN, encoded, raw},
    good_ap::{Client, GoodAp},
    soap::{SIGNED, asynch_request, code, signature_request, status_query},
};
use mss_core::{StatusCode, Timestamp};
use mss_pki::{Certificate, cms, pem};
use mss_wire::{Limits, Response, decode_response};
use smpp::{Body, CommandStatus, Message, Pdu, message::ShortMessage};

/// KiB in addition.
const MEMORY: u64 = 256 * 1024;

/// How a transaction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Open,
    /// With a signature that is right; its octets.
    Signed(Vec<u8>),
    Fault(u16),
}

struct Transaction {
    id: String,
    text: String,
}

/// An AP that looks closely.
struct Asker<'a> {
    stage: &'a Stage,
    client: Client,
    roots: Vec<Certificate>,
}

impl<'a> Asker<'a> {
    fn new(stage: &'a Stage) -> Self {
        let file = stage.demo.folder().join("ca").join("public").join("users-root.pem");
        let roots = pem::decode_all("CERTIFICATE", &fs::read_to_string(file).unwrap()).unwrap();
        let roots = roots.iter().map(|der| Certificate::parse(der).unwrap()).collect();
        Self { stage, client: Client::new(&stage.demo, stage.door), roots }
    }

    /// A request for the n-th subscriber that is accepted.
    fn ask(&self, n: usize) -> Transaction {
        let (request, text) = asynch_request(&self.client.ap_id, &self.stage.demo.subscriber(n).0);
        let body = self.client.post(request).unwrap();
        match decode_response(&body, Limits::default()).unwrap() {
            Response::Signature(answer) if answer.status == StatusCode::REQUEST_OK => {
                Transaction { id: answer.mssp_trans_id.to_string(), text }
            }
            _ => panic!("not accepted: {}", String::from_utf8_lossy(&body)),
        }
    }

    fn standing(&self, of: &Transaction) -> Standing {
        let body = self.client.post(status_query(&self.client.ap_id, &of.id)).unwrap();
        match decode_response(&body, Limits::default()).unwrap() {
            Response::Status(answer) => match answer.signature {
                Some(signature) => {
                    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
                    let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap());
                    let report =
                        cms::verify(&signature, &self.roots, None, now).expect("a signature that is right");
                    assert_eq!(report.content.as_deref(), Some(of.text.as_bytes()), "of this text");
                    Standing::Signed(signature)
                }
                None => {
                    assert_eq!(answer.status, StatusCode::OUTSTANDING_TRANSACTION);
                    Standing::Open
                }
            },
            Response::Fault(fault) => Standing::Fault(fault.code.0),
            _ => panic!("another message than was asked for"),
        }
    }

    /// Waits for the end, of which there is one.
    fn end(&self, of: &Transaction) -> Standing {
        let end = wait("the end of a transaction", Duration::from_secs(150), || {
            Some(self.standing(of)).filter(|standing| *standing != Standing::Open)
        });
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(20));
            assert_eq!(self.standing(of), end, "a second end");
        }
        end
    }

    /// A signature is made, without a restart.
    fn sign(&self, n: usize) {
        let request = signature_request(&self.client.ap_id, &self.stage.demo.subscriber(n).0);
        assert_eq!(self.client.post(request).and_then(|body| code(&body)), Ok(SIGNED));
    }
}

/// Looks at the HMSSP's process before and after.
fn watched(what: &str, stage: &Stage, good: &GoodAp, lines: usize, attack: impl FnOnce()) {
    let home = stage.process("home");
    home.forget_peak();
    let (before, log, served) = (home.now(), stage.demo.log("home").lines().count(), good.served());
    attack();
    good.wait_more(2);
    let (after, log) = (home.now(), stage.demo.log("home").lines().count() - log);
    let served = good.served() - served;
    println!("{what}: home before: {before}; after: {after}; {served} answers meanwhile, {log} log lines");
    assert!(after.peak < before.memory + MEMORY, "{what}: memory");
    assert!(log <= lines + 8 * served, "{what}: {log} log lines");
}

#[test]
fn a_centre_that_lies_and_floods_changes_nothing() {
    let (stage, centre) = Stage::start_crooked("crooked-lies");
    let ids = stage.demo.file()["processes"].clone();
    let asker = Asker::new(&stage);
    let good = stage.good_ap();
    let lies = [
        Mode::Name(b"1"),
        Mode::Name(b""),
        Mode::LongName,
        Mode::WrongNumbers,
        Mode::Repeat(5),
        Mode::Drip,
        Mode::LateBind(Duration::from_secs(2)),
        Mode::Honest,
    ];
    for mode in lies {
        watched(&format!("{mode:?}"), &stage, &good, 200, || {
            centre.set(mode);
            if matches!(mode, Mode::LateBind(_)) {
                centre.cut();
            }
            let transaction = asker.ask(1);
            good.wait_more(2);
            assert!(matches!(asker.end(&transaction), Standing::Signed(_)), "{mode:?}");
        });
    }
    let number = stage.demo.subscriber(1).0;
    for (what, lines, pdus) in floods(&centre, &number) {
        let count = pdus.len();
        watched(&format!("{count} {what}"), &stage, &good, lines, || {
            centre.flood(pdus);
            let transaction = asker.ask(1);
            assert!(matches!(asker.end(&transaction), Standing::Signed(_)), "{what}");
        });
    }
    println!("{} answers in all", good.stop());
    asker.sign(2);
    stage.all_is_well(&ids);
}

/// Each place may log a thousand lines at once, and twenty a second.
const PLACE: usize = 1_500;

/// What comes unasked: what it is, how many log lines it may cost, the PDUs.
fn floods(centre: &CrookedCentre, number: &str) -> Vec<(&'static str, usize, Vec<Vec<u8>>)> {
    let real = centre.last_answer(number);
    let mut next = OWN;
    let mut deliver = |message: Message| {
        next += 1;
        encoded(&Pdu::request(next, Body::DeliverSm(message)))
    };
    let with =
        |octets: Vec<u8>| Message { short_message: ShortMessage::try_from(octets).unwrap(), ..real.clone() };
    let receipt = |n: usize| Message {
        esm_class: 4,
        ..with(format!("id:{n} sub:001 dlvrd:000 stat:UNDELIV err:001 text:").into_bytes())
    };
    let strangers = (0..20_000_u64)
        .map(|n| {
            let source = smpp::Address::international(&(358_500_000_000 + n).to_string()).unwrap();
            deliver(Message { source, ..real.clone() })
        })
        .collect();
    let garbage = (0..10_000_usize).map(|n| deliver(with(vec![n.to_le_bytes()[0]; n % 140]))).collect();
    let replays = (0..10_000).map(|_| deliver(real.clone())).collect();
    let flipped = (0..10_000_usize)
        .map(|n| {
            let mut octets = real.user_data().to_vec();
            let place = 3 + n % (octets.len() - 3);
            octets[place] ^= 1 << (n % 8);
            deliver(with(octets))
        })
        .collect();
    // First parts of messages that never get a second one.
    let parts = (0..10_000_usize)
        .map(|n| {
            let reference = n.to_le_bytes();
            deliver(with([&[7, 0x70, 0, 8, 4, reference[0], reference[1], 200, 1][..], &[0; 100]].concat()))
        })
        .collect();
    let receipts = (0..20_000).map(|n| deliver(receipt(n))).collect();
    let numbers = |n: u32| OWN + 0x0100_0000 + n;
    let enquire = (0..50_000).map(|n| raw(0x15, numbers(n), &[])).collect();
    let unknown = (0..20_000).map(|n| raw(0x0BAD, numbers(n), b"?")).collect();
    let responses = (0..20_000).map(|n| raw(0x8000_0004, numbers(n), b"x\0")).collect();
    let nacks = (0..20_000).map(|n| raw(0x8000_0000, numbers(n), &[])).collect();
    let binds = (0..5_000).map(|n| raw(9, numbers(n), b"a\0b\0\0\x34\0\0\0")).collect();
    vec![
        ("messages of strangers", PLACE, strangers),
        ("messages of garbage", 2 * PLACE, garbage),
        ("replays", PLACE, replays),
        ("flipped bits", 2 * PLACE, flipped),
        ("first parts", PLACE, parts),
        ("receipts of nothing", PLACE, receipts),
        ("enquire_links", 10, enquire),
        ("unknown commands", PLACE, unknown),
        ("responses to nothing", 10, responses),
        ("generic_nacks", 10, nacks),
        ("binds", 10, binds),
    ]
}

#[test]
fn a_centre_that_refuses_or_is_silent_stops_only_what_needs_it() {
    let (stage, centre) = Stage::start_crooked("crooked-silence");
    let ids = stage.demo.file()["processes"].clone();
    let asker = Asker::new(&stage);
    asker.sign(1);
    let good = GoodAp::start_prober(&stage.demo, stage.door);
    let modes = [
        Mode::Mute,
        Mode::Refuse(CommandStatus::RTHROTTLED),
        Mode::Refuse(CommandStatus::RSYSERR),
        Mode::Refuse(CommandStatus::RMSGQFUL),
        Mode::Refuse(CommandStatus::RINVDSTADR),
        Mode::Nack,
        Mode::CloseAfter(2),
        Mode::Absent,
        Mode::Stall,
        Mode::Silent,
    ];
    let mut open = Vec::new();
    for mode in modes {
        watched(&format!("{mode:?}"), &stage, &good, 100, || {
            centre.set(mode);
            if mode == Mode::Absent {
                centre.cut();
            }
            let transaction = asker.ask(1);
            let before = asker.standing(&transaction);
            good.wait_more(20);
            std::thread::sleep(Duration::from_secs(2));
            assert!(before == Standing::Open || asker.standing(&transaction) == before, "{mode:?}");
            centre.set(Mode::Honest);
            if matches!(mode, Mode::Absent | Mode::Stall) {
                centre.cut();
            }
            let end = asker.end(&transaction);
            println!("  {mode:?} ended as {}", name(&end));
            let refused = mode == Mode::Refuse(CommandStatus::RINVDSTADR);
            assert_eq!(matches!(end, Standing::Fault(209)), refused, "{mode:?}: {end:?}");
            assert_eq!(matches!(end, Standing::Signed(_)), !refused, "{mode:?}: {end:?}");
            open.push((transaction, end));
            asker.sign(1);
        });
    }
    for (transaction, end) in open {
        assert_eq!(asker.standing(&transaction), end, "a second end");
    }
    println!("{} answers in all, {} connections", good.stop(), centre.connections());
    stage.all_is_well(&ids);
}

/// What was throttled until its transaction had ended reaches no card afterwards.
#[test]
#[ignore = "two and a half minutes: run by the campaign"]
fn a_request_that_was_throttled_to_its_end_is_not_sent_later() {
    let (stage, centre) = Stage::start_crooked("crooked-late");
    let ids = stage.demo.file()["processes"].clone();
    let asker = Asker::new(&stage);
    asker.sign(1);
    centre.set(Mode::Refuse(CommandStatus::RTHROTTLED));
    let transaction = asker.ask(1);
    let end = asker.end(&transaction);
    println!("ended as {}", name(&end));
    assert!(matches!(end, Standing::Fault(_)), "{end:?}");
    let before = centre.submitted().len();
    centre.set(Mode::Honest);
    // Longer than a request may wait in the session.
    std::thread::sleep(Duration::from_secs(40));
    assert_eq!(centre.submitted().len(), before, "a card was asked for what has ended");
    asker.sign(1);
    assert_eq!(asker.standing(&transaction), end, "a second end");
    stage.all_is_well(&ids);
}

fn name(standing: &Standing) -> String {
    match standing {
        Standing::Open => "open".into(),
        Standing::Signed(_) => "signed".into(),
        Standing::Fault(code) => format!("fault {code}"),
    }
}
