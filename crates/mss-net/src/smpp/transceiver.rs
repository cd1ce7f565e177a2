//! The ESME: one connection to an SMSC, kept up.

use smpp::{
    Bind, BindMode, COctetString, CommandStatus, Message, MessageId, Password, SendFailure, SessionConfig,
    session::CloseReason,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::{esme::Command, reconnect};

/// Where to bind and as whom. The password is wiped when this is dropped.
pub struct TransceiverConfig {
    /// The owner's number of this link; it comes back in every [`LinkBatch`].
    pub link: u32,
    /// `host:port` of the SMSC.
    pub address: String,
    /// Our name at the SMSC.
    pub system_id: COctetString<16>,
    /// Its proof.
    pub password: Password,
    /// Mostly empty.
    pub system_type: COctetString<13>,
    /// Mostly [`BindMode::Transceiver`].
    pub mode: BindMode,
    /// The numbers served, mostly empty.
    pub address_range: COctetString<41>,
    /// Window, timers, rate.
    pub session: SessionConfig,
    /// Waiting times between attempts to connect.
    pub backoff: reconnect::Backoff,
    /// How long a message may wait for a bind before it comes back as [`SendFailure::NotSent`], in milliseconds.
    pub hold_ms: u64,
    /// Any number; it spreads the attempts of several nodes to reconnect.
    pub jitter: u64,
}

impl TransceiverConfig {
    /// A transceiver bind with the usual timers: window 64, answers within 10 s, held for 10 s.
    pub fn new(address: impl Into<String>, system_id: COctetString<16>, password: Password) -> Self {
        Self {
            link: 0,
            address: address.into(),
            system_id,
            password,
            system_type: COctetString::empty(),
            mode: BindMode::Transceiver,
            address_range: COctetString::empty(),
            session: SessionConfig::default(),
            backoff: reconnect::Backoff::default(),
            hold_ms: 10_000,
            jitter: 0,
        }
    }

    pub(super) fn bind(&self) -> Bind {
        let mut bind = Bind::new(self.mode, self.system_id, self.password.duplicate());
        bind.system_type = self.system_type;
        bind.address_range = self.address_range;
        bind
    }
}

/// What happened on one link, in order.
#[derive(Debug)]
pub struct LinkBatch {
    /// [`TransceiverConfig::link`].
    pub link: u32,
    /// Never empty.
    pub events: Vec<Event>,
}

/// What happened on a link.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Messages flow.
    Bound {
        /// The name the SMSC gives itself.
        system_id: COctetString<16>,
    },
    /// The SMSC does not want us. Attempts go on, with the longest waiting time where the status is permanent.
    BindRefused(CommandStatus),
    /// Messages no longer flow; what was under way has come back as [`SendFailure::Unknown`] before this.
    Lost(CloseReason),
    /// The end of a submit: exactly one for each.
    Submitted {
        /// As given to [`Transceiver::submit`].
        token: u64,
        /// The SMSC's name for the message.
        result: Result<MessageId, SendFailure>,
    },
    /// A deliver_sm or data_sm: an MO message or a receipt. To be answered by [`Transceiver::reply`] once it is durable or of no
    /// use; without an answer the SMSC sends it again.
    Delivered {
        /// The message.
        message: Message,
        /// For the answer.
        reply: DeliverReply,
    },
}

/// Names a deliver_sm that waits for its answer. Of no effect once its connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliverReply {
    /// Which connection of the link.
    pub(super) generation: u64,
    pub(super) sequence: u32,
}

/// The link has been stopped; nothing can be sent over it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the SMPP link is stopped")]
pub struct Stopped;

/// A handle on a link. Its task connects, binds, and after each loss binds again, until [`Self::stop`] or until the
/// last handle is dropped.
#[derive(Clone)]
pub struct Transceiver {
    commands: mpsc::UnboundedSender<Command>,
}

impl Transceiver {
    /// Starts the link on the present runtime. Events come in batches; while the owner leaves the channel full the
    /// peer is not read from. When the receiving end is dropped the link stops.
    pub fn start(config: TransceiverConfig, events: mpsc::Sender<LinkBatch>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        tokio::spawn(reconnect::run(config, receiver, events));
        Self { commands }
    }

    /// Sends a message. Ends in one [`Event::Submitted`] with this token; while there is no bind the message waits for
    /// `hold_ms`.
    ///
    /// # Errors
    /// When the link is stopped; there will be no event then.
    pub fn submit(&self, message: Message, token: u64) -> Result<(), Stopped> {
        self.commands.send(Command::Submit { message, token }).map_err(|_| Stopped)
    }

    /// Answers a deliver_sm: [`CommandStatus::ROK`] when it is durable, [`CommandStatus::RX_T_APPN`] to get it again.
    pub fn reply(&self, reply: DeliverReply, status: CommandStatus) {
        // Without the link the answer has no addressee, and the SMSC sends the message again.
        let _ = self.commands.send(Command::Reply { reply, status });
    }

    /// Unbinds after the answers to what is under way, then ends the task. Messages that never left come back as
    /// [`SendFailure::NotSent`].
    pub fn stop(&self) {
        let _ = self.commands.send(Command::Stop);
    }

    /// Waits until the task has ended.
    pub async fn stopped(&self) {
        self.commands.closed().await;
    }
}
