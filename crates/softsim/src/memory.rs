//! What a card never forgets: keys, counters, PIN, slots, transactions done and the answer that was not confirmed yet.
use std::collections::VecDeque;

use card_ota::{
    osap::{CardInfo, Mode, Slot, TxnId},
    packet::{Counter, Tar},
};
use smpp::COctetString;
use zeroize::Zeroizing;

use crate::{Iccid, Keyset, Pin, card_crypto::KeyPair};

/// Transactions remembered after their end. The protocol asks for eight; replays of older ones fail the counter.
pub(crate) const REMEMBERED: usize = 12;
/// MO counters taken into durable memory at once, so that not every message costs a write.
pub(crate) const MO_RUN: u64 = 64;
/// Keys that fit.
pub(crate) const KEYS_MAX: usize = CardInfo::MAX_SLOTS;

/// The first octets of SHA-256 over a request without its attempt: enough to tell an honest server's requests apart.
pub(crate) type BodyHash = [u8; 8];

/// The durable part of a card.
pub(crate) struct Memory {
    pub(crate) iccid: Iccid,
    pub(crate) tar: Tar,
    /// Whether errors met before the packet is authenticated are answered in plain, as some fielded cards do.
    pub(crate) plain_errors: bool,
    /// Keys of what comes to the card and of the responses to it.
    pub(crate) ota: Keyset,
    /// Last counter accepted under `ota`.
    pub(crate) ota_counter: Counter,
    /// Keys of what the applet sends by itself.
    pub(crate) applet: Keyset,
    /// First MO counter that is not reserved yet: where the card goes on after a restart.
    pub(crate) mo_reserved: u64,
    /// The short number that the applet sends to, digits.
    pub(crate) server_number: COctetString<21>,
    pub(crate) pin: PinGroup,
    pub(crate) keys: Vec<StoredKey>,
    /// Oldest first, at most [`REMEMBERED`].
    pub(crate) ended: VecDeque<Ended>,
    /// The answer to the last of `ended`, until it is confirmed or another request comes.
    pub(crate) cached: Option<Cached>,
}

/// The one PIN that guards all slots.
pub(crate) struct PinGroup {
    /// None until the person has chosen one.
    pub(crate) pin: Option<Pin>,
    pub(crate) tries_left: u8,
    pub(crate) tries_max: u8,
}

/// A P-256 key in its slot, with what it may sign.
pub(crate) struct StoredKey {
    pub(crate) slot: Slot,
    pub(crate) mode: Mode,
    pub(crate) key: KeyPair,
    /// SHA-256 of the certificate; the key signs nothing but its own possession before it has one.
    pub(crate) certificate: Option<[u8; 32]>,
}

/// A transaction that has ended, with or without a signature: it never makes one again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) txn: TxnId,
    pub(crate) body: BodyHash,
}

/// An answer kept for repeats.
pub(crate) struct Cached {
    pub(crate) txn: TxnId,
    /// The whole OSAP message.
    pub(crate) message: Vec<u8>,
}

impl Memory {
    pub(crate) fn key(&self, slot: Slot) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.slot == slot)
    }

    pub(crate) fn key_mut(&mut self, slot: Slot) -> Option<&mut StoredKey> {
        self.keys.iter_mut().find(|key| key.slot == slot)
    }

    /// Puts a key into its slot, in place of the one it held.
    pub(crate) fn put_key(&mut self, key: StoredKey) {
        self.keys.retain(|old| old.slot != key.slot);
        self.keys.push(key);
    }

    pub(crate) fn ended(&self, txn: TxnId) -> Option<&Ended> {
        self.ended.iter().find(|ended| ended.txn == txn)
    }

    /// Ends a transaction and keeps its answer; the answer before it is gone.
    pub(crate) fn end(&mut self, ended: Ended, message: Vec<u8>) {
        while self.ended.len() >= REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(ended);
        self.cached = Some(Cached { txn: ended.txn, message });
    }

    pub(crate) fn cached(&self, txn: TxnId) -> Option<&Cached> {
        self.cached.as_ref().filter(|cached| cached.txn == txn)
    }
}

/// The octets of a card's durable memory. They hold its secrets: wiped when dropped, never shown.
pub struct CardImage(pub(crate) Zeroizing<Vec<u8>>);

impl CardImage {
    /// Takes what a store kept.
    #[must_use]
    pub fn from_octets(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// What a store keeps; a few hundred octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}
