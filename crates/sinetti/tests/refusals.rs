//! What is wrong in a message is refused with the right fault: over real sockets, against the running roles. Who may send
//! one at all is `walls`.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod demo;

use std::{path::PathBuf, time::Duration};

use demo::Demo;
use mss_core::{StatusCode, Timestamp};
use mss_net::{
    http_client::{Answer, NodeError, Simple, Target},
    tls::{Identity, Roots, client_config},
};
use mss_wire::{Limits, Response, decode_response};

/// A client with one of the demonstration's certificates.
struct Client {
    simple: Simple,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    /// `who` is the folder of an enrolled role, `network` its file; `roots` whom to believe.
    fn new(demo: &Demo, (who, network): (&str, &str), roots: &str, address: &str, name: &str) -> Self {
        let tls = demo.folder().join(who).join("tls");
        let file = |suffix: &str| tls.join(format!("{network}{suffix}"));
        let identity = Identity::load(&file(".pem"), &file(".key")).unwrap();
        let roots = demo.folder().join("ca").join("public").join(format!("{roots}-root.pem"));
        let tls = client_config(Some(&identity), &Roots::load(&roots).unwrap()).unwrap();
        let simple = Simple::new(tls, Target::new(address, name).unwrap(), 1 << 20);
        Self { simple, runtime: tokio::runtime::Runtime::new().unwrap() }
    }

    fn post(&self, body: impl Into<Vec<u8>>) -> Result<Answer, NodeError> {
        let post = self.simple.post(
            "/mss",
            "application/soap+xml;charset=utf-8",
            body.into(),
            Duration::from_secs(30),
        );
        self.runtime.block_on(post)
    }

    /// The fault code, or the status code of a message.
    fn code(&self, body: impl Into<Vec<u8>>) -> u16 {
        let answer = self.post(body).unwrap();
        match decode_response(&answer.body, Limits::default()).unwrap() {
            Response::Fault(fault) => {
                assert_eq!(answer.status.as_u16(), 500, "a fault has HTTP status 500");
                fault.code.0
            }
            Response::Signature(signature) => signature.status.0,
            Response::Status(status) => status.status.0,
            _ => panic!("another message than was asked for"),
        }
    }
}

/// A signature request as text, so that it can be wrong.
struct Draft {
    ap_id: String,
    trans_id: String,
    instant: String,
    msisdn: String,
    text: String,
    attributes: String,
    profile: String,
}

impl Draft {
    fn new(demo: &Demo, trans_id: &str) -> Self {
        Self {
            ap_id: demo.file()["ap"]["ap_id"].as_str().unwrap().to_owned(),
            trans_id: trans_id.to_owned(),
            instant: now().to_string(),
            msisdn: demo.subscriber(0).0,
            text: "Pay?".into(),
            attributes: "MessagingMode=\"synch\" TimeOut=\"60\"".into(),
            profile: "mss::sign:loa4:sim".into(),
        }
    }

    fn xml(&self) -> String {
        format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><MSS_Signature>\
             <m:MSS_SignatureReq xmlns:m=\"http://uri.etsi.org/TS102204/v1.1.2#\" MajorVersion=\"1\" MinorVersion=\"1\" {}>\
             <m:AP_Info AP_ID=\"{}\" AP_TransID=\"{}\" AP_PWD=\"\" Instant=\"{}\"/>\
             <m:MSSP_Info><m:MSSP_ID/></m:MSSP_Info><m:MobileUser><m:MSISDN>{}</m:MSISDN></m:MobileUser>\
             <m:DataToBeSigned MimeType=\"text/plain\" Encoding=\"UTF-8\">{}</m:DataToBeSigned>\
             <m:SignatureProfile><m:mssURI>{}</m:mssURI></m:SignatureProfile>\
             </m:MSS_SignatureReq></MSS_Signature></e:Body></e:Envelope>",
            self.attributes, self.ap_id, self.trans_id, self.instant, self.msisdn, self.text, self.profile
        )
    }
}

fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// An address in a role's configuration, such as `mesh_listener.address`.
fn address(demo: &Demo, role: &str, table: &str) -> String {
    let path = PathBuf::from(demo.file()["configs"][role].as_str().unwrap());
    let config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    config[table]["address"].as_str().unwrap().to_owned()
}

#[test]
fn each_mistake_has_its_fault() {
    let demo = Demo::start("refusals", true);
    let ae = address(&demo, "ae", "ap_listener");
    let ap = Client::new(&demo, ("ap", "ap"), "ap", &ae, "localhost");
    mistakes(&demo, &ap);
    repeats(&demo, &ap);
    // After all that, it still serves.
    assert_eq!(ap.code(Draft::new(&demo, "last").xml()), StatusCode::SIGNATURE.0);
}

fn mistakes(demo: &Demo, ap: &Client) {
    let draft = |number: usize| Draft::new(demo, &format!("M{number}"));
    let cases: Vec<(&str, String, u16)> = vec![
        ("a DTD", format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{}", draft(0).xml()), 101),
        ("depth", format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)), 101),
        ("no XML", "GET / HTTP/1.1".into(), 101),
        ("a wrong namespace", draft(1).xml().replace("TS102204/v1.1.2#", "TS102204/v9#"), 108),
        ("an unknown operation", draft(2).xml().replace("MSS_Signature", "MSS_Divination"), 108),
        ("registration", draft(3).xml().replace("MSS_Signature", "MSS_Registration"), 104),
        ("an unknown AP", Draft { ap_id: "http://somebody.else".into(), ..draft(4) }.xml(), 104),
        (
            "a request whose time is over",
            Draft {
                attributes: "MessagingMode=\"synch\" ValidityDate=\"2020-01-01T00:00:00Z\"".into(),
                ..draft(5)
            }
            .xml(),
            208,
        ),
        ("a text that is too long", Draft { text: "x".repeat(240), ..draft(6) }.xml(), 103),
        ("a text that cannot be shown", Draft { text: "pay 12 \u{202E}RUE".into(), ..draft(7) }.xml(), 107),
        ("an unknown user", Draft { msisdn: "+358407777777".into(), ..draft(8) }.xml(), 105),
        ("a number of no home", Draft { msisdn: "+46701234567".into(), ..draft(9) }.xml(), 105),
        ("no number", Draft { msisdn: "0401234567".into(), ..draft(10) }.xml(), 101),
        ("an unknown profile", Draft { profile: "mss::sign:loa9:sim".into(), ..draft(11) }.xml(), 109),
        ("a clock that is off", Draft { instant: "2020-01-01T00:00:00Z".into(), ..draft(12) }.xml(), 101),
        ("a text for a digest key", Draft { profile: "mss::digest:loa4:sim".into(), ..draft(13) }.xml(), 107),
        ("an AP_TransID that is missing", Draft { trans_id: String::new(), ..draft(14) }.xml(), 102),
        (
            "a mode that is not offered",
            Draft { attributes: "MessagingMode=\"asynchServerServer\"".into(), ..draft(15) }.xml(),
            101,
        ),
    ];
    for (what, body, code) in cases {
        assert_eq!(ap.code(body), code, "{what}");
    }
    let large = draft(16).xml().replace("Pay?", &"x".repeat(256 * 1024));
    assert_eq!(ap.code(large), 101, "a message that is too large");
}

fn repeats(demo: &Demo, ap: &Client) {
    let draft = Draft::new(demo, "R1");
    let id = |answer: Answer| match decode_response(&answer.body, Limits::default()).unwrap() {
        Response::Signature(signature) => (signature.mssp_trans_id, signature.signature),
        _ => panic!("no signature"),
    };
    let first = id(ap.post(draft.xml()).unwrap());
    assert_eq!(id(ap.post(draft.xml()).unwrap()), first, "a repeat has the same answer");
    assert_eq!(
        ap.code(Draft { text: "Pay more?".into(), ..draft }.xml()),
        101,
        "other content under the same number"
    );
}
