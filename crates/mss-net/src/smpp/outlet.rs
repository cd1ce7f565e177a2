//! Events on their way to the owner.

use tokio::sync::mpsc;

/// Reading from the peer pauses while so many events wait for the owner.
const FULL: usize = 4_096;

/// Gathers events while the owner is busy and hands over all of them at once. Never makes the connection's task wait:
/// timers and answers go on while the owner is slow.
pub(super) struct Outlet<E, B> {
    pub(super) pending: Vec<E>,
    sender: mpsc::Sender<B>,
    batch: fn(u32, Vec<E>) -> B,
    link: u32,
}

impl<E, B> Outlet<E, B> {
    /// `batch` makes what the owner gets of `link` and the events.
    pub(super) fn new(sender: mpsc::Sender<B>, link: u32, batch: fn(u32, Vec<E>) -> B) -> Self {
        Self { pending: Vec::new(), sender, batch, link }
    }

    pub(super) fn is_full(&self) -> bool {
        self.pending.len() >= FULL
    }

    /// Hands over what is pending if the owner has room.
    pub(super) fn try_flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        match self.sender.try_reserve() {
            Ok(permit) => permit.send((self.batch)(self.link, std::mem::take(&mut self.pending))),
            Err(mpsc::error::TrySendError::Full(())) => {}
            Err(mpsc::error::TrySendError::Closed(())) => self.pending.clear(),
        }
    }

    /// Ends when the owner has room again (or is gone) and something is pending. Loses nothing when dropped.
    pub(super) async fn room(&self) {
        if self.pending.is_empty() {
            std::future::pending::<()>().await;
        }
        // The permit is given back at once; nobody else can take the last room before `try_flush` for long.
        drop(self.sender.reserve().await);
    }

    /// Whether nobody will ever take an event again.
    pub(super) fn is_abandoned(&self) -> bool {
        self.sender.is_closed()
    }

    /// Ends when nobody will ever take an event again.
    pub(super) async fn abandoned(&self) {
        self.sender.closed().await;
    }

    /// Hands over what is pending, waiting for the owner as long as it takes.
    pub(super) async fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let events = std::mem::take(&mut self.pending);
        // An owner that is gone needs no events.
        let _ = self.sender.send((self.batch)(self.link, events)).await;
    }
}
