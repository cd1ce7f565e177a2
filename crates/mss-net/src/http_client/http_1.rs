use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Context,
};

use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Body as _, Bytes, Incoming},
    client::conn::http1::{Connection, SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Answer, ConnectError, NodeError, Target, dial::dial};
use crate::gathered::Gathered;

type Driven = Pin<Box<Connection<TokioIo<TlsStream<TcpStream>>, Full<Bytes>>>>;

/// One HTTP/1.1 connection. It is driven by whoever uses it, without a task of its own.
pub(super) struct Http1 {
    send: SendRequest<Full<Bytes>>,
    /// `None` once it has ended: whoever still waits for something on it then learns that nothing comes.
    connection: Option<Driven>,
}

/// How a request on one connection failed.
pub(super) enum Failure {
    /// It never left.
    NotSent(ConnectError),
    /// It may have been heard.
    Sent(NodeError),
}

impl Http1 {
    pub(super) async fn open(config: &Arc<ClientConfig>, target: &Target) -> Result<Self, ConnectError> {
        let stream = dial(config, target).await?;
        let (send, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ConnectError::Refused(error.to_string()))?;
        Ok(Self { send, connection: Some(Box::pin(connection)) })
    }

    /// Whether a request can be sent: the server has not closed the connection, and what was sent before is answered.
    pub(super) async fn is_ready(&mut self) -> bool {
        let Self { send, connection } = self;
        alongside(connection, send.ready()).await.is_ok()
    }

    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        max_answer: usize,
    ) -> Result<Answer, Failure> {
        let Self { send, connection } = self;
        let exchange = async {
            let response = send.try_send_request(request).await.map_err(|mut failed| {
                let not_sent = failed.take_message().is_some();
                let reason = failed.into_error().to_string();
                if not_sent {
                    Failure::NotSent(ConnectError::Refused(reason))
                } else {
                    Failure::Sent(NodeError::Broken(reason))
                }
            })?;
            let status = response.status();
            let body = collect(response.into_body(), max_answer).await.map_err(Failure::Sent)?;
            Ok(Answer { status, body })
        };
        alongside(connection, exchange).await
    }
}

/// A `POST` in origin form.
pub(super) fn post(
    target: &Target,
    path: &str,
    content_type: &str,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, NodeError> {
    let unwritable = |error: http::Error| NodeError::Unreachable(ConnectError::Request(error.to_string()));
    let content_type = HeaderValue::from_str(content_type).map_err(|error| unwritable(error.into()))?;
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, target.authority.as_str())
        .header(header::CONTENT_TYPE, content_type)
        .body(Full::new(body))
        .map_err(unwritable)
}

async fn alongside<T>(connection: &mut Option<Driven>, exchange: impl Future<Output = T>) -> T {
    let mut exchange = pin!(exchange);
    poll_fn(|cx| {
        drive(connection, cx);
        let polled = exchange.as_mut().poll(cx);
        if polled.is_pending() && connection.is_some() {
            // What the exchange has just handed over goes out now, not after another turn of the task.
            drive(connection, cx);
            if connection.is_none() {
                cx.waker().wake_by_ref();
            }
        }
        polled
    })
    .await
}

fn drive(connection: &mut Option<Driven>, cx: &mut Context<'_>) {
    if connection.as_mut().is_some_and(|connection| connection.as_mut().poll(cx).is_ready()) {
        *connection = None;
    }
}

async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, NodeError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(NodeError::TooLarge);
    }
    let mut gathered = Gathered::new(announced, limit);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| NodeError::Broken(error.to_string()))?;
        if let Ok(data) = frame.into_data() {
            gathered.push(data).map_err(|_| NodeError::TooLarge)?;
        }
    }
    Ok(gathered.finish())
}
