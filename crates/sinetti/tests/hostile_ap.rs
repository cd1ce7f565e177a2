//! An Application Provider that does not behave, with a good certificate and with bad ones, while another one asks for one
//! signature after the other and must get each. Memory, file descriptors and log of the AE stay bounded.
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

use std::{
    io,
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use hostility::{
    HOSTILE_AP, Stage, address,
    good_ap::GoodAp,
    http_2::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
        WINDOW_UPDATE, frame, frames, head, start,
    },
    pki::{Authority, Leaf, Pems},
    process::{Process, own_descriptor_limit},
    soap::{SIGNED, code, post, signature_request},
    wire::{PATIENCE, answer, connect, connect_as, read_all, say, tcp},
};
use rcgen::{ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
    time::{sleep, timeout},
};

const MIB: u64 = 1024;
/// More than this in addition is no service but a leak: one AP may use a part of it, all together the rest.
const MEMORY: u64 = 512 * MIB;

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Before, at the peak, after: prints and checks what an attack cost.
struct Watch<'a> {
    what: &'static str,
    stage: &'a Stage,
    role: &'static str,
    process: Process,
    before: hostility::process::Use,
    log: usize,
    served: usize,
}

impl<'a> Watch<'a> {
    fn begin(what: &'static str, stage: &'a Stage, role: &'static str, good: &GoodAp) -> Self {
        let process = stage.process(role);
        process.forget_peak();
        let (before, log) = (process.now(), stage.demo.log(role).lines().count());
        Self { what, stage, role, process, before, log, served: good.served() }
    }

    /// The attack is at its height now, or over, with so many connections: the good AP is served all the same.
    fn end(self, good: &GoodAp, connections: usize) {
        good.wait_more(2);
        let after = self.process.now();
        let lines = self.stage.demo.log(self.role).lines().count() - self.log;
        let served = good.served() - self.served;
        println!(
            "{}: {} before: {}; after: {}; {served} signatures meanwhile, {lines} log lines for {connections} connections",
            self.what, self.role, self.before, after
        );
        assert!(after.peak < self.before.memory + MEMORY, "{}: memory", self.what);
        // Each signature has lines of its own.
        assert!(lines <= 4 * connections + 16 * (served + 2) + 100, "{}: {lines} log lines", self.what);
    }
}

#[test]
fn an_ap_that_does_not_behave_disturbs_nobody() {
    let stage = Stage::start("hostile-ap");
    let ids = stage.demo.file()["processes"].clone();
    strangers_write_nothing(&stage);

    let (ae, good) = (stage.process("ae"), stage.good_ap());
    let descriptors = ae.now().descriptors;
    let tls = stage.hostile_tls(&[]);
    // These take their time.
    let slow = stage.runtime.spawn(slow_heads_and_bodies(tls.clone(), stage.door));
    for (what, attack) in HTTP_1 {
        let watch = Watch::begin(what, &stage, "ae", &good);
        let (number, door) = (stage.demo.subscriber(1).0, stage.door);
        let connections = stage.runtime.block_on(attack(tls.clone(), door, number));
        watch.end(&good, connections);
    }
    let mesh: SocketAddr = address(&stage.demo, "home", "mesh_listener").parse().unwrap();
    let doors = [
        ("ae", stage.door, stage.hostile_tls(&["h2"]), "localhost"),
        ("home", mesh, stage.ae_tls(&["h2"]), "home.demo"),
    ];
    for (role, door, tls, name) in doors {
        for (what, attack) in HTTP_2 {
            let watch = Watch::begin(what, &stage, role, &good);
            let connections = stage.runtime.block_on(attack(tls.clone(), door, name));
            watch.end(&good, connections);
        }
    }
    let (heads, bodies) = stage.runtime.block_on(slow).unwrap();
    println!("slow: {heads} heads and {bodies} bodies were cut or refused");
    let served = good.stop();
    ae.wait_descriptors(descriptors);
    println!("afterwards: ae {}; {served} signatures in all", ae.now());
    stage.all_is_well(&ids);
}

