//! What a session tells its owner.

use thiserror::Error;

use crate::{
    Bind, COctetString, CommandStatus, Message, MessageId,
    command::CommandId,
    malformed::{Header, Malformed},
    query::{CancelSm, QuerySm},
};

/// What a session tells its owner.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// At the ESME: the SMSC accepted the bind.
    Bound {
        /// The name the SMSC gives itself; empty when it gives none.
        system_id: COctetString<16>,
    },
    /// At the ESME: the SMSC refused the bind; [`Event::Closed`] follows.
    BindRefused(CommandStatus),
    /// At the SMSC: a peer wants to bind. Answer with `accept_bind` or `refuse_bind` before `bind_ms` are over.
    BindAsked(Bind),
    /// The end of a request given to `send`: exactly one for each.
    Answered {
        /// As given to `send`.
        token: u64,
        /// The message id (empty in answers to deliver_sm), or why there is none.
        result: Result<MessageId, SendFailure>,
    },
    /// A message of the peer, to be answered by `answer` once it is durable.
    Received {
        /// For `answer`.
        sequence: u32,
        /// submit_sm at the SMSC, deliver_sm at the ESME, data_sm at both.
        message: Message,
    },
    /// At the SMSC: what became of a message? To be answered by `answer_query`.
    QueryAsked {
        /// For the answer.
        sequence: u32,
        /// Which message.
        query: QuerySm,
    },
    /// At the SMSC: a message shall be taken back. To be answered by `answer_cancel`.
    CancelAsked {
        /// For the answer.
        sequence: u32,
        /// Which message.
        cancel: CancelSm,
    },
    /// The peer sent a PDU whose body is not what its command asks for. It has been answered; this is for the log.
    Malformed(Header, Malformed),
    /// The peer sent a command that is unknown or that only this end may send. It has been refused by a generic_nack
    /// (a response is not answered); this is for the log.
    Unserved {
        /// The command.
        command: CommandId,
        /// Its sequence number.
        sequence: u32,
    },
    /// The session is over; nothing but the rest of its output is left. Requests that were in the window have had
    /// their [`Event::Answered`], those never sent can be taken back by `take_unsent`.
    Closed(CloseReason),
}

/// Why a request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SendFailure {
    /// The peer said no.
    #[error("refused: {0}")]
    Refused(CommandStatus),
    /// No answer in time or before the link was lost: the peer may have taken it.
    #[error("the outcome is unknown")]
    Unknown,
    /// It never left: not bound, or not in this direction.
    #[error("not sent")]
    NotSent,
    /// It never left: too many are waiting.
    #[error("too many requests are waiting")]
    QueueFull,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CloseReason {
    /// We asked to unbind.
    #[error("unbound")]
    Unbound,
    /// The peer asked to unbind.
    #[error("the peer unbound")]
    PeerUnbound,
    /// The bind was refused.
    #[error("the bind was refused")]
    BindRefused,
    /// No bind in time.
    #[error("no bind in time")]
    BindTimeout,
    /// The peer no longer answers enquire_link.
    #[error("the peer is silent")]
    Silent,
    /// The peer began a PDU and did not end it in time.
    #[error("the peer stopped in the middle of a PDU")]
    Stalled,
    /// A command_length outside the limits, or too many malformed PDUs.
    #[error("the peer sends garbage")]
    Garbage,
    /// The transport ended.
    #[error("the connection was lost")]
    Lost,
}
