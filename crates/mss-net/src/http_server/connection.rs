use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::StatusCode;
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Limits, Request, Response,
    activity::{Activity, InFlight},
    body::{self, Unread},
    crowd::{Crowd, Member, Sharer},
    handshakes::Handshakes,
    watched::Watched,
};
use crate::{
    Peer,
    tls::{Alpn, HTTP_2, ServerTls, presented},
};

/// What all connections of a listener share.
pub(super) struct House<H> {
    tls: ServerTls,
    handler: H,
    limits: Limits,
    stopping: watch::Receiver<bool>,
    handshakes: Arc<Handshakes>,
    crowd: Arc<Crowd>,
}

impl<H> House<H> {
    pub(super) fn new(tls: ServerTls, handler: H, limits: Limits, stopping: watch::Receiver<bool>) -> Self {
        // Were they all there is room for, none could come to make the oldest go.
        let some = limits.max_connections - limits.max_connections / 4;
        let (handshakes, crowd) = (Handshakes::new(limits.max_handshakes.min(some)), Crowd::new(&limits));
        Self { tls, handler, limits, stopping, handshakes, crowd }
    }
}

/// Who is at the other end of one connection.
#[derive(Clone)]
struct Caller {
    peer: Option<Arc<Peer>>,
    remote: SocketAddr,
    member: Arc<Member>,
}

/// Serves one connection from TCP accept to its end.
pub(super) async fn serve<H, F>(house: Arc<House<H>>, tcp: TcpStream, remote: SocketAddr)
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let door = tcp.local_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string());
    let mut ticket = house.handshakes.begin(remote.ip());
    let attempt = async {
        tokio::select! {
            biased;
            done = timeout(house.limits.handshake_timeout, handshake(&house.tls, tcp)) => {
                done.unwrap_or_else(|_| Err("it took too long".to_owned()))
            }
            () = ticket.must_go() => Err("too many are under way".to_owned()),
        }
    };
    let (outcome, shown) = presented::watch(attempt).await;
    drop(ticket);
    let (stream, peer) = match outcome {
        Ok(accepted) => accepted,
        Err(reason) => {
            house.tls.count_handshake(false);
            let shown = name(shown.as_ref());
            tracing::info!(%remote, door, shown, reason, "TLS handshake refused");
            return;
        }
    };
    house.tls.count_handshake(true);
    tracing::debug!(%remote, door, peer = name(peer.as_deref()), "TLS handshake completed");
    let who = match &peer {
        Some(peer) => Sharer::Certificate(peer.fingerprint()),
        None => Sharer::Address(remote.ip()),
    };
    let Some(member) = house.crowd.join(who) else {
        let peer = name(peer.as_deref());
        tracing::warn!(%remote, door, peer, "connection closed: this peer has too many");
        return;
    };
    let caller = Caller { peer, remote, member: Arc::new(member) };
    if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) {
        serve_http_2(house, stream, caller).await;
    } else {
        serve_http_1(house, stream, caller).await;
    }
}

/// Who it is, for the log.
fn name(peer: Option<&Peer>) -> String {
    peer.map_or_else(|| "no certificate".to_owned(), Peer::to_string)
}

async fn handshake(
    tls: &ServerTls,
    tcp: TcpStream,
) -> Result<(TlsStream<TcpStream>, Option<Arc<Peer>>), String> {
    // Without it a handshake waits for the client's delayed acknowledgements.
    tcp.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream =
        TlsAcceptor::from(Arc::clone(&tls.config)).accept(tcp).await.map_err(|error| error.to_string())?;
    let session = stream.get_ref().1;
    if tls.alpn == Alpn::Http2 && session.alpn_protocol() != Some(HTTP_2) {
        return Err("the client does not ask for HTTP/2".to_owned());
    }
    let leaf = session.peer_certificates().and_then(|chain| chain.first());
    let peer =
        leaf.map(|leaf| Peer::from_certificate(leaf)).transpose().map_err(|error| error.to_string())?;
    Ok((stream, peer.map(Arc::new)))
}

