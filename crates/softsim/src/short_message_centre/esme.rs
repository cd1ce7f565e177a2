use std::collections::{BTreeMap, VecDeque};

use smpp::{Message, status::StatusClass};

use super::{DeliverAnswer, DeliveryId, EsmeId, Output};
use crate::sight::About;

/// How often one message is offered to an ESME that refuses it for now.
const ATTEMPTS_MAX: u8 = 10;

/// An ESME that may bind, and what waits for it.
pub(super) struct EsmeQueue {
    id: EsmeId,
    bound: bool,
    next: u64,
    waiting: VecDeque<(DeliveryId, Offer)>,
    /// Sent and not answered, in order.
    in_flight: BTreeMap<DeliveryId, Offer>,
    /// After a refusal: nothing leaves before.
    hold_until_ms: u64,
}

struct Offer {
    message: Box<Message>,
    /// Whose, and what it is a part of; none for receipts and reports.
    about: Option<(u64, About)>,
    attempts: u8,
}

/// What bounds a queue.
#[derive(Clone, Copy)]
pub(super) struct QueueLimits {
    pub(super) waiting: usize,
    pub(super) window: usize,
    pub(super) retry_ms: u64,
}

impl EsmeQueue {
    pub(super) fn new(id: EsmeId) -> Self {
        Self {
            id,
            bound: false,
            next: 0,
            waiting: VecDeque::new(),
            in_flight: BTreeMap::new(),
            hold_until_ms: 0,
        }
    }

    /// Takes a message for the ESME; false when the queue is full and the message is lost.
    pub(super) fn push(
        &mut self,
        message: Box<Message>,
        about: Option<(u64, About)>,
        limits: QueueLimits,
    ) -> bool {
        if self.waiting.len() >= limits.waiting {
            return false;
        }
        let id = DeliveryId { esme: self.id, number: self.next };
        self.next += 1;
        self.waiting.push_back((id, Offer { message, about, attempts: 0 }));
        true
    }

    /// What a delivery in flight is a part of.
    pub(super) fn about(&self, id: DeliveryId) -> Option<(u64, About)> {
        self.in_flight.get(&id)?.about
    }

    pub(super) fn bound(&mut self) {
        self.bound = true;
        self.hold_until_ms = 0;
    }

    /// What was in flight goes back to the front, in its order.
    pub(super) fn unbound(&mut self) {
        self.bound = false;
        for offer in std::mem::take(&mut self.in_flight).into_iter().rev() {
            self.waiting.push_front(offer);
        }
    }

    /// An answer came, or will not come. False when the message is given up.
    pub(super) fn answered(
        &mut self,
        id: DeliveryId,
        answer: DeliverAnswer,
        now_ms: u64,
        limits: QueueLimits,
    ) -> bool {
        let Some(mut offer) = self.in_flight.remove(&id) else { return true };
        let again = match answer {
            DeliverAnswer::Lost => true,
            DeliverAnswer::Status(status) => match status.class() {
                StatusClass::Success => return true,
                StatusClass::Permanent | StatusClass::Bug => false,
                StatusClass::Temporary | StatusClass::Throttled => {
                    self.hold_until_ms = now_ms.saturating_add(limits.retry_ms);
                    offer.attempts += 1;
                    offer.attempts < ATTEMPTS_MAX
                }
            },
        };
        if again {
            let place = self.waiting.partition_point(|(waiting, _)| *waiting < id);
            self.waiting.insert(place, (id, offer));
        }
        again
    }

    /// Sends what may leave now.
    pub(super) fn pump(&mut self, now_ms: u64, limits: QueueLimits, outputs: &mut Vec<Output>) {
        if !self.bound || now_ms < self.hold_until_ms {
            return;
        }
        while self.in_flight.len() < limits.window {
            let Some((delivery, offer)) = self.waiting.pop_front() else { return };
            outputs.push(Output::Deliver { delivery, message: offer.message.clone() });
            self.in_flight.insert(delivery, offer);
        }
    }

    /// When [`Self::pump`] has something to do although nothing happens.
    pub(super) fn wake_ms(&self, now_ms: u64) -> Option<u64> {
        (self.bound && !self.waiting.is_empty() && self.hold_until_ms > now_ms).then_some(self.hold_until_ms)
    }
}
