//! How a listener stops.
use std::time::Duration;

use mss_net::{
    http_client::{NodeError, NodeTuning},
    http_server::{Limits, Request},
    tls::Alpn,
};
use tokio::{net::TcpStream, time::sleep};

use crate::scene::{Mesh, SOAP, SOON, Tally, echo, listen, listen_on, until};

#[tokio::test]
async fn requests_in_flight_are_answered_and_no_more_are_taken() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let counted = tally.clone();
    let mut listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), move |request: Request| {
        let running = counted.begin();
        async move {
            sleep(Duration::from_millis(200)).await;
            running.finish();
            echo(request).await
        }
    })
    .await;
    let (node, simple) = (mesh.node(listener.address, NodeTuning::default()), mesh.simple(listener.address));
    let _idle = mesh.raw(listener.address).await;
    let calls = tokio::spawn(async move {
        tokio::join!(node.post("/", SOAP, "two", SOON), simple.post("/", SOAP, "one", SOON))
    });
    until("both", || tally.running() == 2).await;
    listener.begin_stop();
    let (two, one) = calls.await.unwrap();
    assert_eq!((two.unwrap().body, one.unwrap().body), ("two".into(), "one".into()));
    let address = listener.address;
    tokio::time::timeout(SOON, listener.task).await.expect("stops").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_cut() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let counted = tally.clone();
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    let listener = listen(mesh.server_tls(Alpn::Both), limits, move |request: Request| {
        let running = counted.begin();
        async move {
            sleep(SOON * 10).await;
            running.finish();
            echo(request).await
        }
    })
    .await;
    let node = mesh.node(listener.address, NodeTuning::default());
    let simple = mesh.simple(listener.address);
    let calls = tokio::spawn(async move {
        tokio::join!(node.post("/", SOAP, "two", SOON * 9), simple.post("/", SOAP, "one", SOON * 9))
    });
    until("both", || tally.running() == 2).await;
    listener.stop().await;
    let (two, one) = calls.await.unwrap();
    assert!(matches!(two, Err(NodeError::Broken(_))), "{two:?}");
    assert!(matches!(one, Err(NodeError::Broken(_))), "{one:?}");
    until("the handlers end", || tally.running() == 0).await;
}

/// A peer that restarts under load: every request is answered once, or was never looked at and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_nothing() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let handler = |tally: &Tally| {
        let tally = tally.clone();
        move |request: Request| {
            let running = tally.begin();
            async move {
                sleep(Duration::from_millis(5)).await;
                running.finish();
                echo(request).await
            }
        }
    };
    let mut listener = listen(mesh.server_tls(Alpn::Http2), Limits::default(), handler(&tally)).await;
    let address = listener.address;
    let node =
        mesh.node(address, NodeTuning { first_rest: Duration::from_millis(5), ..NodeTuning::default() });
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let node = node.clone();
        callers.spawn(async move {
            let mut answered = 0;
            while answered < 100 {
                match node.post("/", SOAP, "x", SOON).await {
                    Ok(_) => answered += 1,
                    Err(NodeError::Unreachable(_)) => sleep(Duration::from_millis(2)).await,
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    for _ in 0..3 {
        until("some work", {
            let (tally, before) = (tally.clone(), tally.finished());
            move || tally.finished() > before + 50
        })
        .await;
        listener.stop().await;
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let socket = socket.listen(1024).unwrap();
        listener = listen_on(socket, mesh.server_tls(Alpn::Http2), Limits::default(), handler(&tally));
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    assert_eq!((tally.begun(), tally.finished()), (800, 800));
}
