//! One SMPP session as a machine: octets, requests and the time in; octets and events out.
//!
//! The same machine serves either end. The ESME starts with the bind and sends submit_sm, the SMSC waits for the bind
//! and sends deliver_sm; all the rest is alike. The shell around it
//! - gives what it reads to [`Session::receive`], and calls [`Session::tick`] at [`Session::deadline`],
//! - writes [`Session::output`], telling by [`Session::written`] how much of it went out,
//! - takes the events after each of these,
//! - ends the transport when [`Session::is_closed`] and the output is written; says [`Session::lost`] when it ended itself.
//!
//! `now` is in milliseconds of any clock that never runs backwards.

mod config;
mod event;
mod link;
mod outbox;
mod pace;
mod peer;
#[cfg(test)]
mod tests;

pub use config::SessionConfig;
pub use event::{CloseReason, Event, SendFailure};

use std::collections::BTreeSet;

use crate::{
    Bind, BindMode, COctetString, CommandStatus, DataSm, Message, MessageId, Tlvs,
    command::CommandId,
    message::{Carriage, MessageResp},
    pdu::BindResp,
    query::QuerySmResp,
    tlv::Tag,
};
use link::Link;
use outbox::{Outbox, Request};

/// After so many malformed PDUs, or unserved ones before the bind, the peer is given up.
const OFFENCE_LIMIT: u32 = 32;

/// Which end of the session this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Esme,
    Smsc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// ESME: the bind with this sequence number is under way.
    Binding { sequence: u32, mode: BindMode, until: u64 },
    /// SMSC: nothing asked yet.
    AwaitingBind { until: u64 },
    /// SMSC: the owner has the bind.
    BindAsked { sequence: u32, mode: BindMode, until: u64 },
    /// Messages flow.
    Bound(BindMode),
    /// No new requests; the unbind follows when those under way are answered.
    Draining { mode: BindMode, until: u64 },
    /// unbind is sent.
    Unbinding { sequence: u32, mode: BindMode, until: u64 },
    /// Over.
    Closed,
}

/// One session; see the module.
pub struct Session {
    end: End,
    config: SessionConfig,
    state: State,
    link: Link,
    outbox: Outbox,
    events: Vec<Event>,
    /// Messages of the peer that the owner has not answered.
    unanswered: usize,
    /// Those of them that came as data_sm, by sequence number.
    data_unanswered: BTreeSet<u32>,
    offences: u32,
}

impl Session {
    /// The ESME's end of a fresh connection. The bind is in the output at once.
    pub fn esme(config: SessionConfig, bind: &Bind, now: u64) -> Self {
        let mut session = Self::new(End::Esme, config, State::Closed, now);
        let (sequence, mode) = (session.link.write_bind(bind), bind.mode);
        session.state = State::Binding { sequence, mode, until: now.saturating_add(config.bind_ms) };
        session
    }

    /// The SMSC's end of a fresh connection. It waits for a bind.
    pub fn smsc(config: SessionConfig, now: u64) -> Self {
        let state = State::AwaitingBind { until: now.saturating_add(config.bind_ms) };
        Self::new(End::Smsc, config, state, now)
    }

    fn new(end: End, config: SessionConfig, state: State, now: u64) -> Self {
        Self {
            end,
            config,
            state,
            link: Link::new(now),
            outbox: Outbox::new(&config, now),
            events: Vec::new(),
            unanswered: 0,
            data_unanswered: BTreeSet::new(),
            offences: 0,
        }
    }

    /// Sends a message as soon as bind, window and pace allow: submit_sm from the ESME, deliver_sm from the SMSC, or
    /// data_sm as its `carriage` says.
    /// Ends in exactly one [`Event::Answered`] with this token, unless [`Self::take_unsent`] gives it back.
    pub fn send(&mut self, message: Message, token: u64, now: u64) {
        let failure = match self.state {
            State::Draining { .. } | State::Unbinding { .. } | State::Closed => SendFailure::NotSent,
            _ if self.outbox.push(message, token, now) => return self.pump(now),
            _ => SendFailure::QueueFull,
        };
        self.events.push(Event::Answered { token, result: Err(failure) });
    }

