//! The owner's side of an ESME session: commands, events, and what waits for a bind.

use std::collections::VecDeque;

use smpp::{CommandStatus, Message, MessageId, SendFailure, Session};
use tracing::{info, warn};

use super::{
    drive::Side,
    transceiver::{DeliverReply, Event, LinkBatch, TransceiverConfig},
};

pub(super) enum Command {
    Submit { message: Message, token: u64 },
    Reply { reply: DeliverReply, status: CommandStatus },
    Stop,
}

struct Held {
    message: Message,
    token: u64,
    since: u64,
}

/// Lives as long as the link, over all its connections.
pub(super) struct Esme {
    /// Oldest first.
    held: VecDeque<Held>,
    hold_ms: u64,
    hold_limit: usize,
    /// Number of the present connection; answers to an earlier one are of no use.
    pub(super) generation: u64,
    /// Whether the present connection was ever bound.
    pub(super) bound: bool,
    pub(super) refused: Option<CommandStatus>,
    pub(super) stopping: bool,
    /// For the log.
    address: String,
}

impl Esme {
    pub(super) fn new(config: &TransceiverConfig) -> Self {
        Self {
            held: VecDeque::new(),
            hold_ms: config.hold_ms,
            hold_limit: config.session.queue,
            generation: 0,
            bound: false,
            refused: None,
            stopping: false,
            address: config.address.clone(),
        }
    }

    /// A new connection begins.
    pub(super) fn begin(&mut self) {
        self.generation += 1;
        self.bound = false;
        self.refused = None;
    }

    /// The connection has ended: what never left waits for the next one.
    pub(super) fn recover(&mut self, session: &mut Session, now: u64) {
        let unsent = session.take_unsent().map(|(message, token)| Held { message, token, since: now });
        self.held.extend(unsent);
    }

    /// Does what the owner asks while there is no connection.
    pub(super) fn offline(&mut self, command: Command, now: u64, events: &mut Vec<Event>) {
        match command {
            Command::Submit { message, token } => self.hold(message, token, now, events),
            Command::Reply { .. } => {}
            Command::Stop => self.stopping = true,
        }
    }

    /// Gives everything back that never left.
    pub(super) fn give_up(&mut self, events: &mut Vec<Event>) {
        events.extend(self.held.drain(..).map(|held| not_sent(held.token)));
    }

    fn hold(&mut self, message: Message, token: u64, now: u64, events: &mut Vec<Event>) {
        if self.stopping {
            events.push(not_sent(token));
        } else if self.held.len() >= self.hold_limit {
            events.push(Event::Submitted { token, result: Err(SendFailure::QueueFull) });
        } else {
            self.held.push_back(Held { message, token, since: now });
        }
    }
}

fn not_sent(token: u64) -> Event {
    Event::Submitted { token, result: Err(SendFailure::NotSent) }
}

impl Side for Esme {
    type Command = Command;
    type Event = Event;
    type Batch = LinkBatch;

    fn command(&mut self, session: &mut Session, command: Command, now: u64, events: &mut Vec<Event>) {
        match command {
            Command::Submit { message, token } if session.is_bound() => session.send(message, token, now),
            Command::Reply { reply, status } => {
                if reply.generation == self.generation {
                    session.answer(reply.sequence, status, MessageId::empty());
                }
            }
            Command::Stop => {
                self.stopping = true;
                session.unbind(now);
            }
            submit @ Command::Submit { .. } => self.offline(submit, now, events),
        }
    }

    fn event(&mut self, session: &mut Session, event: smpp::Event, now: u64, events: &mut Vec<Event>) {
        match event {
            smpp::Event::Bound { system_id } => {
                info!(peer = %self.address, smsc = %system_id, "smpp link up");
                self.bound = true;
                events.push(Event::Bound { system_id });
                for held in self.held.drain(..) {
                    session.send(held.message, held.token, now);
                }
            }
            smpp::Event::BindRefused(status) => {
                warn!(peer = %self.address, %status, "smpp bind refused");
                self.refused = Some(status);
                events.push(Event::BindRefused(status));
            }
            smpp::Event::Answered { token, result } => events.push(Event::Submitted { token, result }),
            smpp::Event::Received { sequence, message } => {
                let reply = DeliverReply { generation: self.generation, sequence };
                events.push(Event::Delivered { message, reply });
            }
            smpp::Event::Closed(reason) => {
                if self.bound {
                    warn!(peer = %self.address, %reason, "smpp link down");
                    events.push(Event::Lost(reason));
                } else {
                    warn!(peer = %self.address, %reason, "smpp link not made");
                }
            }
            smpp::Event::Malformed(header, cause) => {
                let (command, sequence) = (header.command, header.sequence);
                warn!(peer = %self.address, %command, sequence, %cause, "smpp pdu malformed");
            }
            smpp::Event::Unserved { command, sequence } => {
                warn!(peer = %self.address, %command, sequence, "smpp command refused");
            }
            // Only an SMSC is asked.
            smpp::Event::BindAsked(_) | smpp::Event::QueryAsked { .. } | smpp::Event::CancelAsked { .. } => {}
        }
    }

    fn tick(&mut self, now: u64, events: &mut Vec<Event>) {
        while let Some(oldest) = self.held.front()
            && now >= oldest.since.saturating_add(self.hold_ms)
        {
            events.push(not_sent(oldest.token));
            self.held.pop_front();
        }
    }

    fn deadline(&self) -> Option<u64> {
        self.held.front().map(|oldest| oldest.since.saturating_add(self.hold_ms))
    }
}
