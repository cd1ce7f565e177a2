//! What goes to cards: sealed, cut into parts, submitted one after the other.
use std::{collections::VecDeque, sync::Arc, time::Duration};

use card_ota::{
    packet::{Counter, Spi, Tar},
    segment::{Indicator, segment},
};
use role_home::{CardAddress, HomeInput, Submission};
use smpp::{
    Address, Message, SendFailure,
    message::{ESM_UDHI, ShortMessage},
    status::StatusClass,
    tlv::Tag,
    validity,
};

use super::Link;

/// One message to a card, still in clear.
pub(crate) struct ToCard {
    /// The engine's name for it; absent where nobody asks what became of it.
    pub send: Option<u64>,
    pub card: Arc<CardAddress>,
    pub spi: [u8; 2],
    pub counter: u64,
    pub message: Vec<u8>,
    pub validity: Duration,
    pub trace: Arc<str>,
}

/// A message of several parts: each goes when the one before was taken, because cards join them in order.
pub(super) struct Going {
    send: Option<u64>,
    rest: VecDeque<Message>,
}

impl Link {
    pub(super) fn send(&mut self, order: ToCard, inputs: &mut Vec<HomeInput>) {
        self.directory.spoke_to(&order.card, &order.trace);
        match self.parts(&order) {
            Ok(mut rest) => {
                if let Some(first) = rest.pop_front() {
                    self.submit(first, Going { send: order.send, rest }, inputs);
                }
            }
            Err(reason) => {
                tracing::error!(trace = &*order.trace, card = ?order.card.msisdn, %reason, "a message to a card was not sealed");
                inputs.extend(order.send.map(|send| HomeInput::submitted(send, Submission::Permanent)));
            }
        }
    }

    /// Seals a message and lays its parts out as submit_sm.
    fn parts(&mut self, order: &ToCard) -> Result<VecDeque<Message>, String> {
        let card = &order.card;
        let counter = Counter::new(order.counter).ok_or("the counter is past 40 bits")?;
        let packet = self.vault.seal_command(
            (card.iccid.as_str(), &card.sealed_keys),
            (Spi(order.spi), Tar(card.tar), counter),
            &order.message,
        );
        let packet = packet.map_err(|error| error.to_string())?;
        self.next_reference = self.next_reference.wrapping_add(1);
        let parts =
            segment(&packet, Indicator::Command, self.next_reference).map_err(|error| error.to_string())?;
        let destination =
            Address::international(card.msisdn.digits()).ok_or("the MSISDN is no SMPP address")?;
        let seconds = u32::try_from(order.validity.as_secs()).unwrap_or(u32::MAX).max(1);
        let last = parts.len().saturating_sub(1);
        let message = |(n, part): (usize, Vec<u8>)| {
            let mut message = Message {
                source: self.profile.short_number,
                destination,
                esm_class: ESM_UDHI,
                protocol_id: 0x7F,
                data_coding: 0xF6,
                validity_period: validity::relative(seconds),
                // A receipt only if it fails: the card itself proves what arrived.
                registered_delivery: if order.send.is_some() { 2 } else { 0 },
                short_message: ShortMessage::try_from(part).map_err(|error| error.to_string())?,
                ..Message::default()
            };
            if n < last {
                message.tlvs.push(Tag::MORE_MESSAGES_TO_SEND, &[1]).map_err(|error| error.to_string())?;
            }
            Ok(message)
        };
        parts.into_iter().enumerate().map(message).collect()
    }

    fn submit(&mut self, message: Message, going: Going, inputs: &mut Vec<HomeInput>) {
        let token = self.next_submit;
        self.next_submit += 1;
        if self.transceiver.submit(message, token).is_ok() {
            self.going.insert(token, going);
        } else {
            inputs.extend(going.send.map(|send| HomeInput::submitted(send, Submission::Temporary)));
        }
    }

    pub(super) fn submitted(
        &mut self,
        token: u64,
        result: Result<smpp::MessageId, SendFailure>,
        inputs: &mut Vec<HomeInput>,
    ) {
        let Some(mut going) = self.going.remove(&token) else { return };
        let submission = match result {
            Ok(id) => {
                if let Some(send) = going.send {
                    let [new, _] = &mut self.receipts;
                    new.insert(self.profile.submitted_ids.normalise(&id), send);
                }
                if let Some(next) = going.rest.pop_front() {
                    return self.submit(next, going, inputs);
                }
                Submission::Accepted
            }
            Err(failure) => submission_of(&failure),
        };
        inputs.extend(going.send.map(|send| HomeInput::submitted(send, submission)));
    }
}

/// What the SMSC's refusal means for the engine.
fn submission_of(failure: &SendFailure) -> Submission {
    match failure {
        SendFailure::Unknown => Submission::Unknown,
        SendFailure::NotSent | SendFailure::QueueFull => Submission::Temporary,
        SendFailure::Refused(status) => match status.class() {
            StatusClass::Permanent | StatusClass::Bug => Submission::Permanent,
            _ => Submission::Temporary,
        },
    }
}
