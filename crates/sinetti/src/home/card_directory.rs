//! Which card sent a message: by number, from the store, remembered.
use std::{collections::HashMap, sync::Arc};

use mss_core::Msisdn;
use role_home::{CardAddress, HomeReader};

/// Cards that are remembered at most.
const REMEMBERED: usize = 100_000;

/// Addresses of cards. What it remembers does not change: a card keeps number and keys until it is replaced.
pub(super) struct CardDirectory {
    reader: Box<dyn HomeReader>,
    known: HashMap<Msisdn, Arc<CardAddress>>,
}

impl CardDirectory {
    pub(super) fn new(reader: Box<dyn HomeReader>) -> Self {
        Self { reader, known: HashMap::new() }
    }

    /// The card that this number reaches.
    pub(super) fn find(&mut self, msisdn: &Msisdn) -> Option<Arc<CardAddress>> {
        if let Some(card) = self.known.get(msisdn) {
            return Some(card.clone());
        }
        match self.reader.subscriber(msisdn) {
            Ok(Some(subscriber)) => {
                if self.known.len() >= REMEMBERED {
                    self.known.clear();
                }
                let card = subscriber.card.address;
                self.known.insert(msisdn.clone(), card.clone());
                Some(card)
            }
            Ok(None) => {
                tracing::info!(card = ?msisdn, "a message from a number without a card was dropped");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be read");
                None
            }
        }
    }
}
