//! The page where each phone can be seen and used. Loopback only; for demonstrations and tests.
mod guard;
mod view;

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, StatusCode, header},
    middleware,
    response::{IntoResponse, Sse, sse::Event},
    routing::{get, post},
};
use serde::Deserialize;
use tokio::{net::TcpListener, sync::watch};

pub(crate) use guard::Guard;
pub(crate) use view::PhoneView;

/// What the page and the short-message centre share.
pub(crate) struct Board {
    /// What the handsets show; replaced whenever something changes.
    pub phones: watch::Receiver<Arc<Vec<PhoneView>>>,
    /// Tells the centre what a person did.
    pub act: Box<dyn Fn(Act) + Send + Sync>,
    /// What to try next.
    pub hint: String,
}

/// What a person did, as the page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    /// Which phone.
    pub number: String,
    /// What.
    pub action: Action,
    /// The PIN, for `enter_pin` and `choose_pin`.
    #[serde(default)]
    pub pin: zeroize::Zeroizing<String>,
    /// The PIN typed again, for `choose_pin`.
    #[serde(default)]
    pub again: zeroize::Zeroizing<String>,
    /// For `coverage` and `script`.
    #[serde(default)]
    pub on: bool,
}

/// What a person can do.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Type the PIN.
    EnterPin,
    /// Choose a new PIN.
    ChoosePin,
    /// Press cancel.
    Cancel,
    /// Walk into or out of coverage.
    Coverage,
    /// Let a script answer from now on, or no longer.
    Script,
}

/// Serves the page until the process ends. Returns the address with the token in it.
pub(crate) async fn serve(listener: TcpListener, board: Board) -> std::io::Result<String> {
    let address = listener.local_addr()?;
    let guard = Arc::new(Guard::new(address));
    let url = guard.url();
    let router = Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", include_str!("phone.html")) }))
        .route("/phone.css", get(|| async { asset("text/css; charset=utf-8", include_str!("phone.css")) }))
        .route(
            "/phone.js",
            get(|| async { asset("text/javascript; charset=utf-8", include_str!("phone.js")) }),
        )
        .route("/api/phones", get(phones))
        .route("/api/events", get(events))
        .route("/api/hint", get(|State(board): State<Arc<Board>>| async move { board.hint.clone() }))
        .route("/api/act", post(act))
        .layer(DefaultBodyLimit::max(4096))
        .layer(middleware::from_fn_with_state(guard, guard::check))
        .with_state(Arc::new(board));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the phone page has stopped");
        }
    });
    Ok(url)
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

async fn phones(State(board): State<Arc<Board>>) -> Json<Vec<PhoneView>> {
    Json(board.phones.borrow().as_ref().clone())
}

/// Every change of the handsets, newest only, as server-sent events.
async fn events(State(board): State<Arc<Board>>) -> impl IntoResponse {
    let mut phones = board.phones.clone();
    phones.mark_changed();
    let changes = futures_stream(phones);
    Sse::new(changes).keep_alive(axum::response::sse::KeepAlive::default())
}

fn futures_stream(
    phones: watch::Receiver<Arc<Vec<PhoneView>>>,
) -> impl futures_util::Stream<Item = Result<Event, Infallible>> {
    futures_util::stream::unfold(phones, |mut phones| async move {
        phones.changed().await.ok()?;
        let now = phones.borrow_and_update().clone();
        let event = Event::default().json_data(now.as_ref()).unwrap_or_default();
        Some((Ok(event), phones))
    })
}

async fn act(State(board): State<Arc<Board>>, Json(act): Json<Act>) -> StatusCode {
    let known = board.phones.borrow().iter().any(|phone| phone.number == act.number);
    if !known {
        return StatusCode::NOT_FOUND;
    }
    (board.act)(act);
    StatusCode::NO_CONTENT
}

/// Headers that every answer of the page carries.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Takes the address; a taken one is said clearly.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("the phone page cannot listen on {address}: {error}"))
}
