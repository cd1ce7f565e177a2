use std::collections::BTreeMap;

use card_ota::{
    osap::{Answer, Message},
    packet::Rsc,
};
use mss_core::{
    NodeName,
    engine::WaiterId,
    message::{ProfileQuery, SignatureReq, StatusQuery},
    registration::RegistrationReq,
};

use crate::{ApGrants, CardId, CheckResult, ImportedCard, RowId};

/// What can happen to the home MSSP. Peers are authenticated, packets are opened, signatures are checked beforehand.
pub enum HomeInput {
    /// `MSS_SignatureReq` of an acquiring entity.
    SignatureRequested {
        /// Who waits.
        waiter: WaiterId,
        /// Whose certificate it was.
        ae: NodeName,
        /// The message.
        request: Box<SignatureReq>,
    },
    /// `MSS_StatusReq` of an acquiring entity.
    StatusAsked {
        /// Who waits.
        waiter: WaiterId,
        /// Whose certificate it was.
        ae: NodeName,
        /// The message.
        query: Box<StatusQuery>,
    },
    /// `MSS_ProfileReq` of an acquiring entity.
    ProfileAsked {
        /// Who waits.
        waiter: WaiterId,
        /// Whose certificate it was.
        ae: NodeName,
        /// The message.
        query: Box<ProfileQuery>,
    },
    /// `MSS_RegistrationReq` of a management entity.
    RegistrationOrdered {
        /// Who waits.
        waiter: WaiterId,
        /// Whose certificate it was.
        me: NodeName,
        /// The message.
        request: Box<RegistrationReq>,
        /// The cards of an `ImportCards` order, whose keys the vault has taken over.
        imported: Vec<ImportedCard>,
    },
    /// Nobody waits there any more.
    WaiterGone {
        /// Who waited.
        waiter: WaiterId,
    },
    /// A [`crate::Check`] was done.
    Checked {
        /// The row it was for.
        row: RowId,
        /// What it found.
        result: CheckResult,
    },
    /// Which acquiring entity may speak for which Application Providers, from now on.
    GrantsReplaced {
        /// All of them, by the acquiring entity's name.
        grants: BTreeMap<NodeName, ApGrants>,
    },
    /// Something from the short-message centre; made by the functions below.
    Link(LinkInput),
}

/// What comes from the short-message centre.
pub enum LinkInput {
    /// The link is up, or down. It counts as down until it was said to be up.
    Bound(bool),
    /// What became of a message.
    Submitted {
        /// The message's name, see [`crate::SendToCard::send`].
        send: u64,
        /// What.
        submission: Submission,
    },
    /// A receipt says that every part of a message reached the phone, or that it never will.
    Receipt {
        /// The message's name.
        send: u64,
        /// Whether it did.
        delivered: bool,
    },
    /// A response packet.
    Report {
        /// The card.
        card: CardId,
        /// The counter of the packet that it answers.
        counter: u64,
        /// Its status.
        rsc: Rsc,
        /// Whether it carried the protection that was asked for.
        proven: bool,
        /// Names the delivery for [`crate::HomeOutput::Acknowledge`].
        reply: u64,
    },
    /// A packet that the applet made.
    Answer {
        /// The card, whose keys opened it.
        card: CardId,
        /// The card's own counter.
        counter: u64,
        /// What it says.
        message: Message<Answer>,
        /// Names the delivery for [`crate::HomeOutput::Acknowledge`].
        reply: u64,
    },
}

/// What became of a message at the short-message centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submission {
    /// Every part was taken.
    Accepted,
    /// A part was not taken now; it may be later.
    Temporary,
    /// A part was refused for good, or the message could not be sealed.
    Permanent,
    /// No answer: it may have been taken.
    Unknown,
}

impl HomeInput {
    /// The link to the short-message centre came up or went down.
    #[must_use]
    pub const fn link(up: bool) -> Self {
        Self::Link(LinkInput::Bound(up))
    }

    /// What became of the message `send`.
    #[must_use]
    pub const fn submitted(send: u64, submission: Submission) -> Self {
        Self::Link(LinkInput::Submitted { send, submission })
    }

    /// A receipt: every part of the message `send` reached the phone. Of use where no proof of receipt is asked for.
    #[must_use]
    pub const fn delivered(send: u64) -> Self {
        Self::Link(LinkInput::Receipt { send, delivered: true })
    }

    /// A receipt: the message `send` expired or could not be delivered.
    #[must_use]
    pub const fn undeliverable(send: u64) -> Self {
        Self::Link(LinkInput::Receipt { send, delivered: false })
    }

    /// A response packet for the packet with `counter`; `proven` when it carried the protection that was asked for.
    #[must_use]
    pub const fn report(card: CardId, counter: u64, rsc: Rsc, proven: bool, reply: u64) -> Self {
        Self::Link(LinkInput::Report { card, counter, rsc, proven, reply })
    }

    /// A packet of the applet, under its own `counter`.
    #[must_use]
    pub const fn answer(card: CardId, counter: u64, message: Message<Answer>, reply: u64) -> Self {
        Self::Link(LinkInput::Answer { card, counter, message, reply })
    }
}