/// Whoever is not let in makes the AE write nothing durable, gets no octet of HTTP, and fills no log.
fn strangers_write_nothing(stage: &Stage) {
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
            let tls = hostility::wire::client_of(versions, &stage.ap_root(), who.as_ref(), &[]);
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
                let tls =
                    hostility::wire::client_of(versions, &stage.root(network), Some(&stage.hostile), &[]);
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
    renegotiation(stage);
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

type Http1 =
    fn(Arc<ClientConfig>, SocketAddr, String) -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>>;

const HTTP_1: [(&str, Http1); 7] = [
    ("half-closed connections", |tls, door, number| Box::pin(half_closed(tls, door, number))),
    ("one octet at a time", |tls, door, number| Box::pin(octet_by_octet(tls, door, number))),
    ("pipelining", |tls, door, number| Box::pin(pipelining(tls, door, number))),
    ("header bombs", |tls, door, _| Box::pin(header_bombs(tls, door))),
    ("lengths that lie", |tls, door, _| Box::pin(lying_lengths(tls, door))),
    ("chunks", |tls, door, _| Box::pin(chunks(tls, door))),
    ("answers that nobody reads", |tls, door, _| Box::pin(unread_answers(tls, door))),
];

/// Who has said its last word may still listen.
async fn half_closed(tls: Arc<ClientConfig>, door: SocketAddr, number: String) -> usize {
    let mut stream = connect(&tls, door).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_all(&mut stream).await, b"", "nothing was asked");

    let mut stream = connect(&tls, door).await.unwrap();
    say(&mut stream, post(&signature_request(HOSTILE_AP, &number)).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let (status, body) = answer(&mut stream, &mut Vec::new()).await.expect("the answer still comes");
    assert_eq!((status, code(&body)), (200, Ok(SIGNED)));
    assert_eq!(read_all(&mut stream).await, b"", "then the connection ends");

    // The end in the middle of a request.
    let whole = post(&signature_request(HOSTILE_AP, &number));
    for length in [10, whole.len() - 1] {
        let mut stream = connect(&tls, door).await.unwrap();
        say(&mut stream, &whole.as_bytes()[..length]).await.unwrap();
        stream.shutdown().await.unwrap();
        let said = read_all(&mut stream).await;
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&said));
    }
    4
}

/// Each octet in a TLS record and a segment of its own.
async fn octet_by_octet(tls: Arc<ClientConfig>, door: SocketAddr, number: String) -> usize {
    let mut stream = connect(&tls, door).await.unwrap();
    for octet in post(&signature_request(HOSTILE_AP, &number)).bytes() {
        say(&mut stream, &[octet]).await.unwrap();
    }
    let (status, body) = answer(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!((status, code(&body)), (200, Ok(SIGNED)));
    1
}

/// Many requests in one write: all are answered, in order.
async fn pipelining(tls: Arc<ClientConfig>, door: SocketAddr, number: String) -> usize {
    let mut stream = connect(&tls, door).await.unwrap();
    let mut requests = String::new();
    for n in 0..300 {
        requests += &match n % 100 {
            50 => post(&signature_request(HOSTILE_AP, &number)),
            _ if n % 2 == 0 => post("no XML"),
            _ => GET.to_owned(),
        };
    }
    let (mut reader, mut writer) = tokio::io::split(stream);
    let writing = tokio::spawn(async move {
        writer.write_all(requests.as_bytes()).await.unwrap();
        writer.flush().await.unwrap();
        writer
    });
    let mut octets = Vec::new();
    let mut seen = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while seen.len() < 300 {
        let count = timeout(PATIENCE, reader.read(&mut buffer)).await.expect("answers").unwrap();
        assert!(count > 0, "closed after {} answers", seen.len());
        octets.extend_from_slice(&buffer[..count]);
        while let Some(found) = hostility::wire::split(&mut octets) {
            seen.push(found);
        }
    }
    for (n, (status, body)) in seen.iter().enumerate() {
        match n % 100 {
            50 => assert_eq!((*status, code(body)), (200, Ok(SIGNED)), "{n}"),
            _ if n % 2 == 0 => assert_eq!((*status, code(body)), (500, Ok(101)), "{n}"),
            _ => assert_eq!(*status, 200, "{n}"),
        }
    }
    stream = reader.unsplit(writing.await.unwrap());
    drop(stream);
    1
}

/// Heads without measure.
async fn header_bombs(tls: Arc<ClientConfig>, door: SocketAddr) -> usize {
    let bombs: Vec<(&str, String)> = vec![
        ("many fields", format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(5_000))),
        ("a long field", format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(1 << 20))),
        ("a long name", format!("GET / HTTP/1.1\r\nHost: a\r\n{}: y\r\n\r\n", "x".repeat(1 << 20))),
        ("a long target", format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(1 << 20))),
        ("a long method", "G".repeat(1 << 20)),
        ("empty lines", "\r\n".repeat(1 << 19)),
        ("folded lines", format!("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n{}\r\n", " z\r\n".repeat(50_000))),
        ("no end", format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(1 << 17))),
    ];
    let count = bombs.len();
    for (what, bomb) in bombs {
        let mut stream = connect(&tls, door).await.unwrap();
        // The other side may have heard enough before all is said.
        drop(say(&mut stream, bomb.as_bytes()).await);
        let said = read_all(&mut stream).await;
        assert!(
            said.is_empty() || said.starts_with(b"HTTP/1.1 4"),
            "{what}: {}",
            String::from_utf8_lossy(&said)
        );
    }
    count
}

