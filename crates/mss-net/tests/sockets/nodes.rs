//! HTTP/2 between nodes.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use http::StatusCode;
use mss_net::{
    http_client::{ConnectError, NodeError, NodeTuning},
    http_server::{Limits, Request, Response},
    tls::Alpn,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::scene::{Listener, Mesh, SOAP, SOON, Tally, echo, listen, until};

/// Handlers wait for a permit each.
async fn gated(mesh: &Mesh, limits: Limits, tally: &Tally, gate: &Arc<Semaphore>) -> Listener {
    let (tally, gate) = (tally.clone(), Arc::clone(gate));
    listen(mesh.server_tls(Alpn::Http2), limits, move |request: Request| {
        let (running, gate) = (tally.begin(), Arc::clone(&gate));
        async move {
            gate.acquire().await.unwrap().forget();
            running.finish();
            echo(request).await
        }
    })
    .await
}

fn post_many(node: &mss_net::http_client::Node, count: usize) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    for number in 0..count {
        let node = node.clone();
        calls.spawn(async move {
            let body = format!("request {number}");
            let answer = node.post("/", SOAP, body.clone(), SOON * 4).await.unwrap();
            assert_eq!((answer.status, answer.body), (StatusCode::OK, body.into()));
        });
    }
    calls
}

async fn all(mut calls: JoinSet<()>) {
    while let Some(call) = timeout(SOON, calls.join_next()).await.expect("every call ends") {
        call.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_requests_wait_on_four_connections() {
    let mesh = Mesh::new();
    let (tally, gate) = (Tally::default(), Arc::new(Semaphore::new(0)));
    let listener = gated(&mesh, Limits::default(), &tally, &gate).await;
    let node = mesh.node(listener.address, NodeTuning::default());
    let calls = post_many(&node, 2000);
    until("all wait at once", || tally.running() == 2000).await;
    assert_eq!(node.connections_opened(), 4);
    gate.add_permits(2000);
    all(calls).await;
    assert_eq!(tally.finished(), 2000);
    assert_eq!(listener.tls.handshakes().completed, 4);
}

#[tokio::test]
async fn beyond_the_peers_stream_limit_requests_queue() {
    let mesh = Mesh::new();
    let (tally, gate) = (Tally::default(), Arc::new(Semaphore::new(0)));
    let listener = gated(&mesh, Limits { max_streams: 10, ..Limits::default() }, &tally, &gate).await;
    let node = mesh.node(listener.address, NodeTuning { connections: 3, ..NodeTuning::default() });
    let calls = post_many(&node, 100);
    until("three connections are full", || tally.running() == 30).await;
    let late = node.post("/", SOAP, "no place", Duration::from_millis(50)).await;
    assert!(matches!(late, Err(NodeError::Unreachable(ConnectError::TimedOut))), "{late:?}");
    gate.add_permits(100);
    all(calls).await;
    assert_eq!((tally.finished(), tally.most()), (100, 30));
    assert_eq!(node.connections_opened(), 3);
}

#[tokio::test]
async fn a_caller_alone_needs_one_connection() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), echo).await;
    let node = mesh.node(listener.address, NodeTuning::default());
    for _ in 0..20 {
        node.post("/", SOAP, "x", SOON).await.unwrap();
    }
    assert_eq!(node.connections_opened(), 1);
    let large = "y".repeat(200_000);
    assert_eq!(node.post("/", SOAP, large.clone(), SOON).await.unwrap().body, large);
}

