use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    ops::Bound,
    sync::Arc,
};

use card_ota::{packet::Counter, window::CounterWindow};
use mss_core::{Msisdn, Operation};
use mss_pki::UserCertificate;

use crate::{
    CardAddress, CardId, CardRecord, CardUpdate, HomeReader, KeyId, KeyRecord, KeyState, MoWindow, ReadError,
    RowId, Subscriber, UserRecord, card::CounterRun, transaction::Purpose,
};

/// Cards in memory: all that have an open transaction, and others that were used lately.
#[derive(Default)]
pub(super) struct Cards {
    by_id: BTreeMap<CardId, Card>,
    by_number: BTreeMap<Msisdn, CardId>,
    /// Where the search for a card to forget goes on.
    hand: Option<CardId>,
}

/// A card, its person and keys.
pub(super) struct Card {
    pub(super) address: Arc<CardAddress>,
    version: u32,
    next_counter: u64,
    pub(super) window: CounterWindow,
    /// Those of `window` whose packets are durable or needed no more. Only they are written: a packet that a crash takes
    /// with it comes again, and must not be a replay then.
    settled: CounterWindow,
    pub(super) last_row: Option<RowId>,
    run: CounterRun,
    /// The open transaction on it.
    pub(super) open: Option<RowId>,
    pub(super) user: Option<UserRecord>,
    pub(super) keys: Vec<Key>,
    /// The last packets that left, to tell which one a report is about.
    sent: VecDeque<Sent>,
    used: bool,
}

/// A packet that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) counter: u64,
    pub(super) row: RowId,
    pub(super) purpose: Purpose,
}

/// How many packets are remembered for each card.
const SENT_MAX: usize = 16;
/// How many cards one turn looks at to find some that can be forgotten.
const LOOKED_AT_MAX: usize = 64;

/// A key; its certificate is parsed once.
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) version: u32,
    pub(super) operation: Operation,
    pub(super) state: KeyState,
    pub(super) public_key: Vec<u8>,
    path: Vec<Vec<u8>>,
    certificate: Option<Arc<UserCertificate>>,
}

impl Cards {
    /// A card that is in memory.
    pub(super) fn get_mut(&mut self, id: CardId) -> Option<&mut Card> {
        let card = self.by_id.get_mut(&id)?;
        card.used = true;
        Some(card)
    }

    /// The card in a row.
    pub(super) fn by_id(
        &mut self,
        id: CardId,
        reader: &dyn HomeReader,
    ) -> Result<Option<&mut Card>, ReadError> {
        if !self.by_id.contains_key(&id)
            && let Some(subscriber) = reader.subscriber_of_card(id)?
        {
            self.insert(subscriber);
        }
        Ok(self.get_mut(id))
    }

    /// The card that a number reaches.
    pub(super) fn by_number(
        &mut self,
        msisdn: &Msisdn,
        reader: &dyn HomeReader,
    ) -> Result<Option<&mut Card>, ReadError> {
        let id = match self.by_number.get(msisdn) {
            Some(id) => *id,
            None => match reader.subscriber(msisdn)? {
                Some(subscriber) => self.insert(subscriber),
                None => return Ok(None),
            },
        };
        Ok(self.get_mut(id))
    }

    /// Takes a card in, as it was read or just made.
    pub(super) fn insert(&mut self, subscriber: Subscriber) -> CardId {
        let Subscriber { card, user, keys } = subscriber;
        let id = card.address.id;
        self.by_number.insert(card.address.msisdn.clone(), id);
        self.by_id.insert(id, Card::new(card, user, keys));
        id
    }

    /// How many have an open transaction.
    pub(super) fn busy(&self) -> usize {
        self.by_id.values().filter(|card| card.open.is_some()).count()
    }

