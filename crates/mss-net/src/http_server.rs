//! An HTTPS listener: HTTP/1.1, 1.0 and HTTP/2 over [`crate::tls`], one handler, limits on everything.
//!
//! Start at [`serve`]. The handler's future is dropped when its client goes away; a client that half-closes its connection
//! counts as gone after [`Limits::half_closed`]. One that has sent a further request behind the one in flight is missed only when its answer is written.
mod activity;
mod body;
mod connection;
mod crowd;
mod handshakes;
mod limits;
mod request;
mod response;
mod watched;

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::tls::ServerTls;

pub use limits::Limits;
pub use request::{BodyError, Request};
pub use response::Response;

/// How long accepting rests after the system refused a socket, as it does when file descriptors run out.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Accepts connections on `listener` and answers every request with `handler`, until `shutdown` is ready. Then accepts no
/// more, tells open connections to finish, waits for them up to [`Limits::grace`] and cuts the rest.
///
/// Dropping the returned future cuts everything at once.
pub async fn serve<H, F>(
    listener: TcpListener,
    tls: ServerTls,
    handler: H,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let (stop, stopping) = watch::channel(false);
    let house = Arc::new(connection::House::new(tls, handler, limits, stopping));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => log_panic(ended),
            accepted = listener.accept(), if connections.len() < limits.max_connections => match accepted {
                Ok((stream, remote)) => {
                    connections.spawn(connection::serve(Arc::clone(&house), stream, remote));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    drop(listener);
    let _ = stop.send(true);
    let finished = async {
        while let Some(ended) = connections.join_next().await {
            log_panic(ended);
        }
    };
    if timeout(limits.grace, finished).await.is_err() {
        tracing::info!(connections = connections.len(), "cutting connections that did not finish in time");
        connections.shutdown().await;
    }
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task ended badly");
    }
}