/// Bodies that are not as long as was said. What follows the body is never taken for a request of its own.
async fn lying_lengths(tls: Arc<ClientConfig>, door: SocketAddr) -> usize {
    let smuggled = "GET /?wsdl HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let cases = [
        ("two lengths", format!("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc{smuggled}")),
        ("a list", format!("Content-Length: 3, 4\r\n\r\nabc{smuggled}")),
        ("negative", format!("Content-Length: -1\r\n\r\n{smuggled}")),
        ("signed", format!("Content-Length: +3\r\n\r\nabc{smuggled}")),
        ("hexadecimal", format!("Content-Length: 0x3\r\n\r\nabc{smuggled}")),
        ("overflowing", format!("Content-Length: 18446744073709551619\r\n\r\nabc{smuggled}")),
        (
            "with a coding",
            format!("Content-Length: 3\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc{smuggled}"),
        ),
        ("a coding that nobody knows", format!("Transfer-Encoding: gzip\r\n\r\nabc{smuggled}")),
        ("huge", "Content-Length: 9000000000000000\r\n\r\nabc".to_owned()),
    ];
    let count = cases.len() + 2;
    for (what, rest) in cases {
        let mut stream = connect(&tls, door).await.unwrap();
        let request = format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n{rest}");
        say(&mut stream, request.as_bytes()).await.unwrap();
        let said = String::from_utf8(read_all(&mut stream).await).unwrap();
        assert!(said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 500"), "{what}: {said}");
        assert!(!said.contains("wsdl:"), "{what}: a body was taken for a request: {said}");
    }
    // Both, of which the coding counts (RFC 9112, 6.3); the connection ends after it, or it is refused.
    let mut stream = connect(&tls, door).await.unwrap();
    let both =
        format!("Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n{smuggled}");
    say(&mut stream, format!("POST / HTTP/1.1\r\nHost: localhost\r\n{both}").as_bytes()).await.unwrap();
    let (status, _) = answer(&mut stream, &mut Vec::new()).await.unwrap();
    assert!(status >= 400, "{status}");
    // Too short: the rest is a request of its own, and no good one.
    let mut stream = connect(&tls, door).await.unwrap();
    let short = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcdefgh\r\n\r\n";
    say(&mut stream, short.as_bytes()).await.unwrap();
    let said = String::from_utf8(read_all(&mut stream).await).unwrap();
    assert_eq!(said.matches("HTTP/1.1 ").count(), 2, "{said}");
    assert!(said.contains("HTTP/1.1 400"), "{said}");
    count
}

/// Chunks of all sizes but sensible ones.
async fn chunks(tls: Arc<ClientConfig>, door: SocketAddr) -> usize {
    let trailers = format!("3\r\nabc\r\n0\r\n{}\r\n", "X: y\r\n".repeat(20_000));
    let cases: Vec<(&str, String)> = vec![
        ("tiny chunks", "1\r\nx\r\n".repeat(300_000) + "0\r\n\r\n"),
        ("a huge chunk", "FFFFFFFFFFFFFFFF\r\nabc".into()),
        ("a chunk past 64 bits", "FFFFFFFFFFFFFFFFF\r\nabc".into()),
        ("a negative chunk", "-3\r\nabc\r\n0\r\n\r\n".into()),
        ("extensions", format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(1 << 20))),
        ("trailers", trailers),
        ("over the limit", format!("{:x}\r\n{}\r\n0\r\n\r\n", 1 << 20, "x".repeat(1 << 20))),
        ("no end of line", "3abc".repeat(1000)),
    ];
    let count = cases.len();
    for (what, body) in cases {
        let mut stream = connect(&tls, door).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        );
        drop(say(&mut stream, request.as_bytes()).await);
        drop(stream.shutdown().await);
        let said = String::from_utf8(read_all(&mut stream).await).unwrap();
        assert!(!said.starts_with("HTTP/1.1 2"), "{what}: {said}");
    }
    count
}

