//! The one line that every door writes when it refuses a request because of who asks.
use mss_net::{Peer, http_server::Request};

/// Who asks, for the log.
pub(crate) fn name(request: &Request) -> String {
    request.peer.as_deref().map_or_else(|| "no certificate".to_owned(), Peer::to_string)
}

/// Says that a request was refused: the connection may stay, the peer may not ask.
pub(crate) fn refused(door: &'static str, request: &Request) {
    let peer = name(request);
    tracing::warn!(remote = %request.remote, door, peer, "a peer that is not on the list was refused");
}
