//! What a session does with the PDUs of its peer.

use super::{CloseReason, End, Event, OFFENCE_LIMIT, SendFailure, Session, State};
use crate::{
    Bind, BindMode, Body, COctetString, CommandStatus, DataSm, Message, MessageId, Pdu,
    command::CommandId,
    malformed::{DecodeError, Header, Malformed},
    message::MessageResp,
    pdu::BindResp,
    status::StatusClass,
};

impl Session {
    /// Takes octets from the transport, in any portions.
    pub fn receive(&mut self, octets: &[u8], now: u64) {
        if self.is_closed() {
            return;
        }
        self.link.framer.feed(octets);
        let mut took_one = false;
        while !self.is_closed() {
            match self.link.framer.next_pdu() {
                None => break,
                Some(Ok(pdu)) => {
                    took_one = true;
                    self.link.heard(now);
                    self.take(pdu, now);
                }
                Some(Err(DecodeError::Malformed { header, cause })) => {
                    took_one = true;
                    self.malformed(header, cause);
                }
                Some(Err(DecodeError::Length(_))) => {
                    // Whose request it was cannot be known (3.2: sequence_number of such a generic_nack is null).
                    self.link.write(CommandId::GENERIC_NACK, CommandStatus::RINVCMDLEN, 0, |_| {});
                    self.close(CloseReason::Garbage);
                }
            }
        }
        self.link.settled(took_one, now);
        self.drain(now);
        self.pump(now);
    }

    fn take(&mut self, pdu: Pdu, now: u64) {
        let Pdu { status, sequence, body } = pdu;
        match body {
            Body::EnquireLink => self.reply(CommandId::ENQUIRE_LINK, CommandStatus::ROK, sequence),
            Body::Unbind => {
                self.reply(CommandId::UNBIND, CommandStatus::ROK, sequence);
                self.close(CloseReason::PeerUnbound);
            }
            Body::UnbindResp => self.unbind_answered(sequence),
            Body::Bind(bind) => self.bind_asked(bind, sequence),
            Body::BindResp(_, resp) => self.bind_answered(sequence, status, resp),
            Body::SubmitSm(message) => self.message(CommandId::SUBMIT_SM, sequence, message),
            Body::DeliverSm(message) => self.message(CommandId::DELIVER_SM, sequence, message),
            Body::DataSm(data) => self.data(data, sequence),
            Body::SubmitSmResp(resp) | Body::DeliverSmResp(resp) | Body::DataSmResp(resp) => {
                self.answered(sequence, status, resp, now)
            }
            Body::GenericNack => self.nack(sequence, status, now),
            Body::QuerySm(query) => {
                let event = Event::QueryAsked { sequence, query };
                self.operation(CommandId::QUERY_SM, CommandStatus::RQUERYFAIL, sequence, Some(event));
            }
            Body::CancelSm(cancel) => {
                let event = Event::CancelAsked { sequence, cancel };
                self.operation(CommandId::CANCEL_SM, CommandStatus::RCANCELFAIL, sequence, Some(event));
            }
            Body::ReplaceSm(_) => {
                self.operation(CommandId::REPLACE_SM, CommandStatus::RREPLACEFAIL, sequence, None);
            }
            // They have no response (4.1.7, 4.12), and nothing here depends on them.
            Body::Outbind(_) | Body::AlertNotification(_) => {}
            // Nothing of ours asked for these; an enquire_link is answered by any PDU.
            Body::EnquireLinkResp | Body::QuerySmResp(_) | Body::CancelSmResp | Body::ReplaceSmResp => {}
            Body::Opaque(opaque) => self.refuse_command(opaque.command(), sequence),
        }
    }

    /// A response without a body.
    fn reply(&mut self, request: CommandId, status: CommandStatus, sequence: u32) {
        self.link.write(request.response(), status, sequence, |_| {});
    }

    fn refuse_command(&mut self, command: CommandId, sequence: u32) {
        if !command.is_response() {
            self.link.write(CommandId::GENERIC_NACK, CommandStatus::RINVCMDID, sequence, |_| {});
        }
        self.events.push(Event::Unserved { command, sequence });
        // Whoever has not bound may not fill the log.
        if self.bound().is_none() {
            self.offended();
        }
    }

    /// Operations on stored messages. An ESME is never asked; an SMSC may always say that it cannot, and does where the
    /// owner has no part in it.
    fn operation(&mut self, command: CommandId, cannot: CommandStatus, sequence: u32, event: Option<Event>) {
        if self.end == End::Esme {
            return self.refuse_command(command, sequence);
        }
        let status = match (self.bound(), event) {
            (Some(mode), Some(event)) if self.may_come(mode) => {
                if self.unanswered < self.config.inbound_window {
                    self.unanswered += 1;
                    self.events.push(event);
                    return;
                }
                CommandStatus::RTHROTTLED
            }
            (Some(mode), None) if self.may_come(mode) => cannot,
            _ => CommandStatus::RINVBNDSTS,
        };
        self.reply(command, status, sequence);
    }

