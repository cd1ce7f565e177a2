//! Towards the short-message centre: seals and cuts what goes to cards, joins and opens what comes from them.
//!
//! One task owns all of it, so nothing is shared and the order of what goes to one card is kept.
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use card_ota::{
    osap::{Answer, Message as OsapMessage},
    packet::{Counter, Spi, Tar},
    reassembly::{Outcome, Reassembly, Refusal},
    segment::{Indicator, segment},
    udh::{Concatenation, Udh},
};
use mss_core::Msisdn;
use mss_net::smpp::{DeliverReply, Event, LinkBatch, Transceiver};
use mss_vault::card::{CardVault, OpenError};
use role_home::{CardAddress, HomeInput, Submission};
use smpp::{
    Address, CommandStatus, Message, Receipt, SendFailure,
    message::{ESM_UDHI, ShortMessage},
    receipt::MessageState,
    status::StatusClass,
    tlv::Tag,
    validity,
};
use tokio::sync::mpsc;

use super::{card_directory::CardDirectory, handle::Engine};
use crate::{last_word::LastWord, system::now_ms};

/// One message to a card, still in clear.
pub(super) struct ToCard {
    /// The engine's name for it; absent where nobody asks what became of it.
    pub send: Option<u64>,
    pub card: Arc<CardAddress>,
    pub spi: [u8; 2],
    pub counter: u64,
    pub message: Vec<u8>,
    pub validity: Duration,
    pub trace: Arc<str>,
}

/// What the engine wants of the link.
pub(super) enum Order {
    Send(ToCard),
    /// What arrived under this number is durable or no longer needed.
    Acknowledge(u64),
}

/// What became of a deliver_sm.
enum Arrived {
    /// The engine's business; it says when to acknowledge.
    Input(HomeInput),
    /// Of no further use.
    Done,
    /// Not taken now: the SMSC shall send it again.
    Later,
}

/// A message of several parts: each goes when the one before was taken, because cards join them in order.
struct Going {
    send: Option<u64>,
    rest: VecDeque<Message>,
}

pub(super) struct Link {
    transceiver: Transceiver,
    vault: Arc<CardVault>,
    directory: CardDirectory,
    engine: Engine,
    short_number: Address,
    spi: Spi,
    reassembly: Reassembly<Msisdn>,
    going: HashMap<u64, Going>,
    next_submit: u64,
    /// What was sent and may still be reported undeliverable: this generation and the one before.
    receipts: [HashMap<smpp::MessageId, u64>; 2],
    replies: HashMap<u64, DeliverReply>,
    next_reply: u64,
    next_reference: u8,
}

/// How often memories of old messages are swept.
const SWEEP: Duration = Duration::from_secs(150);
/// Orders and batches that are taken before what they yield is handed over.
const GATHER: usize = 256;

impl Link {
    pub(super) fn new(
        transceiver: Transceiver,
        vault: Arc<CardVault>,
        directory: CardDirectory,
        engine: Engine,
        short_number: Address,
        spi: [u8; 2],
    ) -> Self {
        Self {
            transceiver,
            vault,
            directory,
            engine,
            short_number,
            spi: Spi(spi),
            reassembly: Reassembly::new(),
            going: HashMap::new(),
            next_submit: 1,
            receipts: Default::default(),
            replies: HashMap::new(),
            next_reply: 1,
            next_reference: 0,
        }
    }

