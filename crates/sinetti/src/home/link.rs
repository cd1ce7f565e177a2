//! Towards the short-message centre: carries out what `role_home::CardLink` decides, on the SMPP connection.
//!
//! One task owns all of it, so nothing is shared and the order of what goes to one card is kept.
use std::sync::Arc;

use card_ota::packet::{Counter, OpenedCommand, Response, Spi, Tar};
use mss_net::smpp::{DeliverReply, Event, LinkBatch, Transceiver};
use mss_vault::card::CardVault;
use role_home::{CardAddress, CardLink, LinkNote, LinkWork, PacketVault, SendToCard};
use smpp::SendFailure;
use tokio::sync::mpsc;

use super::handle::Engine;
use crate::{last_word::LastWord, system::now_ms};

/// What the engine wants of the link.
pub(super) enum Order {
    Send(SendToCard),
    /// What arrived under this number is durable or no longer needed.
    Acknowledge(u64),
    /// What arrived under this number shall come again.
    Decline(u64),
}

pub(super) struct Link {
    transceiver: Transceiver,
    cards: CardLink<DeliverReply>,
    engine: Engine,
}

/// The vault, as the link needs it.
pub(super) struct Keys(pub(super) Arc<CardVault>);

/// Orders and batches that are taken before what they yield is handed over.
const GATHER: usize = 256;

impl Link {
    pub(super) fn new(transceiver: Transceiver, cards: CardLink<DeliverReply>, engine: Engine) -> Self {
        Self { transceiver, cards, engine }
    }

    /// Works until the process ends.
    pub(super) async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Vec<Order>>,
        mut batches: mpsc::Receiver<LinkBatch>,
    ) {
        let _last_word = LastWord("the link to the short-message centre");
        let mut sweep = tokio::time::interval(CardLink::<DeliverReply>::SWEEP);
        loop {
            let mut work = LinkWork::default();
            tokio::select! {
                Some(first) = orders.recv() => {
                    self.carry_out(first, &mut work);
                    for _ in 0..GATHER {
                        let Ok(more) = orders.try_recv() else { break };
                        self.carry_out(more, &mut work);
                    }
                }
                Some(batch) = batches.recv() => {
                    self.take(batch, &mut work);
                    for _ in 0..GATHER {
                        let Ok(more) = batches.try_recv() else { break };
                        self.take(more, &mut work);
                    }
                }
                _ = sweep.tick() => self.cards.sweep(now_ms()),
                else => return,
            }
            self.settle(work);
        }
    }

    fn carry_out(&mut self, orders: Vec<Order>, work: &mut LinkWork<DeliverReply>) {
        for order in orders {
            match order {
                Order::Send(message) => self.cards.send(&message, work),
                Order::Acknowledge(number) => self.cards.acknowledge(number, work),
                Order::Decline(number) => self.cards.decline(number, work),
            }
        }
    }

    fn take(&mut self, batch: LinkBatch, work: &mut LinkWork<DeliverReply>) {
        for event in batch.events {
            match event {
                Event::Bound { system_id } => {
                    tracing::info!(
                        smsc = system_id.as_str().unwrap_or("?"),
                        "bound to the short-message centre"
                    );
                    self.cards.bound(work);
                }
                // Logged where the socket is.
                Event::Lost(_) => self.cards.lost(work),
                Event::BindRefused(status) => {
                    tracing::error!(
                        ?status,
                        "the short-message centre refuses the bind; check system_id and password"
                    );
                }
                Event::Submitted { token, result } => self.cards.submitted(token, result, work),
                Event::Delivered { message, reply } => self.cards.delivered(&message, reply, now_ms(), work),
            }
        }
    }

    fn settle(&mut self, mut work: LinkWork<DeliverReply>) {
        for (reply, status) in work.replies.drain(..) {
            self.transceiver.reply(reply, status);
        }
        for (token, message) in std::mem::take(&mut work.submits) {
            if self.transceiver.submit(message, token).is_err() {
                // The link is stopped for good, so this submits nothing more.
                self.cards.submitted(token, Err(SendFailure::NotSent), &mut work);
            }
        }
        work.notes.iter().for_each(log);
        if !work.inputs.is_empty() {
            self.engine.post(work.inputs);
        }
    }
}

fn log(note: &LinkNote) {
    let trace = note.trace().unwrap_or("none");
    match note {
        LinkNote::NotSealed { .. } | LinkNote::Unreadable(_) => tracing::error!(trace, "{note}"),
        LinkNote::MessageRefused { .. } | LinkNote::PacketRefused { .. } => tracing::warn!(trace, "{note}"),
        LinkNote::NoNumber | LinkNote::Stranger { .. } => tracing::info!(trace, "{note}"),
    }
}

impl PacketVault for Keys {
    fn seal(
        &self,
        card: &CardAddress,
        spi: Spi,
        counter: Counter,
        message: &[u8],
    ) -> Result<Vec<u8>, String> {
        let keys = (card.iccid.as_str(), &*card.sealed_keys);
        let sealed = self.0.seal_command(keys, (spi, Tar(card.tar), counter), message);
        sealed.map_err(|error| error.to_string())
    }

    fn open_message(&self, card: &CardAddress, packet: &[u8]) -> Result<OpenedCommand, String> {
        let opened = self.0.open_message(card.iccid.as_str(), &card.sealed_keys, packet);
        opened.map_err(|error| error.to_string())
    }

    fn open_proof(&self, card: &CardAddress, spi: Spi, packet: &[u8]) -> Result<Response, String> {
        let opened = self.0.open_proof(card.iccid.as_str(), &card.sealed_keys, spi, packet);
        opened.map_err(|error| error.to_string())
    }
}