async fn serve_http_1<H, F>(house: Arc<House<H>>, stream: TlsStream<TcpStream>, caller: Caller)
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let limits = house.limits;
    let activity = Activity::new(limits, true);
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
    let (shared, served) = (Arc::clone(&house), Arc::clone(&activity));
    let service =
        service_fn(move |request| exchange(Arc::clone(&shared), served.request(), caller.clone(), request));
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(limits.max_head)
        .max_buf_size(limits.max_head.max(64 * 1024))
        .serve_connection(io, service);
    let stopping = house.stopping.clone();
    drop(house);
    drive(pin!(connection), |connection| connection.graceful_shutdown(), &activity, stopping).await;
}

async fn serve_http_2<H, F>(house: Arc<House<H>>, stream: TlsStream<TcpStream>, caller: Caller)
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let limits = house.limits;
    let activity = Activity::new(limits, false);
    let (shared, served) = (Arc::clone(&house), Arc::clone(&activity));
    let service =
        service_fn(move |request| exchange(Arc::clone(&shared), served.request(), caller.clone(), request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .initial_stream_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_header_list_size(u32::try_from(limits.max_head).unwrap_or(u32::MAX))
        // A node that gives up on many requests at once is no attacker.
        .max_pending_accept_reset_streams(usize::try_from(limits.max_streams).unwrap_or(usize::MAX))
        .keep_alive_interval(limits.ping)
        .keep_alive_timeout(limits.ping)
        .serve_connection(TokioIo::new(stream), service);
    let stopping = house.stopping.clone();
    drop(house);
    drive(pin!(connection), |connection| connection.graceful_shutdown(), &activity, stopping).await;
}

/// One request: body, handler, answer. `Err` when the client is gone already.
async fn exchange<H, F>(
    house: Arc<House<H>>,
    in_flight: InFlight,
    caller: Caller,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, hyper::Error>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let (head, body) = request.into_parts();
    let limits = &house.limits;
    let Caller { peer, remote, member } = caller;
    let too_much = || Ok(Response::empty(StatusCode::SERVICE_UNAVAILABLE).into_http());
    let Some(_one_of_many) = member.request() else { return too_much() };
    let body = body::read(body, &head.headers, (limits.max_body, limits.body_timeout), &member).await;
    let body = match body {
        Ok(body) => Ok(body),
        Err(Unread::Body(error)) => Err(error),
        Err(Unread::TooMuchAtOnce) => return too_much(),
        Err(Unread::Connection(error)) => return Err(error),
    };
    in_flight.body_is_read();
    let request = Request { method: head.method, uri: head.uri, headers: head.headers, body, peer, remote };
    let mut response = (house.handler)(request).await;
    response.body = member.owe(response.body);
    Ok(response.into_http())
}

/// How long a connection that is to end may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs a connection until it ends, is idle for too long, or has finished what was open at shutdown.
async fn drive<C, E>(
    mut connection: Pin<&mut C>,
    finish: impl Fn(Pin<&mut C>),
    activity: &Activity,
    mut stopping: watch::Receiver<bool>,
) where
    C: Future<Output = Result<(), E>>,
{
    let mut stop = pin!(async { drop(stopping.wait_for(|stop| *stop).await) });
    let mut stop_is_known = false;
    let mut is_closing = false;
    let mut alarm = pin!(sleep_until(activity.look_at()));
    poll_fn(|cx| {
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !stop_is_known && stop.as_mut().poll(cx).is_ready() {
            stop_is_known = true;
            finish(connection.as_mut());
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if activity.deadline().is_some() {
                is_closing = true;
                alarm.as_mut().reset(Instant::now() + FAREWELL);
            }
        }
        // The alarm is moved to earlier times only; where it rings too early it looks again. So a busy connection costs
        // the timer next to nothing.
        match activity.deadline() {
            Some(deadline) if !is_closing && deadline < alarm.deadline() => alarm.as_mut().reset(deadline),
            _ => {}
        }
        while alarm.as_mut().poll(cx).is_ready() {
            let look_at = activity.look_at();
            if look_at > Instant::now() {
                alarm.as_mut().reset(look_at);
            } else if is_closing {
                return Poll::Ready(());
            } else {
                is_closing = true;
                finish(connection.as_mut());
                if connection.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                alarm.as_mut().reset(Instant::now() + FAREWELL);
            }
        }
        Poll::Pending
    })
    .await;
}