    /// Works until the process ends.
    pub(super) async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Vec<Order>>,
        mut batches: mpsc::Receiver<LinkBatch>,
    ) {
        let _last_word = LastWord("the link to the short-message centre");
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            let mut inputs = Vec::new();
            tokio::select! {
                Some(first) = orders.recv() => {
                    self.carry_out(first, &mut inputs);
                    for _ in 0..GATHER {
                        let Ok(more) = orders.try_recv() else { break };
                        self.carry_out(more, &mut inputs);
                    }
                }
                Some(batch) = batches.recv() => {
                    self.take(batch, &mut inputs);
                    for _ in 0..GATHER {
                        let Ok(more) = batches.try_recv() else { break };
                        self.take(more, &mut inputs);
                    }
                }
                _ = sweep.tick() => {
                    self.reassembly.expire(now_ms());
                    let [new, old] = &mut self.receipts;
                    *old = std::mem::take(new);
                }
                else => return,
            }
            if !inputs.is_empty() {
                self.engine.post(inputs);
            }
        }
    }

    fn carry_out(&mut self, orders: Vec<Order>, inputs: &mut Vec<HomeInput>) {
        for order in orders {
            match order {
                Order::Send(message) => self.send(message, inputs),
                Order::Acknowledge(number) => {
                    if let Some(reply) = self.replies.remove(&number) {
                        self.transceiver.reply(reply, CommandStatus::ROK);
                    }
                }
            }
        }
    }

    fn send(&mut self, order: ToCard, inputs: &mut Vec<HomeInput>) {
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
                source: self.short_number,
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

    fn take(&mut self, batch: LinkBatch, inputs: &mut Vec<HomeInput>) {
        for event in batch.events {
            match event {
                Event::Bound { system_id } => {
                    tracing::info!(
                        smsc = system_id.as_str().unwrap_or("?"),
                        "bound to the short-message centre"
                    );
                    inputs.push(HomeInput::link(true));
                }
                // Logged where the socket is.
                Event::Lost(_) => {
                    self.replies.clear();
                    inputs.push(HomeInput::link(false));
                }
                Event::BindRefused(status) => {
                    tracing::error!(
                        ?status,
                        "the short-message centre refuses the bind; check system_id and password"
                    );
                }
                Event::Submitted { token, result } => self.submitted(token, result, inputs),
                Event::Delivered { message, reply } => self.delivered(&message, reply, inputs),
            }
        }
    }

    fn submitted(
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
                    new.insert(id, send);
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

    /// A deliver_sm. Whatever is not the engine's business is answered here and now.
    fn delivered(&mut self, message: &Message, reply: DeliverReply, inputs: &mut Vec<HomeInput>) {
        let arrived = if message.is_receipt() {
            self.receipt(message).map_or(Arrived::Done, Arrived::Input)
        } else {
            self.card_message(message, reply)
        };
        match arrived {
            Arrived::Input(input) => inputs.push(input),
            Arrived::Done => self.transceiver.reply(reply, CommandStatus::ROK),
            Arrived::Later => self.transceiver.reply(reply, CommandStatus::RX_T_APPN),
        }
    }

    fn receipt(&mut self, message: &Message) -> Option<HomeInput> {
        let receipt = Receipt::parse(message).filter(|receipt| receipt.state.is_final())?;
        let send = self.receipts.iter_mut().find_map(|known| known.remove(&receipt.message_id))?;
        // Some centres tell of success unasked. It says nothing of the other parts, and the card speaks for itself.
        (receipt.state != MessageState::Delivered).then(|| HomeInput::undeliverable(send))
    }

    fn card_message(&mut self, message: &Message, reply: DeliverReply) -> Arrived {
        let source = message.source.number.as_str().and_then(|number| Msisdn::parse(number).ok());
        let Some(source) = source else {
            tracing::info!("a message from no international number was dropped");
            return Arrived::Done;
        };
        // Before anything of it is kept: strangers get no room.
        let card = match self.directory.find(&source) {
            Ok(Some(card)) => card,
            Ok(None) => return Arrived::Done,
            Err(error) => {
                tracing::error!(%error, "the store cannot be read; the message shall come again");
                return Arrived::Later;
            }
        };
        let outcome = self.join(&source, message);
        let (indicator, packet) = match outcome {
            Outcome::Complete { indicator, packet } => (indicator, packet),
            // A lost part is made good by asking the card for its result again.
            Outcome::Partial | Outcome::Duplicate => return Arrived::Done,
            Outcome::Refused(reason) => {
                let trace = self.directory.trace(&source);
                tracing::warn!(trace, card = ?source, ?reason, "a message was refused");
                let no_room = matches!(reason, Refusal::Full | Refusal::SourceFull);
                return if no_room { Arrived::Later } else { Arrived::Done };
            }
        };
        let opened = match indicator {
            Indicator::Response => self.report(&card, &packet, reply),
            Indicator::Command => self.answer(&card, &packet, reply),
        };
        match opened {
            Ok(input) => Arrived::Input(input),
            Err(reason) => {
                let trace = self.directory.trace(&source);
                tracing::warn!(trace, card = ?source, %reason, "a packet was refused");
                Arrived::Done
            }
        }
    }

    /// Puts the parts of a packet together, whether the SMSC left their numbers in the user data or took them out.
    fn join(&mut self, source: &Msisdn, message: &Message) -> Outcome {
        let Some(part) = message.segment() else {
            return self.reassembly.accept(source, message.user_data(), now_ms());
        };
        let part =
            Concatenation { reference: part.reference, wide: true, total: part.total, sequence: part.number };
        let (indicator, payload) = match Udh::split(message.user_data()) {
            Ok((header, payload)) if message.has_user_data_header() => (header.indicator(), payload),
            _ => (None, message.user_data()),
        };
        self.reassembly.accept_part(source, part, indicator, payload, now_ms())
    }

    fn report(
        &mut self,
        card: &CardAddress,
        packet: &[u8],
        reply: DeliverReply,
    ) -> Result<HomeInput, String> {
        let opened = self.vault.open_proof(card.iccid.as_str(), &card.sealed_keys, self.spi, packet);
        let response = opened.map_err(|error: OpenError| error.to_string())?;
        let reply = self.remember(reply);
        Ok(HomeInput::report(card.id, response.counter.value(), response.rsc, response.proven, reply))
    }

    fn answer(
        &mut self,
        card: &CardAddress,
        packet: &[u8],
        reply: DeliverReply,
    ) -> Result<HomeInput, String> {
        let opened = self.vault.open_message(card.iccid.as_str(), &card.sealed_keys, packet);
        let opened = opened.map_err(|error| error.to_string())?;
        let message = OsapMessage::<Answer>::decode(&opened.data).map_err(|error| error.to_string())?;
        let reply = self.remember(reply);
        Ok(HomeInput::answer(card.id, opened.counter.value(), message, reply))
    }

    /// The engine names what arrived by a number, and says when it may be acknowledged.
    fn remember(&mut self, reply: DeliverReply) -> u64 {
        let number = self.next_reply;
        self.next_reply += 1;
        self.replies.insert(number, reply);
        number
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
