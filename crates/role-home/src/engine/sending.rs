use std::{sync::Arc, time::Duration};

use super::{HomeEngine, cards::Sent, work::Work};
use crate::{HomeOutput, Odd, Opening, SendToCard, card_message, transaction::Purpose};

/// How long the short-message centre may try to deliver a CONFIRM or a CANCEL: they help the card, nothing more.
const COURTESY: Duration = Duration::from_secs(120);

impl HomeEngine {
    /// One message to the card, under a counter that was never used. While the link is down nothing can be said.
    pub(super) fn send(
        &mut self,
        opening: &Arc<Opening>,
        purpose: Purpose,
        attempt: u8,
        send: Option<u64>,
        work: &mut Work<'_>,
    ) {
        let spared = purpose == Purpose::Confirm && !self.config.delivery.confirm;
        if !self.linked || spared {
            return;
        }
        let Some(card) = opening.card.and_then(|card| self.cards.get_mut(card)) else {
            return work.notice(Some(&opening.trace), opening.card, Odd::Orphan);
        };
        let certificate =
            opening.key.and_then(|key| card.key(key)).and_then(|key| key.certificate().cloned());
        let hash = certificate.as_ref().map(|certificate| certificate.sha256());
        let message = card_message::encode(opening, purpose, attempt, hash, self.config.pin_policy);
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let what = Odd::Unspeakable(error.to_string());
                return work.notice(Some(&opening.trace), opening.card, what);
            }
        };
        let mut counter = card.take_counter();
        if counter.is_none() && card.reserve(0) {
            work.changed_cards.insert(card.address.id);
            counter = card.take_counter();
        }
        let Some(counter) = counter else {
            return work.notice(Some(&opening.trace), opening.card, Odd::CountersUsedUp);
        };
        card.remember(Sent { counter, row: opening.row, purpose });
        let validity = match purpose {
            Purpose::Request => work.now.until(opening.card_deadline),
            Purpose::GetResult => work.now.until(opening.deadline),
            Purpose::Cancel | Purpose::Confirm => COURTESY,
        };
        work.outputs.push(HomeOutput::SendToCard(SendToCard {
            send,
            card: card.address.clone(),
            spi: self.config.delivery.spi,
            counter,
            message,
            validity: validity.max(Duration::from_secs(1)),
            trace: opening.trace.clone(),
        }));
    }
}
