use std::{future::poll_fn, sync::Arc};

use h2::{
    Ping, PingPong, Reason, RecvStream,
    client::{Builder, Connection, SendRequest},
};
use http::{Request, header};
use hyper::body::Bytes;
use rustls::ClientConfig;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::client::TlsStream;

use super::{
    super::{Answer, ConnectError, NodeError, Target, dial::dial},
    NodeTuning,
};
use crate::gathered::Gathered;

/// A connection that has shown a sign of life.
pub(super) struct Opened {
    pub(super) send: SendRequest<Bytes>,
    connection: Connection<TlsStream<TcpStream>, Bytes>,
    ping: PingPong,
}

/// How a request on one connection failed.
pub(super) enum Failure {
    /// It never left, or the server says that it did not look at it.
    NotSent(String),
    /// It may have been heard.
    Sent(NodeError),
}

/// Connects, and waits for the answer to a ping: only then has the server accepted our certificate (in TLS 1.3 a client
/// sees success first) and told how many requests it takes at once.
pub(super) async fn open(
    config: &Arc<ClientConfig>,
    target: &Target,
    tuning: &NodeTuning,
) -> Result<Opened, ConnectError> {
    let refused = |error: h2::Error| ConnectError::Refused(error.to_string());
    let stream = dial(config, target).await?;
    if stream.get_ref().1.alpn_protocol() != Some(crate::tls::HTTP_2) {
        return Err(ConnectError::Refused("it does not speak HTTP/2".to_owned()));
    }
    let (send, mut connection) = Builder::new()
        .enable_push(false)
        .initial_window_size(tuning.stream_window)
        .initial_connection_window_size(tuning.connection_window)
        .max_header_list_size(16 * 1024)
        // Answers to requests that were given up may still come; they are no fault of the peer.
        .max_concurrent_reset_streams(tuning.max_streams)
        .handshake(stream)
        .await
        .map_err(refused)?;
    let Some(mut ping) = connection.ping_pong() else {
        return Err(ConnectError::Refused("no ping handle".to_owned()));
    };
    tokio::select! {
        pong = ping.ping(Ping::opaque()) => pong.map_err(refused)?,
        ended = &mut connection => return Err(match ended {
            Ok(()) => ConnectError::Refused("closed".to_owned()),
            Err(error) => refused(error),
        }),
    };
    Ok(Opened { send, connection, ping })
}

/// Runs a connection until it ends or no longer answers pings; says why.
pub(super) async fn drive(opened: Opened, tuning: &NodeTuning) -> String {
    let Opened { send, connection, mut ping } = opened;
    // Held by the pool alone from here on, so that the connection ends with it.
    drop(send);
    let silence = async {
        loop {
            sleep(tuning.ping_interval).await;
            match timeout(tuning.ping_timeout, ping.ping(Ping::opaque())).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "the peer no longer answers pings".to_owned(),
            }
        }
    };
    tokio::select! {
        ended = connection => ended.map_or_else(|error| error.to_string(), |()| "closed".to_owned()),
        reason = silence => reason,
    }
}

/// One request and its answer.
pub(super) async fn exchange(
    send: &mut SendRequest<Bytes>,
    head: Request<()>,
    body: Bytes,
    max_answer: usize,
) -> Result<Answer, Failure> {
    let not_sent = |error: h2::Error| Failure::NotSent(error.to_string());
    poll_fn(|cx| send.poll_ready(cx)).await.map_err(not_sent)?;
    let is_empty = body.is_empty();
    let (response, mut stream) = send.send_request(head, is_empty).map_err(not_sent)?;
    if !is_empty {
        // Fails only where the stream has ended meanwhile, and then the answer below says why.
        let _ = stream.send_data(body, true);
    }
    let response = response.await.map_err(broken)?;
    let status = response.status();
    let announced = response.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
    if announced > max_answer {
        return Err(Failure::Sent(NodeError::TooLarge));
    }
    let body = collect(response.into_body(), announced, max_answer).await.map_err(Failure::Sent)?;
    Ok(Answer { status, body })
}

async fn collect(mut stream: RecvStream, announced: usize, limit: usize) -> Result<Bytes, NodeError> {
    let cut = |error: h2::Error| NodeError::Broken(error.to_string());
    let mut gathered = Gathered::new(announced, limit);
    while let Some(data) = stream.data().await {
        let data = data.map_err(cut)?;
        stream.flow_control().release_capacity(data.len()).map_err(cut)?;
        gathered.push(data).map_err(|_| NodeError::TooLarge)?;
    }
    Ok(gathered.finish())
}

/// RFC 9113 8.7: a stream that is refused, or above the last one that a GOAWAY names, was not looked at.
fn broken(error: h2::Error) -> Failure {
    let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    if error.is_remote() && (refused || error.is_go_away()) {
        Failure::NotSent(error.to_string())
    } else {
        Failure::Sent(NodeError::Broken(error.to_string()))
    }
}
