//! Slow, large and malformed requests.
use std::time::Duration;

use http::StatusCode;
use mss_core::{Network, NetworkRole};
use mss_net::{
    http_client::{NodeTuning, Simple, Target},
    http_server::{BodyError, Limits, Request},
    tls::{Alpn, client_config},
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::pki::{Leaf, role};
use crate::scene::{Mesh, SOAP, SOON, Tally, echo, home, listen, read_all, read_until, until, write};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_client_that_never_begins_the_handshake_is_cut() {
    let mesh = Mesh::new();
    let limits = Limits { handshake_timeout: SHORT, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Both), limits, echo).await;
    let _silent = TcpStream::connect(listener.address).await.unwrap();
    until("the cut", || listener.tls.handshakes().failed == 1).await;
}

#[tokio::test]
async fn a_slow_head_is_cut_however_it_drips() {
    let mesh = Mesh::new();
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    for first in ["", "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n"] {
        let mut stream = mesh.raw(listener.address).await;
        if !first.is_empty() {
            write(&mut stream, first).await;
            read_until(&mut stream, "\r\n\r\n", 1).await;
            // At rest it may stay for longer than a head may take.
            sleep(SHORT * 2).await;
        }
        let begun = Instant::now();
        let drip = async {
            for octet in "GET / HTTP/1.1\r\nX-Long: ".chars().chain(std::iter::repeat('x')) {
                tokio::io::AsyncWriteExt::write_all(&mut stream, octet.to_string().as_bytes()).await?;
                tokio::io::AsyncWriteExt::flush(&mut stream).await?;
                sleep(Duration::from_millis(10)).await;
            }
            Ok::<_, std::io::Error>(())
        };
        assert!(timeout(SOON, drip).await.expect("cut").is_err());
        assert!(begun.elapsed() >= SHORT);
    }
}

#[tokio::test]
async fn a_connection_at_rest_is_closed_in_the_end() {
    let mesh = Mesh::new();
    let limits = Limits { idle_timeout: SHORT, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Both), limits, echo).await;
    let mut stream = mesh.raw(listener.address).await;
    let begun = Instant::now();
    write(&mut stream, "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n").await;
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() >= SHORT);
    // HTTP/2 too; and the node opens another when it needs one.
    let node = mesh.node(listener.address, NodeTuning { connections: 1, ..NodeTuning::default() });
    for opened in 1..=2 {
        node.post("/", SOAP, "x", SOON).await.unwrap();
        assert_eq!(node.connections_opened(), opened);
        sleep(SHORT * 4).await;
    }
}

#[tokio::test]
async fn a_request_in_flight_is_not_idle() {
    let mesh = Mesh::new();
    let limits = Limits { idle_timeout: SHORT, head_timeout: SHORT, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Both), limits, |request: Request| async {
        sleep(SHORT * 4).await;
        echo(request).await
    })
    .await;
    let node = mesh.node(listener.address, NodeTuning::default());
    let simple = mesh.simple(listener.address);
    let (over_2, over_1) =
        tokio::join!(node.post("/", SOAP, "slow", SOON), simple.post("/", SOAP, "slow", SOON));
    assert_eq!((over_2.unwrap().body, over_1.unwrap().body), ("slow".into(), "slow".into()));
}

#[tokio::test]
async fn a_slow_body_is_the_handlers_to_answer() {
    let mesh = Mesh::new();
    let limits = Limits { body_timeout: SHORT, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    let mut stream = mesh.raw(listener.address).await;
    write(&mut stream, "POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 5\r\n\r\nhel").await;
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.ends_with(&BodyError::TimedOut.to_string()), "{answer}");
}

#[tokio::test]
async fn a_large_body_is_the_handlers_to_answer() {
    let mesh = Mesh::new();
    let limits = Limits { max_body: 1000, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Both), limits, echo).await;
    let node = mesh.node(listener.address, NodeTuning::default());
    let simple = mesh.simple(listener.address);
    for (size, status) in [
        (0, StatusCode::OK),
        (1000, StatusCode::OK),
        (1001, StatusCode::INTERNAL_SERVER_ERROR),
        (7000, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let body = "x".repeat(size);
        for answer in [
            node.post("/", SOAP, body.clone(), SOON).await.unwrap(),
            simple.post("/", SOAP, body.clone(), SOON).await.unwrap(),
        ] {
            assert_eq!(answer.status, status, "{size}");
            let expected =
                if status == StatusCode::OK { body.clone() } else { BodyError::TooLarge.to_string() };
            assert_eq!(answer.body, expected, "{size}");
        }
    }
    // Chunked: nothing announces the size.
    let mut stream = mesh.raw(listener.address).await;
    write(&mut stream, "POST / HTTP/1.1\r\nHost: home.test\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..3 {
        write(&mut stream, &format!("190\r\n{}\r\n", "y".repeat(400))).await;
    }
    write(&mut stream, "0\r\n\r\n").await;
    let answer = read_until(&mut stream, "too large", 1).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    // A client that asks before it sends is told before it sends.
    let mut stream = mesh.raw(listener.address).await;
    let head = "POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n";
    write(&mut stream, head).await;
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
}

