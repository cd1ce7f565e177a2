//! HTTP/1.1 clients.
use std::{future::pending, time::Duration};

use http::StatusCode;
use mss_net::{
    http_client::{ConnectError, NodeError},
    http_server::{Limits, Request, Response},
    tls::Alpn,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
    time::sleep,
};

use crate::scene::{Mesh, SOAP, SOON, Tally, echo, listen};

#[tokio::test]
async fn a_pool_keeps_its_connections_and_shares_none() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let counted = tally.clone();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), move |request: Request| {
        let running = counted.begin();
        async move {
            sleep(Duration::from_millis(5)).await;
            running.finish();
            echo(request).await
        }
    })
    .await;
    let pool = mesh.pool(listener.address, 3);
    let mut calls = JoinSet::new();
    for number in 0..60 {
        let pool = pool.clone();
        calls.spawn(async move {
            let body = format!("request {number}");
            assert_eq!(pool.post("/", SOAP, body.clone(), SOON).await.unwrap().body, body);
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    assert_eq!((tally.finished(), tally.most()), (60, 3));
    assert_eq!((pool.connections_opened(), listener.tls.handshakes().completed), (3, 3));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let mesh = Mesh::new();
    let idle_timeout = Duration::from_millis(50);
    let listener =
        listen(mesh.server_tls(Alpn::Http1), Limits { idle_timeout, ..Limits::default() }, echo).await;
    let pool = mesh.pool(listener.address, 2);
    for opened in 1..=3 {
        assert_eq!(pool.post("/", SOAP, "x", SOON).await.unwrap().body, "x");
        assert_eq!(pool.connections_opened(), opened);
        sleep(idle_timeout * 3).await;
    }
}

#[tokio::test]
async fn no_answer_is_told_apart() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), |request: Request| async move {
        if request.path() == "/never" {
            pending::<()>().await;
        }
        Response::new(StatusCode::INTERNAL_SERVER_ERROR, SOAP, vec![b'x'; 2 << 20])
    })
    .await;
    let (simple, pool) = (mesh.simple(listener.address), mesh.pool(listener.address, 1));
    let short = Duration::from_millis(300);
    for late in [simple.post("/never", SOAP, "", short).await, pool.post("/never", SOAP, "", short).await] {
        assert!(matches!(late, Err(NodeError::TimedOut)), "{late:?}");
    }
    for large in [simple.post("/", SOAP, "", SOON).await, pool.post("/", SOAP, "", SOON).await] {
        assert!(matches!(large, Err(NodeError::TooLarge)), "{large:?}");
    }
    let address = listener.address;
    listener.stop().await;
    for absent in [
        mesh.simple(address).post("/", SOAP, "", SOON).await,
        mesh.pool(address, 1).post("/", SOAP, "", SOON).await,
    ] {
        assert!(matches!(absent, Err(NodeError::Unreachable(ConnectError::Tcp(_)))), "{absent:?}");
    }
}

/// The peer reads the request, begins an answer and dies.
#[tokio::test]
async fn a_broken_answer_is_broken() {
    let mesh = Mesh::new();
    let config = mesh.raw_server_config(b"http/1.1");
    for begun in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"] {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config.clone()));
        let server = tokio::spawn(async move {
            let (tcp, _) = socket.accept().await.unwrap();
            let mut stream = acceptor.accept(tcp).await.unwrap();
            let mut buffer = [0; 1024];
            assert!(stream.read(&mut buffer).await.unwrap() > 0);
            stream.write_all(begun.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        });
        let broken = mesh.simple(address).post("/", SOAP, "", SOON).await;
        assert!(matches!(broken, Err(NodeError::Broken(_))), "{broken:?}");
        server.await.unwrap();
    }
}
