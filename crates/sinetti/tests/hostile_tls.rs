//! TLS with the wrong everything, at the AE's door for Application Providers and elsewhere.
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

use std::{net::SocketAddr, process::Stdio, sync::Arc, time::Duration};

use hostility::{
    Stage, address,
    pki::{Authority, Leaf, Pems},
    wire::{GET, PATIENCE, client_of, connect, read_all, say, tcp},
};
use rcgen::{ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

/// Whoever is not let in makes the AE write nothing durable, gets no octet of HTTP, and fills no log.
#[test]
fn strangers_get_no_answer_and_have_nothing_written() {
    let stage = Stage::start("strangers");
    let ids = stage.demo.file()["processes"].clone();
    let folder = stage.demo.folder().join("ae").join("data");
    let state = || {
        let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap());
        let mut files: Vec<_> = files
            .map(|file| {
                (
                    file.file_name(),
                    file.metadata().unwrap().len(),
                    file.metadata().unwrap().modified().unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    };
    let (written, lines) = (state(), stage.demo.log("ae").lines().count());
    let authority = Authority::new();
    let leaf = || Leaf::ap("stranger.example");
    let certificates: Vec<(&str, Option<Pems>)> = vec![
        ("no certificate", None),
        ("another CA", Some(authority.issue(&leaf()))),
        ("self-signed", Some(leaf().self_signed())),
        ("expired", Some(stage.authority.issue(&Leaf { valid: (2020, 2021), ..leaf() }))),
        ("not yet valid", Some(stage.authority.issue(&Leaf { valid: (2090, 2096), ..leaf() }))),
        ("for servers", Some(stage.authority.issue(&Leaf { purposes: vec![Eku::ServerAuth], ..leaf() }))),
        ("for nothing said", Some(stage.authority.issue(&Leaf { purposes: vec![], ..leaf() }))),
        (
            "for encryption",
            Some(stage.authority.issue(&Leaf { usages: vec![KeyUsagePurpose::KeyEncipherment], ..leaf() })),
        ),
        ("a CA's own", Some(stage.authority.issue(&Leaf { is_ca: true, ..leaf() }))),
    ];
    let mut refused = 0;
    for (what, who) in &certificates {
        for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
            let tls = client_of(versions, &stage.ap_root(), who.as_ref(), &[]);
            stage.runtime.block_on(no_answer(what, &tls, stage.door));
            refused += 1;
        }
    }
    let tls = stage.hostile_tls(&["spdy/3"]);
    stage.runtime.block_on(no_answer("an ALPN that nobody speaks", &tls, stage.door));
    // The right AP at other doors.
    let mut elsewhere = 0;
    for (role, table) in
        [("home", "mesh_listener"), ("home", "me_listener"), ("me", "listener"), ("ca", "me_listener")]
    {
        let door = address(&stage.demo, role, table).parse().unwrap();
        for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
            for network in ["mesh", "me"] {
                let tls = client_of(versions, &stage.root(network), Some(&stage.hostile), &[]);
                stage.runtime.block_on(no_answer("an AP elsewhere", &tls, door));
                elsewhere += 1;
            }
        }
    }
    let raw: Vec<(&str, Vec<u8>)> = vec![
        ("plain HTTP", GET.into()),
        ("an SMPP bind", vec![0, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("TLS 1.1", client_hello(0x0302)),
        ("SSL 3", client_hello(0x0300)),
        ("a hello that is cut", client_hello(0x0303)[..20].to_vec()),
        ("an endless hello", [&[22, 3, 1, 0x40, 0, 1, 0xFF, 0xFF, 0xFF][..], &[0; 100_000]].concat()),
        ("garbage records", vec![0xA5; 70_000]),
        ("application data first", [&[23, 3, 3, 0, 5][..], b"hello"].concat()),
        ("alerts", [21, 3, 3, 0, 2, 1, 90].repeat(5_000)),
        ("records without content", [22, 3, 3, 0, 0].repeat(10_000)),
        ("nothing", vec![]),
    ];
    for (what, octets) in &raw {
        stage.runtime.block_on(no_answer_in_clear(what, octets, stage.door));
    }
    let refused = refused + 1 + raw.len();
    let log = demo::wait("all refusals", PATIENCE, || {
        let log = stage.demo.log("ae");
        (log.matches("TLS handshake refused").count() >= refused).then_some(log)
    });
    let lines = log.lines().count() - lines;
    println!("strangers: {refused} at the AP listener, {elsewhere} elsewhere; {lines} log lines");
    assert_eq!(log.matches("TLS handshake refused").count(), refused, "refused by the AE itself");
    assert_eq!(lines, refused, "one line for each");
    assert_eq!(state(), written, "a stranger had something written");
    renegotiation(&stage);
    stage.all_is_well(&ids);
}

/// Says a request and hears nothing of HTTP.
async fn no_answer(what: &str, tls: &Arc<ClientConfig>, door: SocketAddr) {
    let Ok(mut stream) = connect(tls, door).await else { return };
    drop(say(&mut stream, GET.as_bytes()).await);
    assert_eq!(read_all(&mut stream).await, b"", "{what}");
}

async fn no_answer_in_clear(what: &str, octets: &[u8], door: SocketAddr) {
    let mut stream = tcp(door).await.unwrap();
    drop(stream.write_all(octets).await);
    drop(stream.shutdown().await);
    let mut said = Vec::new();
    // A reset is an answer, too.
    drop(timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the door is shut"));
    // An alert at most: two octets in a record.
    assert!(said.is_empty() || (said[0] == 21 && said.len() <= 7), "{what}: {said:?}");
}

/// A ClientHello that offers this version at most, and one cipher suite.
fn client_hello(version: u16) -> Vec<u8> {
    let version = version.to_be_bytes();
    let body = [&version[..], &[7; 32], &[0], &[0, 2, 0xC0, 0x09], &[1, 0]].concat();
    let handshake = [&[1, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat();
    [&[22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()], &handshake[..]].concat()
}

/// TLS 1.2's second handshake on an open connection, which is not to be had; with a client that can ask for it.
fn renegotiation(stage: &Stage) {
    let tls = stage.demo.folder().join("ap").join("tls");
    let client = std::process::Command::new("openssl")
        .args(["s_client", "-tls1_2", "-connect", &stage.door.to_string(), "-cert"])
        .arg(tls.join("ap.pem"))
        .arg("-key")
        .arg(tls.join("ap.key"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    match client {
        Err(error) => println!("skipped: openssl cannot be started ({error})"),
        Ok(mut client) => {
            use std::io::Write as _;
            // The letter R at the start of a line asks for it; s_client ends when it is refused.
            let mut input = client.stdin.take().unwrap();
            std::thread::sleep(Duration::from_millis(500));
            drop(input.write_all(b"R\n"));
            std::thread::sleep(Duration::from_millis(500));
            drop(input);
            let said = client.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
            assert!(said.contains("RENEGOTIATING"), "{said}");
            assert!(!said.contains("HTTP/1.1 2"), "{said}");
        }
    }
}