#[tokio::test]
async fn an_absent_peer_is_said_to_be_absent_at_once_and_found_when_it_comes() {
    let mesh = Mesh::new();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let node = mesh.node(address, NodeTuning::default());
    for _ in 0..20 {
        let begun = Instant::now();
        let absent = node.post("/", SOAP, "x", SOON).await;
        assert!(matches!(absent, Err(NodeError::Unreachable(ConnectError::Tcp(_)))), "{absent:?}");
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
    let socket = TcpListener::bind(address).await.unwrap();
    let _listener = crate::scene::listen_on(socket, mesh.server_tls(Alpn::Both), Limits::default(), echo);
    let found = async {
        while node.post("/", SOAP, "x", SOON).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, found).await.expect("found");
}

/// Stands between node and server, and can fall silent or die.
struct Wire {
    address: std::net::SocketAddr,
    connections: tokio::task::JoinHandle<()>,
    is_silent: Arc<AtomicBool>,
}

async fn wire(to: std::net::SocketAddr) -> Wire {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let is_silent = Arc::new(AtomicBool::new(false));
    let silent = Arc::clone(&is_silent);
    let connections = tokio::spawn(async move {
        let mut copies = JoinSet::new();
        while let Ok((mut near, _)) = socket.accept().await {
            let silent = Arc::clone(&silent);
            copies.spawn(async move {
                let mut far = TcpStream::connect(to).await.unwrap();
                let falls_silent = async {
                    while !silent.load(SeqCst) {
                        sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => return,
                    () = falls_silent => {}
                }
                // Both sockets stay open, and nothing passes any more.
                std::future::pending::<()>().await;
            });
        }
    });
    Wire { address, connections, is_silent }
}

#[tokio::test]
async fn a_peer_that_dies_breaks_its_requests_at_once() {
    let mesh = Mesh::new();
    let (tally, gate) = (Tally::default(), Arc::new(Semaphore::new(0)));
    let listener = gated(&mesh, Limits::default(), &tally, &gate).await;
    let wire = wire(listener.address).await;
    let node = mesh.node(wire.address, NodeTuning::default());
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let node = node.clone();
        calls.spawn(async move { node.post("/", SOAP, "x", SOON * 10).await });
    }
    until("all wait", || tally.running() == 50).await;
    let begun = Instant::now();
    wire.connections.abort();
    while let Some(answer) = calls.join_next().await {
        let answer = answer.unwrap();
        assert!(matches!(answer, Err(NodeError::Broken(_))), "{answer:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
    until("the server notices too", || tally.running() == 0).await;
    // The next one finds nobody, and says so.
    let absent = node.post("/", SOAP, "x", SOON).await;
    assert!(matches!(absent, Err(NodeError::Unreachable(_))), "{absent:?}");
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_noticed_by_both_sides() {
    let mesh = Mesh::new();
    let (tally, gate) = (Tally::default(), Arc::new(Semaphore::new(0)));
    let ping = Duration::from_millis(100);
    let listener = gated(&mesh, Limits { ping, ..Limits::default() }, &tally, &gate).await;
    let wire = wire(listener.address).await;
    let tuning = NodeTuning { ping_interval: ping, ping_timeout: ping, ..NodeTuning::default() };
    let node = mesh.node(wire.address, tuning);
    let call = tokio::spawn(async move { node.post("/", SOAP, "x", SOON * 10).await });
    until("it waits", || tally.running() == 1).await;
    sleep(ping * 5).await;
    assert!(!call.is_finished(), "a peer that answers pings is no dead peer");
    wire.is_silent.store(true, SeqCst);
    let broken = timeout(SOON, call).await.expect("noticed").unwrap();
    assert!(matches!(broken, Err(NodeError::Broken(_))), "{broken:?}");
    until("the server notices too", || tally.running() == 0).await;
}

#[tokio::test]
async fn answers_are_bounded() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), |request: Request| async move {
        let size = request.query().unwrap().parse().unwrap();
        Response::new(StatusCode::OK, SOAP, vec![b'x'; size])
    })
    .await;
    let node = mesh.node(listener.address, NodeTuning { max_answer: 100_000, ..NodeTuning::default() });
    assert_eq!(node.post("/?100000", SOAP, "", SOON).await.unwrap().body.len(), 100_000);
    let large = node.post("/?100001", SOAP, "", SOON).await;
    assert!(matches!(large, Err(NodeError::TooLarge)), "{large:?}");
    assert_eq!(node.post("/?0", SOAP, "", SOON).await.unwrap().body.len(), 0);
    assert_eq!(node.connections_opened(), 1);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), |_| async { panic!("sent") }).await;
    let (node, pool) = (mesh.node(listener.address, NodeTuning::default()), mesh.pool(listener.address, 1));
    for (path, content_type) in [("/a b", SOAP), ("/", "text\r\nX: y"), ("no slash", SOAP)] {
        for refused in
            [node.post(path, content_type, "", SOON).await, pool.post(path, content_type, "", SOON).await]
        {
            let is_right = matches!(refused, Err(NodeError::Unreachable(ConnectError::Request(_))));
            assert!(is_right, "{path} {content_type}: {refused:?}");
        }
    }
}

