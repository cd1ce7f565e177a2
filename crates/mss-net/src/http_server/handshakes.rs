use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Connections whose handshake is under way: of no known peer, and cheap for whoever opens them. When there are too many,
/// the oldest of the address with the most of them has to go, so that a flood washes away its own and a client that does
/// its handshake at once gets through.
#[derive(Debug)]
pub(super) struct Handshakes {
    most: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    count: usize,
    /// Of each address, the oldest first; no queue is empty.
    by_address: HashMap<IpAddr, VecDeque<(u64, oneshot::Sender<()>)>>,
}

impl Handshakes {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), open: Mutex::default() })
    }

    /// One more. It ends when the ticket is dropped.
    pub(super) fn begin(self: &Arc<Self>, remote: IpAddr) -> Ticket {
        let address = network(remote);
        let (told, end) = oneshot::channel();
        let mut open = self.lock();
        if open.count >= self.most {
            open.end_one();
        }
        let number = open.next;
        open.next += 1;
        open.count += 1;
        open.by_address.entry(address).or_default().push_back((number, told));
        drop(open);
        Ticket { handshakes: Arc::clone(self), address, number, end }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn end_one(&mut self) {
        let fullest =
            self.by_address.iter().max_by_key(|(_, queue)| queue.len()).map(|(address, _)| *address);
        if let Some(address) = fullest
            && let Some((_, told)) = self.by_address.get_mut(&address).and_then(VecDeque::pop_front)
        {
            self.count -= 1;
            self.forget_if_empty(address);
            // One that has just ended by itself is no loss.
            let _ = told.send(());
        }
    }

    fn forget_if_empty(&mut self, address: IpAddr) {
        if self.by_address.get(&address).is_some_and(VecDeque::is_empty) {
            self.by_address.remove(&address);
        }
    }
}

/// The handshake of one connection.
#[derive(Debug)]
pub(super) struct Ticket {
    handshakes: Arc<Handshakes>,
    address: IpAddr,
    number: u64,
    end: oneshot::Receiver<()>,
}

impl Ticket {
    /// Ready when this handshake has to make room.
    pub(super) async fn must_go(&mut self) {
        // The sender is dropped only when it has said so, or with this ticket.
        let _ = (&mut self.end).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.handshakes.lock();
        if let Some(queue) = open.by_address.get_mut(&self.address)
            && let Ok(place) = queue.binary_search_by_key(&self.number, |(number, _)| *number)
        {
            queue.remove(place);
            open.count -= 1;
            open.forget_if_empty(self.address);
        }
    }
}

/// Whoever has one address of a version 6 network has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn has_to_go(ticket: &mut Ticket) -> bool {
        ticket.end.try_recv().is_ok()
    }

    #[test]
    fn the_oldest_of_the_fullest_address_makes_room() {
        let handshakes = Handshakes::new(4);
        let mut good = handshakes.begin(ip("192.0.2.1"));
        let mut flood: Vec<_> = (0..20).map(|_| handshakes.begin(ip("198.51.100.7"))).collect();
        let gone: Vec<bool> = flood.iter_mut().map(has_to_go).collect();
        assert_eq!(gone.iter().filter(|gone| **gone).count(), 17);
        assert!(gone[..17].iter().all(|gone| *gone), "the oldest first");
        assert!(!has_to_go(&mut good));
        drop(flood);
        drop(good);
        let open = handshakes.lock();
        assert_eq!((open.count, open.by_address.len()), (0, 0));
    }

    #[test]
    fn a_network_of_version_6_is_one_address() {
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff:1")));
        assert_ne!(network(ip("2001:db8::1")), network(ip("2001:db8:0:1::1")));
        assert_eq!(network(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }
}