    /// Answers the message that came with this sequence number: submit_sm_resp from the SMSC, with its name for the
    /// message; deliver_sm_resp from the ESME, where `message_id` stays empty; data_sm_resp to a data_sm. Owed only once
    /// the message is durable.
    pub fn answer(&mut self, sequence: u32, status: CommandStatus, message_id: MessageId) {
        if self.is_closed() {
            return;
        }
        self.unanswered = self.unanswered.saturating_sub(1);
        let data = self.data_unanswered.remove(&sequence);
        let command = if data { CommandId::DATA_SM_RESP } else { self.incoming().response() };
        // submit_sm_resp has no body in a refusal (4.4.2); deliver_sm_resp always has its unused message_id (4.6.2).
        let bare = self.end == End::Smsc && !status.is_ok();
        let resp = MessageResp { message_id, tlvs: Tlvs::new() };
        self.link.write(command, status, sequence, |out| {
            if !bare {
                resp.encode(out)
            }
        });
    }

    /// SMSC: answers [`Event::QueryAsked`]. Refusals have no body.
    pub fn answer_query(&mut self, sequence: u32, answer: Result<QuerySmResp, CommandStatus>) {
        if self.is_closed() {
            return;
        }
        self.unanswered = self.unanswered.saturating_sub(1);
        let status = answer.as_ref().err().copied().unwrap_or_default();
        self.link.write(CommandId::QUERY_SM_RESP, status, sequence, |out| {
            if let Ok(found) = &answer {
                found.encode(out);
            }
        });
    }

    /// SMSC: answers [`Event::CancelAsked`].
    pub fn answer_cancel(&mut self, sequence: u32, status: CommandStatus) {
        if self.is_closed() {
            return;
        }
        self.unanswered = self.unanswered.saturating_sub(1);
        self.link.write(CommandId::CANCEL_SM_RESP, status, sequence, |_| {});
    }

    /// Whether the owner reads from the transport. While it does not, a PDU that has begun may stay as it is.
    pub fn reading(&mut self, reading: bool, now: u64) {
        self.link.reading(reading, now);
    }

    /// SMSC: accepts the bind of [`Event::BindAsked`] in the name of `system_id`.
    pub fn accept_bind(&mut self, system_id: COctetString<16>, now: u64) {
        let State::BindAsked { sequence, mode, .. } = self.state else { return };
        let mut resp = BindResp { system_id, tlvs: Tlvs::new() };
        // One octet always fits.
        let _ = resp.tlvs.push(Tag::SC_INTERFACE_VERSION, &[0x34]);
        self.link.write(mode.command().response(), CommandStatus::ROK, sequence, |out| resp.encode(out));
        self.state = State::Bound(mode);
        self.pump(now);
    }

    /// SMSC: refuses the bind of [`Event::BindAsked`] and ends the session.
    pub fn refuse_bind(&mut self, status: CommandStatus) {
        let State::BindAsked { sequence, mode, .. } = self.state else { return };
        self.link.write(mode.command().response(), status, sequence, |_| {});
        self.close(CloseReason::BindRefused);
    }

    /// Takes no more requests, waits for the answers to those under way, unbinds, closes.
    pub fn unbind(&mut self, now: u64) {
        match self.state {
            State::Bound(mode) => {
                self.state = State::Draining { mode, until: now.saturating_add(self.config.response_ms) };
                self.drain(now);
            }
            State::Draining { .. } | State::Unbinding { .. } | State::Closed => {}
            State::Binding { .. } | State::AwaitingBind { .. } | State::BindAsked { .. } => {
                self.close(CloseReason::Unbound);
            }
        }
    }

    /// The transport has ended.
    pub fn lost(&mut self) {
        self.close(CloseReason::Lost);
    }

    /// Does what time asks for. Needed at [`Self::deadline`]; harmless at any other time.
    pub fn tick(&mut self, now: u64) {
        while let Some(token) = self.outbox.overdue(now) {
            self.events.push(Event::Answered { token, result: Err(SendFailure::Unknown) });
        }
        while let Some(token) = self.outbox.stale(now) {
            self.events.push(Event::Answered { token, result: Err(SendFailure::NotSent) });
        }
        if !self.is_closed() && self.link.stalled_at(&self.config).is_some_and(|at| now >= at) {
            return self.close(CloseReason::Stalled);
        }
        match self.state {
            State::Binding { until, .. } | State::AwaitingBind { until } | State::BindAsked { until, .. } => {
                if now >= until {
                    self.close(CloseReason::BindTimeout);
                }
            }
            State::Unbinding { until, .. } if now >= until => self.close(CloseReason::Unbound),
            State::Unbinding { .. } | State::Closed => {}
            State::Bound(_) | State::Draining { .. } => {
                if self.link.probe(&self.config, now) {
                    self.drain(now);
                    self.pump(now);
                } else {
                    self.close(CloseReason::Silent);
                }
            }
        }
    }

