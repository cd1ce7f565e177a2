use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use hyper::body::Bytes;

use super::Limits;
use crate::Fingerprint;

/// Who shares one part of what a listener has: the holder of a certificate, or, where none is asked for, an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sharer {
    Certificate(Fingerprint),
    Address(IpAddr),
}

/// What each peer uses at present, over all its connections. One peer must not use up what is there for all.
#[derive(Debug)]
pub(super) struct Crowd {
    peers: Mutex<HashMap<Sharer, Arc<Share>>>,
    connections: usize,
    requests: usize,
    body_octets: usize,
    answer_octets: usize,
}

#[derive(Debug, Default)]
struct Share {
    /// Changed under the crowd's lock only.
    connections: AtomicUsize,
    requests: AtomicUsize,
    body_octets: AtomicUsize,
    answer_octets: AtomicUsize,
}

impl Crowd {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            peers: Mutex::default(),
            connections: limits.peer_connections,
            requests: limits.peer_requests,
            body_octets: limits.peer_body_octets,
            answer_octets: limits.peer_answer_octets,
        })
    }

    /// One more connection of this peer; `None` when it has enough of them.
    pub(super) fn join(self: &Arc<Self>, who: Sharer) -> Option<Member> {
        let mut peers = self.lock();
        let share = peers.entry(who).or_default();
        if share.connections.load(Relaxed) >= self.connections {
            return None;
        }
        share.connections.fetch_add(1, Relaxed);
        Some(Member { crowd: Arc::clone(self), share: Arc::clone(share), who })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sharer, Arc<Share>>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's part in what its peer may use; given back when dropped.
#[derive(Debug)]
pub(super) struct Member {
    crowd: Arc<Crowd>,
    share: Arc<Share>,
    who: Sharer,
}

impl Member {
    /// One more request in flight; `None` when the peer has enough of them, or too many answers to take first.
    pub(super) fn request(&self) -> Option<Held<'_>> {
        if self.share.answer_octets.load(Relaxed) > self.crowd.answer_octets {
            return None;
        }
        take(&self.share.requests, 1, self.crowd.requests)
    }

    /// Nothing yet of a body that begins to come.
    pub(super) fn body(&self) -> Held<'_> {
        Held { of: &self.share.body_octets, amount: 0 }
    }

    /// So many octets more; `false` when the peer has too much under way.
    pub(super) fn grow(&self, body: &mut Held<'_>, octets: usize) -> bool {
        let more = take(&self.share.body_octets, octets, self.crowd.body_octets);
        more.is_some_and(|mut more| {
            body.amount = body.amount.saturating_add(std::mem::take(&mut more.amount));
            true
        })
    }

    /// The same octets, which count as an answer to be taken for as long as they are kept anywhere.
    pub(super) fn owe(&self, answer: Bytes) -> Bytes {
        if answer.is_empty() {
            return answer;
        }
        self.share.answer_octets.fetch_add(answer.len(), Relaxed);
        Bytes::from_owner(Owed { answer, share: Arc::clone(&self.share) })
    }
}

/// An answer until it is taken.
struct Owed {
    answer: Bytes,
    share: Arc<Share>,
}

impl AsRef<[u8]> for Owed {
    fn as_ref(&self) -> &[u8] {
        &self.answer
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.share.answer_octets.fetch_sub(self.answer.len(), Relaxed);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut peers = self.crowd.lock();
        if self.share.connections.fetch_sub(1, Relaxed) == 1 {
            peers.remove(&self.who);
        }
    }
}

/// An amount that is in use until this is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    of: &'a AtomicUsize,
    amount: usize,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.of.fetch_sub(self.amount, Relaxed);
    }
}

fn take(of: &AtomicUsize, amount: usize, most: usize) -> Option<Held<'_>> {
    let fits = |used: usize| used.checked_add(amount).filter(|sum| *sum <= most);
    of.fetch_update(Relaxed, Relaxed, fits).ok().map(|_| Held { of, amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Arc<Crowd> {
        let limits =
            Limits { peer_connections: 2, peer_requests: 3, peer_body_octets: 10, ..Limits::default() };
        Crowd::new(&limits)
    }

    const ONE: Sharer = Sharer::Certificate(Fingerprint([1; 32]));
    const OTHER: Sharer = Sharer::Certificate(Fingerprint([2; 32]));

    #[test]
    fn a_peer_has_its_connections_and_no_others() {
        let crowd = crowd();
        let first = crowd.join(ONE).unwrap();
        let second = crowd.join(ONE).unwrap();
        assert!(crowd.join(ONE).is_none());
        let other = crowd.join(OTHER).unwrap();
        drop(first);
        let third = crowd.join(ONE).unwrap();
        drop((second, third, other));
        assert!(crowd.lock().is_empty(), "who is gone is forgotten");
    }

    #[test]
    fn who_does_not_take_answers_gets_no_more() {
        let limits = Limits { peer_answer_octets: 10, ..Limits::default() };
        let member = Crowd::new(&limits).join(ONE).unwrap();
        let answers = [member.owe(Bytes::from_static(b"12345")), member.owe(Bytes::from_static(b"678901"))];
        let part = answers[1].slice(2..);
        assert!(member.request().is_none());
        drop(answers);
        assert!(member.request().is_some());
        assert_eq!(part, "8901");
        drop(part);
        assert_eq!(member.share.answer_octets.load(Relaxed), 0);
    }

    #[test]
    fn requests_and_bodies_count_over_all_connections() {
        let crowd = crowd();
        let (first, second) = (crowd.join(ONE).unwrap(), crowd.join(ONE).unwrap());
        let held = [first.request().unwrap(), second.request().unwrap(), first.request().unwrap()];
        assert!(second.request().is_none());
        drop(held);
        assert!(second.request().is_some());

        let (mut body, mut next) = (first.body(), second.body());
        assert!(first.grow(&mut body, 6) && second.grow(&mut next, 4));
        assert!(!first.grow(&mut body, 1));
        drop(next);
        assert!(first.grow(&mut body, 4) && !first.grow(&mut body, usize::MAX));
        drop(body);
        assert!(second.grow(&mut second.body(), 10));
    }
}