#[tokio::test]
async fn heads_are_bounded_in_size_and_in_number() {
    let mesh = Mesh::new();
    let limits = Limits { max_head: 8192, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    let many: String = (0..101).map(|number| format!("X-{number}: y\r\n")).collect();
    for fields in [format!("X: {}\r\n", "y".repeat(9000)), many] {
        let mut stream = mesh.raw(listener.address).await;
        write(&mut stream, &format!("GET / HTTP/1.1\r\nHost: home.test\r\n{fields}\r\n")).await;
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{} {answer:?}", fields.len());
    }
}

/// Its answer must not be destroyed by a connection that closes while it writes.
#[tokio::test]
async fn a_client_that_still_writes_can_read_its_refusal() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    for head in [
        format!("GET / HTTP/1.1\r\nHost: home.test\r\nX: {}\r\n\r\n", "y".repeat(17_000)),
        "POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 8000000\r\n\r\n".to_owned(),
    ] {
        let mut stream = mesh.raw(listener.address).await;
        write(&mut stream, &head).await;
        for _ in 0..80 {
            write(&mut stream, &"z".repeat(100_000)).await;
        }
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 431") || answer.ends_with("too large"), "{answer}");
    }
}

#[tokio::test]
async fn garbage_is_refused_and_the_handler_not_asked() {
    let mesh = Mesh::new();
    let listener =
        listen(mesh.server_tls(Alpn::Both), Limits::default(), |_| async { panic!("asked") }).await;
    for garbage in [
        "\u{1}\u{2}\u{3}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut stream = mesh.raw(listener.address).await;
        write(&mut stream, garbage).await;
        let answer = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{garbage:?}: {answer}");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let counted = tally.clone();
    let limits = Limits { max_connections: 2, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, move |request: Request| {
        let running = counted.begin();
        async move {
            sleep(Duration::from_millis(30)).await;
            running.finish();
            echo(request).await
        }
    })
    .await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let simple = mesh.simple(listener.address);
        calls.spawn(async move { simple.post("/", SOAP, "x", SOON).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status, StatusCode::OK);
    }
    assert_eq!((tally.finished(), tally.most()), (8, 2));
}

#[tokio::test]
async fn a_flood_of_handshakes_makes_room_for_itself() {
    let mesh = Mesh::new();
    let limits = Limits { max_handshakes: 4, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    let mut silent = Vec::new();
    for opened in 1..=12_u64 {
        silent.push(TcpStream::connect(listener.address).await.unwrap());
        until("the oldest goes", || listener.tls.handshakes().failed >= opened.saturating_sub(4)).await;
        // Nobody waits for the time of those to run out.
        let answer = mesh.simple(listener.address).post("/", SOAP, "x", SOON).await.unwrap();
        assert_eq!(answer.body, "x");
    }
}

#[tokio::test]
async fn one_peer_leaves_room_for_the_others() {
    let mesh = Mesh::new();
    let limits = Limits { peer_connections: 3, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = mesh.raw(listener.address).await;
        write(&mut stream, "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n").await;
        read_until(&mut stream, "\r\n\r\n", 1).await;
        held.push(stream);
    }
    let mut fourth = mesh.raw(listener.address).await;
    assert_eq!(read_all(&mut fourth).await, "");
    // Another one, and the same one once there is room again.
    let other = mesh.ca.issue(&Leaf::node(&role(Network::Mesh, NetworkRole::Ae, "other.test")));
    let other = client_config(Some(&other.identity()), &mesh.ca.roots()).unwrap();
    let other = Simple::new(other, Target::node(listener.address.to_string(), home()).unwrap(), 1 << 20);
    assert_eq!(other.post("/", SOAP, "x", SOON).await.unwrap().body, "x");
    drop(held.pop());
    for _ in 0..2 {
        until("room", || listener.tls.handshakes().completed >= 5).await;
        sleep(SHORT).await;
        assert_eq!(mesh.simple(listener.address).post("/", SOAP, "x", SOON).await.unwrap().body, "x");
    }
}

#[tokio::test]
async fn what_one_peer_sends_and_asks_at_once_is_bounded() {
    let mesh = Mesh::new();
    let limits = Limits { peer_requests: 2, peer_body_octets: 1000, ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Http1), limits, echo).await;
    let begin = "POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 700\r\n\r\n";
    let body = |size| "x".repeat(size);
    let mut first = mesh.raw(listener.address).await;
    write(&mut first, &format!("{begin}{}", body(600))).await;
    sleep(SHORT).await;
    // Its body does not fit beside the first one's.
    let mut second = mesh.raw(listener.address).await;
    write(&mut second, &format!("{begin}{}", body(700))).await;
    read_until(&mut second, "HTTP/1.1 503", 1).await;
    write(&mut second, &format!("{begin}{}", body(300))).await;
    sleep(SHORT).await;
    let mut third = mesh.raw(listener.address).await;
    write(&mut third, "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n").await;
    read_until(&mut third, "HTTP/1.1 503", 1).await;
    write(&mut first, &body(100)).await;
    read_until(&mut first, &body(700), 1).await;
    write(&mut third, "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n").await;
    read_until(&mut third, "HTTP/1.1 200", 1).await;
}
