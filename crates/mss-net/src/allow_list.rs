use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use mss_core::RoleIdentity;

use crate::{Fingerprint, Peer};

/// The entries of an [`AllowList`]: who may come in, and what the caller wants to know about each, such as an AP_ID.
#[derive(Debug, Clone)]
pub struct Allowed<T> {
    by_fingerprint: HashMap<Fingerprint, T>,
    by_identity: HashMap<RoleIdentity, T>,
}

impl<T> Default for Allowed<T> {
    fn default() -> Self {
        Self { by_fingerprint: HashMap::new(), by_identity: HashMap::new() }
    }
}

impl<T> Allowed<T> {
    /// Allows one certificate and no other of the same holder.
    #[must_use]
    pub fn with_certificate(mut self, fingerprint: Fingerprint, value: T) -> Self {
        self.by_fingerprint.insert(fingerprint, value);
        self
    }

    /// Allows every certificate that the network's CA gave to this holder.
    #[must_use]
    pub fn with_identity(mut self, identity: RoleIdentity, value: T) -> Self {
        self.by_identity.insert(identity, value);
        self
    }

    fn find(&self, peer: &Peer) -> Option<&T> {
        let by_identity = || peer.identity().and_then(|identity| self.by_identity.get(identity));
        self.by_fingerprint.get(&peer.fingerprint()).or_else(by_identity)
    }
}

/// Who may ask, exchangeable while connections are open. Clones share the list.
///
/// Ask it for every request: a peer that is taken off the list is refused from its next request on, also on a connection
/// that it has had open for long.
#[derive(Debug)]
pub struct AllowList<T> {
    current: Arc<ArcSwap<Allowed<T>>>,
}

impl<T> Clone for AllowList<T> {
    fn clone(&self) -> Self {
        Self { current: Arc::clone(&self.current) }
    }
}

impl<T> AllowList<T> {
    /// A list with these entries.
    #[must_use]
    pub fn new(allowed: Allowed<T>) -> Self {
        Self { current: Arc::new(ArcSwap::from_pointee(allowed)) }
    }

    /// Puts other entries in the place of all present ones, for this clone and all others.
    pub fn replace(&self, allowed: Allowed<T>) {
        self.current.store(Arc::new(allowed));
    }
}

impl<T: Clone> AllowList<T> {
    /// What the list says of this peer; `None` when it may not ask. A certificate's own entry comes before its holder's.
    #[must_use]
    pub fn check(&self, peer: &Peer) -> Option<T> {
        self.current.load().find(peer).cloned()
    }
}
