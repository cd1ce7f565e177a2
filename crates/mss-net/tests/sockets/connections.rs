//! What one connection may carry, and how its end is noticed.
use std::{future::pending, time::Duration};

use mss_net::{
    http_client::NodeTuning,
    http_server::{Limits, Request, Response},
    tls::Alpn,
};
use tokio::{io::AsyncWriteExt as _, time::sleep};

use crate::scene::{Listener, Mesh, SOAP, SOON, Tally, echo, listen, read_all, read_until, until, write};

#[tokio::test]
async fn http_1_0_is_answered() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    let mut stream = mesh.raw(listener.address).await;
    write(&mut stream, "POST /port HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\nhello")
        .await;
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(answer.to_lowercase().contains("content-length: 5"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
}

#[tokio::test]
async fn soap_action_and_content_type_come_as_sent() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), |request: Request| {
        let seen = format!("{:?} {:?}", request.content_type(), request.soap_action());
        async { Response::new(http::StatusCode::OK, "text/plain", seen) }
    })
    .await;
    let mut stream = mesh.raw(listener.address).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: text/xml\r\n";
    write(&mut stream, &format!("{head}SOAPAction: \"#MSS_Signature\"\r\nContent-Length: 0\r\n\r\n")).await;
    let answer = read_all(&mut stream).await;
    assert!(answer.ends_with(r##"Some("text/xml") Some("\"#MSS_Signature\"")"##), "{answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), |request: Request| async {
        // The first takes longest.
        let first = matches!(&request.body, Ok(body) if body == "body-0");
        sleep(Duration::from_millis(if first { 50 } else { 0 })).await;
        echo(request).await
    })
    .await;
    let mut stream = mesh.raw(listener.address).await;
    let requests: String = (0..20)
        .map(|number| {
            let body = format!("body-{number}");
            format!("POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        })
        .collect();
    write(&mut stream, &requests).await;
    let answers = read_until(&mut stream, "body-", 20).await;
    let order: Vec<_> =
        answers.match_indices("body-").map(|(at, _)| answers[at + 5..].chars().next()).collect();
    let expected: Vec<_> = (0..20).map(|number: usize| number.to_string().chars().next()).collect();
    assert_eq!(order, expected);
    assert_eq!(listener.tls.handshakes().completed, 1);
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_rest_of_the_next_request() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    let mut stream = mesh.raw(listener.address).await;
    let request =
        |body: &str| format!("POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 5\r\n\r\n{body}");
    let (begin, rest) = (request("first") + "POST / HT", &request("other")[9..]);
    write(&mut stream, &begin).await;
    read_until(&mut stream, "first", 1).await;
    write(&mut stream, rest).await;
    read_until(&mut stream, "other", 1).await;
}

#[tokio::test]
async fn a_request_may_come_octet_by_octet() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    let mut stream = mesh.raw(listener.address).await;
    let head = "POST / HTTP/1.1\r\nHost: home.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    for octet in format!("{head}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n").chars() {
        write(&mut stream, &octet.to_string()).await;
    }
    let answer = read_until(&mut stream, "hello", 1).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A listener whose handlers never answer.
async fn waiting(mesh: &Mesh, tally: &Tally) -> Listener {
    let tally = tally.clone();
    let limits = Limits { half_closed: Duration::from_millis(150), ..Limits::default() };
    listen(mesh.server_tls(Alpn::Both), limits, move |_| {
        let running = tally.begin();
        async move {
            pending::<()>().await;
            running.finish();
            Response::empty(http::StatusCode::OK)
        }
    })
    .await
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_handler() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let listener = waiting(&mesh, &tally).await;
    let request = "POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 1\r\n\r\nx";
    for how in ["dropped", "close_notify", "half-closed TCP"] {
        let mut stream = mesh.raw(listener.address).await;
        write(&mut stream, request).await;
        until(how, || tally.running() == 1).await;
        match how {
            "dropped" => drop(stream),
            "close_notify" => {
                // The client can still read, but not for ever.
                stream.shutdown().await.unwrap();
                until(how, || tally.running() == 0).await;
                assert_eq!(read_all(&mut stream).await, "");
            }
            _ => {
                let (tcp, _) = stream.get_mut();
                tcp.shutdown().await.unwrap();
                until(how, || tally.running() == 0).await;
            }
        }
        until(how, || tally.running() == 0).await;
    }
    assert_eq!((tally.begun(), tally.finished()), (3, 0));
}

#[tokio::test]
async fn who_has_said_the_last_word_may_still_listen() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), |request: Request| async {
        sleep(Duration::from_millis(100)).await;
        echo(request).await
    })
    .await;
    let request =
        |body: &str| format!("POST / HTTP/1.1\r\nHost: home.test\r\nContent-Length: 5\r\n\r\n{body}");
    let mut stream = mesh.raw(listener.address).await;
    write(&mut stream, &(request("first") + &request("other"))).await;
    stream.shutdown().await.unwrap();
    let answers = read_all(&mut stream).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    assert!(answers.ends_with("other"), "{answers}");
    // Not so in the middle of a request, where nothing can be answered any more.
    let mut stream = mesh.raw(listener.address).await;
    write(&mut stream, &request("cut")).await;
    stream.shutdown().await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(!answer.contains("200"), "{answer}");
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_its_handler_and_not_its_neighbours() {
    let mesh = Mesh::new();
    let tally = Tally::default();
    let listener = waiting(&mesh, &tally).await;
    let node = mesh.node(listener.address, NodeTuning { connections: 1, ..NodeTuning::default() });
    let call = |within| {
        let node = node.clone();
        tokio::spawn(async move { node.post("/", SOAP, "x", within).await })
    };
    let (stays, given_up) = (call(SOON * 10), call(SOON * 10));
    until("both", || tally.running() == 2).await;
    given_up.abort();
    until("one ended", || tally.running() == 1).await;
    let late = call(Duration::from_millis(50)).await.unwrap();
    assert!(matches!(late, Err(mss_net::http_client::NodeError::TimedOut)), "{late:?}");
    until("the late one ended", || tally.running() == 1 && tally.begun() == 3).await;
    assert!(!stays.is_finished());
    assert_eq!(node.connections_opened(), 1);
    drop(node);
    stays.abort();
    until("all ended", || tally.running() == 0).await;
}