/// Asks and asks and takes no answer.
async fn unread_answers(tls: Arc<ClientConfig>, door: SocketAddr) -> usize {
    let mut held = Vec::new();
    for _ in 0..50 {
        let mut stream = connect(&tls, door).await.unwrap();
        let requests = "GET /?wsdl HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500);
        drop(timeout(Duration::from_millis(500), say(&mut stream, requests.as_bytes())).await);
        held.push(stream);
    }
    held.len()
}

/// One octet each second; how many heads and bodies the AE has given up.
async fn slow_heads_and_bodies(tls: Arc<ClientConfig>, door: SocketAddr) -> (usize, usize) {
    let mut heads = JoinSet::new();
    let mut bodies = JoinSet::new();
    for n in 0..100 {
        let head = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_owned() + &"y".repeat(600);
        let begin = post(&"x".repeat(1000));
        let begin = begin[..begin.len() - 1000].to_owned();
        heads.spawn(drip(tls.clone(), door, String::new(), head));
        if n % 2 == 0 {
            bodies.spawn(drip(tls.clone(), door, begin, "x".repeat(1000)));
        }
    }
    (heads.join_all().await.len(), bodies.join_all().await.len())
}

async fn drip(tls: Arc<ClientConfig>, door: SocketAddr, begin: String, rest: String) {
    let mut stream = connect(&tls, door).await.unwrap();
    say(&mut stream, begin.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let dripping = async {
        for octet in rest.bytes() {
            if writer.write_all(&[octet]).await.is_err() || writer.flush().await.is_err() {
                return;
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    let hearing = async {
        let mut said = Vec::new();
        drop(reader.read_to_end(&mut said).await);
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&said));
    };
    // Long before all has been said, the other side has had enough.
    timeout(PATIENCE, async {
        tokio::select! {
            () = dripping => {}
            () = hearing => {}
        }
    })
    .await
    .expect("a slow request is cut");
}

type Http2 =
    fn(Arc<ClientConfig>, SocketAddr, &'static str) -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>>;

const HTTP_2: [(&str, Http2); 8] = [
    ("rapid reset", |tls, door, name| Box::pin(rapid_reset(tls, door, name))),
    ("many streams", |tls, door, name| Box::pin(many_streams(tls, door, name))),
    ("a flood of CONTINUATION", |tls, door, name| Box::pin(continuations(tls, door, name))),
    ("a flood of PING", |tls, door, name| {
        Box::pin(flood(tls, door, name, frame(PING, 0, 0, &[1; 8]), 100_000))
    }),
    ("a flood of SETTINGS", |tls, door, name| {
        Box::pin(flood(tls, door, name, frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9]), 100_000))
    }),
    ("a flood of empty DATA", |tls, door, name| Box::pin(empty_data(tls, door, name))),
    ("tiny windows", |tls, door, name| Box::pin(tiny_windows(tls, door, name))),
    ("frames that are not allowed", |tls, door, name| Box::pin(bad_frames(tls, door, name))),
];

/// What the other side said.
#[derive(Default)]
struct Heard {
    octets: Vec<u8>,
    closed: bool,
}

impl Heard {
    /// It has had enough: of the connection or of a stream.
    fn is_refusal(&self) -> bool {
        let kinds = [GOAWAY, RST_STREAM];
        self.closed || frames(&self.octets).iter().any(|frame| kinds.contains(&frame.0))
    }
}

/// Writes until all is said or the other side has had enough, then listens for a moment; what was heard.
async fn exchange(tls: &Arc<ClientConfig>, door: SocketAddr, name: &'static str, octets: Vec<u8>) -> Heard {
    let stream = connect_as(tls, door, name).await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let writing = tokio::spawn(async move {
        for piece in octets.chunks(64 * 1024) {
            if writer.write_all(piece).await.is_err() || writer.flush().await.is_err() {
                break;
            }
        }
        writer
    });
    let mut heard = Heard::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut written = false;
    let mut writing = std::pin::pin!(writing);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        assert!(tokio::time::Instant::now() < deadline, "the flood does not end");
        let rest = Duration::from_millis(300);
        tokio::select! {
            read = timeout(rest, reader.read(&mut buffer)) => match read {
                Ok(Ok(count @ 1..)) => heard.octets.extend_from_slice(&buffer[..count]),
                Ok(_) => {
                    heard.closed = true;
                    break;
                }
                // It has nothing more to say.
                Err(_) if written => break,
                Err(_) => {}
            },
            _ = &mut writing, if !written => written = true,
        }
    }
    heard
}

