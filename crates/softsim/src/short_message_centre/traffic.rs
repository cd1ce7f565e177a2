use smpp::{
    CommandStatus, Message, MessageId,
    query::{CancelSm, QuerySm, QuerySmResp},
};

use crate::{CardImage, Person, PersonAction, sight::Sight};

/// Which ESME: its place in [`super::Config::esmes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EsmeId(pub usize);

/// What happens to the short-message centre.
pub enum Input {
    /// An ESME submits a message.
    Submit {
        /// Who.
        esme: EsmeId,
        /// The shell's own mark of the request, for [`Output::SubmitAnswer`]: connection and sequence number.
        token: u64,
        /// The submit_sm.
        message: Box<Message>,
    },
    /// An ESME asks what became of a message.
    Query {
        /// Who.
        esme: EsmeId,
        /// The shell's own mark of the request, for [`Output::QueryAnswer`].
        token: u64,
        /// The query_sm.
        query: QuerySm,
    },
    /// An ESME takes messages back.
    Cancel {
        /// Who.
        esme: EsmeId,
        /// The shell's own mark of the request, for [`Output::CancelAnswer`].
        token: u64,
        /// The cancel_sm.
        cancel: CancelSm,
    },
    /// An ESME has its first bind that can receive: what waits for it is delivered.
    EsmeBound(EsmeId),
    /// An ESME has no bind left that can receive: what it has not answered waits for the next one.
    EsmeUnbound(EsmeId),
    /// A deliver_sm was answered, or its connection ended unanswered.
    DeliverAnswer {
        /// As in [`Output::Deliver`].
        delivery: DeliveryId,
        /// How.
        answer: DeliverAnswer,
    },
    /// Somebody does something with a handset.
    Person {
        /// Whose handset.
        msisdn: u64,
        /// What.
        action: PersonAction,
    },
    /// Somebody else takes a handset.
    SetPerson {
        /// Which handset.
        msisdn: u64,
        /// Who.
        person: Person,
    },
}

/// Names one deliver_sm in one [`super::Smsc`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId {
    /// For whom.
    pub esme: EsmeId,
    /// Which, in order.
    pub number: u64,
}

/// What an ESME said to a deliver_sm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliverAnswer {
    /// The status of its deliver_sm_resp.
    Status(CommandStatus),
    /// Nothing: that connection ended. It is delivered again, on another connection or at the next bind.
    Lost,
}

/// What the shell does once [`Step::images`] are durable, in order.
pub enum Output {
    /// Answer a submit_sm.
    SubmitAnswer {
        /// Who asked.
        esme: EsmeId,
        /// The mark of the request.
        token: u64,
        /// The name of the message, or why it was refused.
        answer: Result<MessageId, CommandStatus>,
    },
    /// Answer a query_sm.
    QueryAnswer {
        /// The mark of the request.
        token: u64,
        /// The state of the message, or why none is told.
        answer: Result<QuerySmResp, CommandStatus>,
    },
    /// Answer a cancel_sm.
    CancelAnswer {
        /// The mark of the request.
        token: u64,
        /// Whether anything was taken back.
        status: CommandStatus,
    },
    /// Send a deliver_sm (data_sm, where the message says so) to the ESME on any of its binds.
    Deliver {
        /// To name it in [`Input::DeliverAnswer`].
        delivery: DeliveryId,
        /// The deliver_sm.
        message: Box<Message>,
    },
}

/// What one step yields.
#[derive(Default)]
pub struct Step {
    /// The durable memories that changed, each subscriber once. To be stored, all together, before any output leaves.
    pub images: Vec<(u64, CardImage)>,
    /// What to send then.
    pub outputs: Vec<Output>,
    /// What was seen, in order; nothing unless [`super::Smsc::observe`] was called.
    pub sights: Vec<Sight>,
}
