//! Towards the short-message centre: seals and cuts what goes to cards, joins and opens what comes from them.
//!
//! One task owns all of it, so nothing is shared and the order of what goes to one card is kept.
mod from_card;
mod part;
mod to_card;

use std::{collections::HashMap, sync::Arc, time::Duration};

use card_ota::reassembly::Reassembly;
use mss_core::Msisdn;
use mss_net::smpp::{DeliverReply, Event, LinkBatch, Transceiver};
use mss_vault::card::CardVault;
use role_home::HomeInput;
use smpp::{Address, CommandStatus, receipt::IdForm};
use tokio::sync::mpsc;

use self::to_card::Going;
pub(super) use self::to_card::ToCard;
use super::{card_directory::CardDirectory, handle::Engine};
use crate::{last_word::LastWord, system::now_ms};

/// What the engine wants of the link.
pub(super) enum Order {
    Send(ToCard),
    /// What arrived under this number is durable or no longer needed.
    Acknowledge(u64),
}

/// What is particular to us and to this short-message centre.
pub(super) struct LinkProfile {
    /// What cards answer to.
    pub short_number: Address,
    /// Security parameters of what goes to cards.
    pub spi: [u8; 2],
    /// Country code that national numbers belong to.
    pub country: Option<String>,
    /// How the centre writes message names in submit_sm_resp.
    pub submitted_ids: IdForm,
    /// How it writes them in receipts.
    pub receipt_ids: IdForm,
}

pub(super) struct Link {
    transceiver: Transceiver,
    vault: Arc<CardVault>,
    directory: CardDirectory,
    engine: Engine,
    profile: LinkProfile,
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
        profile: LinkProfile,
    ) -> Self {
        Self {
            transceiver,
            vault,
            directory,
            engine,
            profile,
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
}
