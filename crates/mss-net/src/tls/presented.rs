//! Which certificate a client showed in a handshake that was then refused: the library's error does not say.
use std::{cell::RefCell, future::Future};

use crate::Peer;

tokio::task_local! {
    static SHOWN: RefCell<Option<Peer>>;
}

/// Drives one handshake; beside its outcome, the certificate that the client showed. Nothing in it is proven.
pub(crate) async fn watch<T>(handshake: impl Future<Output = T>) -> (T, Option<Peer>) {
    let watched = async {
        let outcome = handshake.await;
        (outcome, SHOWN.with(RefCell::take))
    };
    SHOWN.scope(RefCell::default(), watched).await
}

/// Remembers what a client shows, for the log. Outside of [`watch`] nobody asks.
pub(super) fn note(peer: Peer) {
    // An error says that nobody watches.
    let _ = SHOWN.try_with(|shown| shown.replace(Some(peer)));
}