    /// Forgets cards that were not used since the last look, while there are more than `limit`. Those with an open
    /// transaction stay. Looks at a few cards only; the next turn goes on.
    pub(super) fn forget_some(&mut self, limit: usize) {
        for _ in 0..LOOKED_AT_MAX {
            if self.by_id.len() <= limit {
                return;
            }
            let from = self.hand.map_or(Bound::Unbounded, Bound::Excluded);
            let next = self.by_id.range_mut((from, Bound::Unbounded)).next();
            let Some((id, card)) = next else {
                self.hand = None;
                continue;
            };
            self.hand = Some(*id);
            if !mem::take(&mut card.used) && card.open.is_none() {
                let (id, number) = (*id, card.address.msisdn.clone());
                self.by_id.remove(&id);
                self.by_number.remove(&number);
            }
        }
    }
}

impl Card {
    fn new(record: CardRecord, user: Option<UserRecord>, keys: Vec<KeyRecord>) -> Self {
        let MoWindow { highest, bitmap } = record.mo_window;
        let window = CounterWindow::from_parts(Counter::new(highest).unwrap_or(Counter::BLOCKED), bitmap);
        Self {
            address: record.address,
            version: record.version,
            next_counter: record.next_counter,
            window,
            settled: window,
            last_row: record.last_row,
            run: CounterRun::default(),
            open: None,
            user,
            keys: keys.into_iter().map(Key::new).collect(),
            sent: VecDeque::new(),
            used: true,
        }
    }

    /// Abandons what is left of the counters at hand and reserves the next run; the caller sees to it that the card is
    /// written in this turn. False when the card's counters are used up.
    pub(super) fn reserve(&mut self, jump: u64) -> bool {
        let start = self.next_counter.saturating_add(jump);
        let end = start.saturating_add(CounterRun::LENGTH);
        if end > Counter::BLOCKED.value() {
            return false;
        }
        self.run = CounterRun::starting_at(start);
        self.next_counter = end;
        true
    }

    /// The next counter of the run at hand.
    pub(super) fn take_counter(&mut self) -> Option<u64> {
        self.run.take()
    }

    /// The key that serves an operation.
    pub(super) fn key_for(&mut self, operation: Operation) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.operation == operation)
    }

    /// The key in a row.
    pub(super) fn key(&mut self, id: KeyId) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.id == id)
    }

    /// A new key takes the place of the one before it.
    pub(super) fn put_key(&mut self, key: KeyRecord) {
        self.keys.retain(|old| old.operation != key.operation);
        self.keys.push(Key::new(key));
    }

    pub(super) fn remember(&mut self, sent: Sent) {
        if self.sent.len() >= SENT_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    /// The counter of the last packet that left.
    pub(super) fn last_counter(&self) -> Option<u64> {
        self.sent.back().map(|sent| sent.counter)
    }

    pub(super) fn sent_under(&self, counter: u64) -> Option<Sent> {
        self.sent.iter().find(|sent| sent.counter == counter).copied()
    }

    /// The packet under this counter is durable or needed no more.
    pub(super) fn settle(&mut self, counter: u64) {
        if let Some(counter) = Counter::new(counter) {
            // Repeats of a packet settle once, and one that is far behind is refused anyway.
            self.settled.accept(counter).ok();
        }
    }

    /// What the store shall write, once for each turn.
    pub(super) fn update(&mut self) -> CardUpdate {
        let found_version = self.version;
        self.version += 1;
        CardUpdate {
            id: self.address.id,
            found_version,
            next_counter: self.next_counter,
            mo_window: MoWindow { highest: self.settled.highest().value(), bitmap: self.settled.bitmap() },
            last_row: self.last_row,
        }
    }
}

impl Key {
    fn new(record: KeyRecord) -> Self {
        let KeyRecord { id, version, operation, public_key, state, path, .. } = record;
        Self { id, version, operation, state, public_key, path, certificate: None }
    }

    /// The certificate and its path; `None` while there is none that can be read.
    pub(super) fn certificate(&mut self) -> Option<&Arc<UserCertificate>> {
        if self.certificate.is_none() && !self.path.is_empty() {
            self.certificate = UserCertificate::parse(&self.path).ok();
            self.path = Vec::new();
        }
        self.certificate.as_ref()
    }

    pub(super) fn set_certificate(&mut self, certificate: Arc<UserCertificate>) {
        self.certificate = Some(certificate);
    }
}