    fn bind_asked(&mut self, bind: Bind, sequence: u32) {
        match self.state {
            State::AwaitingBind { until } => {
                self.state = State::BindAsked { sequence, mode: bind.mode, until };
                self.events.push(Event::BindAsked(bind));
            }
            _ => {
                let status = match self.end {
                    End::Smsc => CommandStatus::RALYBND,
                    End::Esme => CommandStatus::RINVBNDSTS,
                };
                self.reply(bind.mode.command(), status, sequence);
            }
        }
    }

    fn bind_answered(&mut self, sequence: u32, status: CommandStatus, resp: Option<BindResp>) {
        let State::Binding { sequence: asked, mode, .. } = self.state else { return };
        if sequence != asked {
            return;
        }
        if status.is_ok() {
            self.state = State::Bound(mode);
            let system_id = resp.map_or(COctetString::empty(), |resp| resp.system_id);
            self.events.push(Event::Bound { system_id });
        } else {
            self.events.push(Event::BindRefused(status));
            self.close(CloseReason::BindRefused);
        }
    }

    fn unbind_answered(&mut self, sequence: u32) {
        if let State::Unbinding { sequence: asked, .. } = self.state
            && sequence == asked
        {
            self.close(CloseReason::Unbound);
        }
    }

    const fn bound(&self) -> Option<BindMode> {
        match self.state {
            State::Bound(mode) | State::Draining { mode, .. } | State::Unbinding { mode, .. } => Some(mode),
            _ => None,
        }
    }

    fn data(&mut self, data: DataSm, sequence: u32) {
        // Whatever becomes of it, its answer is a data_sm_resp.
        self.data_unanswered.insert(sequence);
        match data.into_message() {
            Some(message) => self.message(self.incoming(), sequence, message),
            None => self.refuse_message(sequence, CommandStatus::RINVSRCADR),
        }
    }

    fn message(&mut self, command: CommandId, sequence: u32, message: Message) {
        if command != self.incoming() {
            return self.refuse_command(command, sequence);
        }
        let status = match self.bound() {
            Some(mode) if self.may_come(mode) => {
                if self.unanswered < self.config.inbound_window {
                    self.unanswered += 1;
                    self.events.push(Event::Received { sequence, message });
                    return;
                }
                match self.end {
                    End::Smsc => CommandStatus::RTHROTTLED,
                    End::Esme => CommandStatus::RX_T_APPN,
                }
            }
            _ => CommandStatus::RINVBNDSTS,
        };
        self.refuse_message(sequence, status);
    }

    /// As [`Session::answer`], for a message that the owner never saw.
    fn refuse_message(&mut self, sequence: u32, status: CommandStatus) {
        self.unanswered = self.unanswered.saturating_add(1);
        self.answer(sequence, status, MessageId::empty());
    }

    const fn may_come(&self, mode: BindMode) -> bool {
        match self.end {
            End::Esme => mode.delivers(),
            End::Smsc => mode.submits(),
        }
    }

    /// Answers are told apart by sequence number alone, in any order; late and invented ones are ignored.
    fn answered(&mut self, sequence: u32, status: CommandStatus, resp: Option<MessageResp>, now: u64) {
        let Some(request) = self.outbox.answered(sequence) else { return };
        let token = request.token;
        let result = match status.class() {
            StatusClass::Throttled => return self.outbox.again(request, now),
            StatusClass::Success => Ok(resp.map_or(MessageId::empty(), |resp| resp.message_id)),
            _ => Err(SendFailure::Refused(status)),
        };
        self.events.push(Event::Answered { token, result });
    }

    /// generic_nack: the peer could not read what we sent under this sequence number.
    fn nack(&mut self, sequence: u32, status: CommandStatus, now: u64) {
        // A nack never accepts anything, whatever status it carries.
        let status = if status.is_ok() { CommandStatus::RUNKNOWNERR } else { status };
        self.bind_answered(sequence, status, None);
        self.unbind_answered(sequence);
        self.answered(sequence, status, None, now);
    }

    fn malformed(&mut self, header: Header, cause: Malformed) {
        self.events.push(Event::Malformed(header, cause));
        let Header { command, status, sequence } = header;
        if matches!(command, CommandId::OUTBIND | CommandId::ALERT_NOTIFICATION) {
            // They have no response, whatever is wrong with them.
        } else if !command.is_response() {
            self.reply(command, cause.status(), sequence);
        } else if let State::Binding { sequence: asked, .. } = self.state
            && sequence == asked
        {
            // Bound or not, this peer's answer cannot be trusted.
            return self.close(CloseReason::Garbage);
        } else if let Some(request) = self.outbox.answered(sequence) {
            let failure = if status.is_ok() { SendFailure::Unknown } else { SendFailure::Refused(status) };
            self.events.push(Event::Answered { token: request.token, result: Err(failure) });
        }
        self.offended();
    }

    fn offended(&mut self) {
        self.offences = self.offences.saturating_add(1);
        if self.offences >= OFFENCE_LIMIT {
            self.close(CloseReason::Garbage);
        }
    }
}