async fn rapid_reset(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let mut octets = start(&[]);
    for n in 0..20_000_u32 {
        octets.extend(frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, &head("POST", "/mss")));
        octets.extend(frame(RST_STREAM, 0, 2 * n + 1, &8_u32.to_be_bytes()));
    }
    exchange(&tls, door, name, octets).await;
    1
}

/// Streams that never end, many more than are allowed.
async fn many_streams(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let mut octets = start(&[]);
    for n in 0..10_000_u32 {
        octets.extend(frame(HEADERS, END_HEADERS, 2 * n + 1, &head("POST", "/mss")));
    }
    let heard = exchange(&tls, door, name, octets).await;
    assert!(heard.is_refusal(), "more streams than are allowed were taken");
    1
}

async fn continuations(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let mut octets = start(&[]);
    octets.extend(frame(HEADERS, END_STREAM, 1, &head("GET", "/")));
    // Fields that are not kept in the table, for ever: `x: yyy…`.
    let field = [&[0x00, 1, b'x', 120][..], &[b'y'; 120]].concat().repeat(100);
    for _ in 0..2_000 {
        octets.extend(frame(CONTINUATION, 0, 1, &field));
    }
    let heard = exchange(&tls, door, name, octets).await;
    assert!(heard.is_refusal(), "an endless head was taken");
    1
}

async fn flood(
    tls: Arc<ClientConfig>,
    door: SocketAddr,
    name: &'static str,
    what: Vec<u8>,
    times: usize,
) -> usize {
    let mut octets = start(&[]);
    octets.extend(what.repeat(times));
    exchange(&tls, door, name, octets.clone()).await;
    // And by one who does not read what comes back.
    let mut stream = connect_as(&tls, door, name).await.unwrap();
    drop(timeout(Duration::from_secs(2), say(&mut stream, &octets)).await);
    2
}

async fn empty_data(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let mut octets = start(&[]);
    octets.extend(frame(HEADERS, END_HEADERS, 1, &head("POST", "/mss")));
    octets.extend(frame(DATA, 0, 1, &[]).repeat(100_000));
    exchange(&tls, door, name, octets).await;
    1
}

/// Many answers are asked for and never taken: no window for them, or one of one octet.
async fn tiny_windows(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let mut held = Vec::new();
    for window in [0, 1].into_iter().cycle().take(20) {
        let mut stream = connect_as(&tls, door, name).await.unwrap();
        let mut octets = start(&[(4, window)]);
        octets.extend(frame(SETTINGS, ACK, 0, &[]));
        for n in 0..1_000_u32 {
            octets.extend(frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, &head("GET", "/?wsdl")));
        }
        drop(timeout(Duration::from_secs(2), say(&mut stream, &octets)).await);
        held.push(stream);
    }
    held.len()
}