/// What a peer made of octets says to each request it sees.
#[derive(Clone, Copy)]
enum Reply {
    /// RST_STREAM with this error code.
    Reset(u8),
    /// GOAWAY that names this as the last stream it looked at, and the end of the connection.
    GoAway(u8),
    /// The end of the connection.
    Close,
}

/// A peer that shakes hands properly, answers pings, and says `reply` to the requests of its connections. Tells how many
/// requests it has seen.
async fn peer_of_octets(mesh: &Mesh, reply: Reply) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (config, count) = (Arc::new(mesh.raw_server_config(b"h2")), Arc::clone(&seen));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = socket.accept().await {
            let stream = TlsAcceptor::from(Arc::clone(&config)).accept(tcp).await.unwrap();
            // The client ends the connection when it likes.
            let _ = say(stream, reply, &count).await;
        }
    });
    (address, seen)
}

async fn say(mut stream: TlsStream<TcpStream>, reply: Reply, seen: &AtomicUsize) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await?;
    stream.flush().await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        stream.read_exact(&mut payload).await?;
        match (head[3], head[4]) {
            (4, 0) => stream.write_all(&[0, 0, 0, 4, 1, 0, 0, 0, 0]).await?,
            (6, 0) => stream.write_all(&[&[0, 0, 8, 6, 1, 0, 0, 0, 0], &payload[..]].concat()).await?,
            (1, _) => {
                seen.fetch_add(1, SeqCst);
                match reply {
                    Reply::Reset(code) => {
                        stream.write_all(&[&[0, 0, 4, 3, 0], &head[5..], &[0, 0, 0, code]].concat()).await?;
                    }
                    Reply::GoAway(last) => {
                        let frame = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, last, 0, 0, 0, 0];
                        stream.write_all(&frame).await?;
                        return stream.shutdown().await;
                    }
                    Reply::Close => return stream.shutdown().await,
                }
            }
            _ => {}
        }
        stream.flush().await?;
    }
}

#[tokio::test]
async fn what_was_not_looked_at_is_asked_again_and_nothing_else() {
    let mesh = Mesh::new();
    let attempts = NodeTuning::default().connections + 2;
    for (what, reply, expected) in [
        ("REFUSED_STREAM", Reply::Reset(7), attempts),
        ("GOAWAY below it", Reply::GoAway(0), attempts),
        ("INTERNAL_ERROR", Reply::Reset(2), 1),
        ("CANCEL", Reply::Reset(8), 1),
        ("GOAWAY with it", Reply::GoAway(1), 1),
        ("the end", Reply::Close, 1),
    ] {
        let (address, seen) = peer_of_octets(&mesh, reply).await;
        let node = mesh.node(address, NodeTuning::default());
        let outcome = node.post("/", SOAP, "x", SOON).await;
        match expected {
            1 => assert!(matches!(outcome, Err(NodeError::Broken(_))), "{what}: {outcome:?}"),
            _ => assert!(matches!(outcome, Err(NodeError::Unreachable(_))), "{what}: {outcome:?}"),
        }
        assert_eq!(seen.load(SeqCst), expected, "{what}");
    }
}
