//! HTTP/2: floods and frames that no client library sends.
use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::hostility::{
    http_2::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
        WINDOW_UPDATE, frame, frames, head, start,
    },
    wire::{GET, PATIENCE, connect_as, say},
};

/// Towards a door of this name.
type Attack = fn(Arc<ClientConfig>, SocketAddr, &'static str) -> Pin<Box<dyn Future<Output = usize> + Send>>;

pub(crate) const ATTACKS: [(&str, Attack); 8] = [
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
