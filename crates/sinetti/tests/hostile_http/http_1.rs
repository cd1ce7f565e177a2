//! HTTP/1.1: slow, cut, lying, too large; and unusual but right, which must be answered.
use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::hostility::{
    HOSTILE_AP,
    soap::{SIGNED, code, post, signature_request},
    wire::{GET, PATIENCE, answer, connect, read_all, say, split},
};

/// Towards a door with a subscriber's number.
type Attack = fn(Arc<ClientConfig>, SocketAddr, String) -> Pin<Box<dyn Future<Output = usize> + Send>>;

pub(crate) const ATTACKS: [(&str, Attack); 7] = [
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
        while let Some(found) = split(&mut octets) {
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
pub(crate) async fn slow_heads_and_bodies(tls: Arc<ClientConfig>, door: SocketAddr) -> (usize, usize) {
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