    /// When [`Self::tick`] is needed next; `None` when nothing can happen without octets or requests.
    pub fn deadline(&mut self, now: u64) -> Option<u64> {
        let stalled = self.link.stalled_at(&self.config);
        let of_state = match self.state {
            State::Closed => return None,
            State::Binding { until, .. }
            | State::AwaitingBind { until }
            | State::BindAsked { until, .. }
            | State::Unbinding { until, .. } => return Some(stalled.map_or(until, |at| at.min(until))),
            State::Draining { until, .. } => Some(until),
            State::Bound(_) => self.outbox.ready_at(now),
        };
        let probe = self.link.probe_at(&self.config);
        let others = [of_state, self.outbox.overdue_at(), self.outbox.stale_at(), stalled];
        Some(others.into_iter().flatten().fold(probe, u64::min))
    }

    /// Octets to write, oldest first.
    pub fn output(&self) -> &[u8] {
        self.link.output()
    }

    /// So many octets of the output have been written.
    pub fn written(&mut self, count: usize) {
        self.link.written(count);
    }

    /// Takes the events that happened since the last time.
    pub fn drain_events(&mut self) -> std::vec::Drain<'_, Event> {
        self.events.drain(..)
    }

    /// Whether messages may flow.
    pub const fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound(_))
    }

    /// Whether the session is over.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Takes back the requests that never left or were throttled, oldest first; they get no [`Event::Answered`].
    pub fn take_unsent(&mut self) -> impl Iterator<Item = (Message, u64)> + use<> {
        self.outbox.take_unsent().map(|Request { message, token, .. }| (message, token))
    }

    /// What this end sends.
    const fn outgoing(&self) -> CommandId {
        match self.end {
            End::Esme => CommandId::SUBMIT_SM,
            End::Smsc => CommandId::DELIVER_SM,
        }
    }

    /// What this end receives.
    const fn incoming(&self) -> CommandId {
        match self.end {
            End::Esme => CommandId::DELIVER_SM,
            End::Smsc => CommandId::SUBMIT_SM,
        }
    }

    /// Sends what window and pace allow.
    fn pump(&mut self, now: u64) {
        let State::Bound(mode) = self.state else { return };
        let may_send = match self.end {
            End::Esme => mode.submits(),
            End::Smsc => mode.delivers(),
        };
        if !may_send {
            for Request { token, .. } in self.outbox.take_unsent() {
                self.events.push(Event::Answered { token, result: Err(SendFailure::NotSent) });
            }
        }
        while let Some(request) = self.outbox.next(now) {
            let Some(sequence) = self.write_message(&request.message) else {
                let result = Err(SendFailure::Refused(CommandStatus::RINVMSGLEN));
                self.events.push(Event::Answered { token: request.token, result });
                continue;
            };
            self.outbox.sent(sequence, request, now);
        }
    }

    /// Writes the PDU that carries a message; `None` when its user data does not fit a data_sm.
    fn write_message(&mut self, message: &Message) -> Option<u32> {
        let data = match message.carriage {
            Carriage::Usual => None,
            Carriage::Data => Some(DataSm::from_message(message).ok()?),
        };
        let sequence = self.link.next_sequence();
        match data {
            None => self.link.write(self.outgoing(), CommandStatus::ROK, sequence, |out| message.encode(out)),
            Some(data) => {
                self.link.write(CommandId::DATA_SM, CommandStatus::ROK, sequence, |out| data.encode(out));
            }
        }
        Some(sequence)
    }

    /// Unbinds once nothing is under way any more, or when that takes too long.
    fn drain(&mut self, now: u64) {
        let State::Draining { mode, until } = self.state else { return };
        if self.outbox.has_under_way() && now < until {
            return;
        }
        let sequence = self.link.next_sequence();
        self.link.write(CommandId::UNBIND, CommandStatus::ROK, sequence, |_| {});
        self.state = State::Unbinding { sequence, mode, until: now.saturating_add(self.config.response_ms) };
    }

    fn close(&mut self, reason: CloseReason) {
        if self.is_closed() {
            return;
        }
        self.state = State::Closed;
        for token in self.outbox.abandon() {
            self.events.push(Event::Answered { token, result: Err(SendFailure::Unknown) });
        }
        self.events.push(Event::Closed(reason));
    }
}