/// Each of these ends the connection or the stream.
async fn bad_frames(tls: Arc<ClientConfig>, door: SocketAddr, name: &'static str) -> usize {
    let get = || frame(HEADERS, END_HEADERS | END_STREAM, 1, &head("GET", "/"));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("no preface", GET.as_bytes().repeat(2)),
        ("a frame over the limit", [start(&[]), frame(DATA, 0, 1, &vec![0; 20_000])].concat()),
        ("DATA on no stream", [start(&[]), frame(DATA, 0, 0, b"x")].concat()),
        ("DATA on an idle stream", [start(&[]), frame(DATA, 0, 99, b"x")].concat()),
        (
            "an even stream",
            [start(&[]), frame(HEADERS, END_HEADERS | END_STREAM, 2, &head("GET", "/"))].concat(),
        ),
        (
            "a window that overflows",
            [start(&[]), frame(WINDOW_UPDATE, 0, 0, &[0x7F, 0xFF, 0xFF, 0xFF]).repeat(2)].concat(),
        ),
        ("a window of zero", [start(&[]), get(), frame(WINDOW_UPDATE, 0, 0, &[0; 4])].concat()),
        ("a PING of seven octets", [start(&[]), frame(PING, 0, 0, &[0; 7])].concat()),
        ("SETTINGS of five octets", [start(&[]), frame(SETTINGS, 0, 0, &[0; 5])].concat()),
        ("a window that cannot be", start(&[(4, u32::MAX)])),
        ("a head that cannot be read", [start(&[]), frame(HEADERS, END_HEADERS, 1, &[0xFF; 40])].concat()),
        ("a head in a head", [start(&[]), frame(HEADERS, 0, 1, &head("GET", "/")), get()].concat()),
    ];
    let count = cases.len();
    for (what, octets) in cases {
        let heard = exchange(&tls, door, name, octets).await;
        assert!(heard.is_refusal(), "{what}: {:?}", frames(&heard.octets));
    }
    count
}

#[test]
fn thousands_of_idle_connections_leave_room_for_others() {
    idle(10_000, 20);
}

/// As above, and the flood that never ends goes on for longer.
#[test]
#[ignore = "some minutes: run by the campaign"]
fn a_long_flood_of_connections_leaves_room_for_others() {
    idle(15_000, 2_000);
}

fn idle(connections: usize, meanwhile: usize) {
    let stage = Stage::start(&format!("idle-{connections}"));
    let ids = stage.demo.file()["processes"].clone();
    let ae = stage.process("ae");
    // Ours, and those of the tests beside this one.
    let room = own_descriptor_limit().saturating_sub(3_000);
    let connections = connections.min(room);
    println!(
        "{connections} connections: descriptors {} here, {} in the AE",
        own_descriptor_limit(),
        ae.descriptor_limit()
    );
    let good = stage.good_ap();
    let descriptors = ae.now().descriptors;
    let tls = stage.hostile_tls(&[]);

    let watch = Watch::begin("idle before TLS", &stage, "ae", &good);
    let held = stage.runtime.block_on(open(connections, |_| {
        let door = stage.door;
        async move { tcp(door).await }
    }));
    println!("{} are connected; ae {}", held.len(), ae.now());
    watch.end(&good, held.len());
    drop(held);
    ae.wait_descriptors(descriptors);

    for (what, begin) in [("idle after TLS", ""), ("idle after half a head", "POST / HTTP/1.1\r\nHost: loc")]
    {
        let watch = Watch::begin(what, &stage, "ae", &good);
        let held = stage.runtime.block_on(open(connections, |_| {
            let (tls, door) = (tls.clone(), stage.door);
            async move {
                let mut stream = connect(&tls, door).await?;
                say(&mut stream, begin.as_bytes()).await?;
                Ok(stream)
            }
        }));
        println!("{} are connected; ae {}", held.len(), ae.now());
        watch.end(&good, held.len());
        drop(held);
        ae.wait_descriptors(descriptors);
    }
    // New ones all the time, which take the place of those that were cut.
    let watch = Watch::begin("a flood that never ends", &stage, "ae", &good);
    let opened = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (0..16)
        .map(|_| {
            let (opened, door) = (opened.clone(), stage.door);
            stage.runtime.spawn(async move {
                let mut held = std::collections::VecDeque::new();
                loop {
                    held.extend(tcp(door).await.ok());
                    opened.fetch_add(1, Relaxed);
                    if held.len() > 200 {
                        drop(held.pop_front());
                    }
                }
            })
        })
        .collect();
    good.wait_more(meanwhile);
    watch.end(&good, opened.load(Relaxed));
    for task in flood {
        task.abort();
    }
    ae.wait_descriptors(descriptors);
    let served = good.stop();
    println!("afterwards: ae {}; {served} signatures in all", ae.now());
    stage.all_is_well(&ids);
}

/// Opens so many, some at a time; what could be opened.
async fn open<T: Send + 'static, F>(count: usize, one: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let (mut tasks, mut opened) = (JoinSet::new(), Vec::new());
    let mut next = 0;
    loop {
        while next < count && tasks.len() < 64 {
            tasks.spawn(one(next));
            next += 1;
        }
        match tasks.join_next().await {
            None => return opened,
            Some(done) => opened.extend(done.unwrap().ok()),
        }
    }
}
