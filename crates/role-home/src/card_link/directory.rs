//! Which card sent a message, and what it was last spoken to about: by number, remembered.
use std::{collections::HashMap, sync::Arc};

use mss_core::Msisdn;

use crate::{CardAddress, HomeReader, ReadError};

/// Cards that are remembered at most.
const REMEMBERED: usize = 100_000;

/// Addresses of cards. They do not change: a card keeps number and keys until it is replaced.
pub(super) struct CardDirectory {
    reader: Box<dyn HomeReader>,
    known: HashMap<Msisdn, Known>,
}

struct Known {
    card: Arc<CardAddress>,
    /// The trace id of the last message that went to it.
    trace: Option<Arc<str>>,
}

impl CardDirectory {
    pub(super) fn new(reader: Box<dyn HomeReader>) -> Self {
        Self { reader, known: HashMap::new() }
    }

    /// The card that this number reaches.
    pub(super) fn find(&mut self, msisdn: &Msisdn) -> Result<Option<Arc<CardAddress>>, ReadError> {
        if let Some(known) = self.known.get(msisdn) {
            return Ok(Some(known.card.clone()));
        }
        let Some(subscriber) = self.reader.subscriber(msisdn)? else {
            return Ok(None);
        };
        let card = subscriber.card.address;
        self.remember(&card, None);
        Ok(Some(card))
    }

    /// A message of this transaction goes to the card.
    pub(super) fn spoke_to(&mut self, card: &Arc<CardAddress>, trace: &Arc<str>) {
        match self.known.get_mut(&card.msisdn) {
            Some(known) => known.trace = Some(trace.clone()),
            None => self.remember(card, Some(trace.clone())),
        }
    }

    /// What the card was last spoken to about, for the log: a packet that does not open says nothing itself.
    pub(super) fn trace(&self, msisdn: &Msisdn) -> Option<Arc<str>> {
        self.known.get(msisdn).and_then(|known| known.trace.clone())
    }

    fn remember(&mut self, card: &Arc<CardAddress>, trace: Option<Arc<str>>) {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(card.msisdn.clone(), Known { card: card.clone(), trace });
    }
}
