//! Towards the short-message centre, without its socket: seals and cuts what goes to cards, joins and opens what comes
//! from them.
//!
//! One owner calls [`CardLink`] in turn and carries out what [`LinkWork`] gathers, so the order of what goes to one card
//! is kept. Everything here is in memory and lost with the process: the engine's rows say what must be sent again.
mod directory;
mod note;
mod part;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use card_ota::{
    osap::{Answer, Message as OsapMessage},
    packet::{Counter, OpenedCommand, PorMode, Response, Spi},
    reassembly::{Outcome, Reassembly, Refusal},
    segment::{Indicator, segment},
};
use mss_core::Msisdn;
use smpp::{
    Address, CommandStatus, Message, MessageId, Receipt, SendFailure,
    message::{ESM_UDHI, Kind, ShortMessage},
    receipt::{IdForm, MessageState},
    status::StatusClass,
    tlv::Tag,
    validity,
};

pub use self::note::LinkNote;
use self::{directory::CardDirectory, part::join};
use crate::{CardAddress, HomeInput, HomeReader, SendToCard, Submission};

/// Seals and opens packets with the keys that a card's address carries sealed. The reasons are for the log.
pub trait PacketVault: Send {
    /// Seals a message to the card's applet.
    ///
    /// # Errors
    /// When the keys are not this vault's, or the packet cannot be made.
    fn seal(&self, card: &CardAddress, spi: Spi, counter: Counter, message: &[u8])
    -> Result<Vec<u8>, String>;

    /// Opens a packet that the card's applet made.
    ///
    /// # Errors
    /// When it is not what that card would send.
    fn open_message(&self, card: &CardAddress, packet: &[u8]) -> Result<OpenedCommand, String>;

    /// Opens a response packet to a command with `spi`.
    ///
    /// # Errors
    /// When it is not what that card would send.
    fn open_proof(&self, card: &CardAddress, spi: Spi, packet: &[u8]) -> Result<Response, String>;
}

/// What the link wants done, in this order: answers, submits, the engine's inputs. `R` names a deliver_sm for its answer.
pub struct LinkWork<R> {
    /// Answers to deliver_sm.
    pub replies: Vec<(R, CommandStatus)>,
    /// Messages to submit; each fate comes back through [`CardLink::submitted`].
    pub submits: Vec<(u64, Message)>,
    /// What the engine must know.
    pub inputs: Vec<HomeInput>,
    /// For the log.
    pub notes: Vec<LinkNote>,
}

impl<R> Default for LinkWork<R> {
    fn default() -> Self {
        Self { replies: Vec::new(), submits: Vec::new(), inputs: Vec::new(), notes: Vec::new() }
    }
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
    /// Parts whose receipt of success is still to come.
    undelivered: Arc<AtomicUsize>,
}

/// Of which message a part is that the short-message centre took, and how many parts of it are not delivered.
type Awaited = (u64, Arc<AtomicUsize>);

/// What is particular to us and to this short-message centre.
pub struct LinkProfile {
    /// What cards answer to.
    pub short_number: Address,
    /// Security parameters of what goes to cards, see [`crate::Delivery`].
    pub spi: [u8; 2],
    /// Country code that national numbers belong to.
    pub country: Option<String>,
    /// How the centre writes message names in submit_sm_resp.
    pub submitted_ids: IdForm,
    /// How it writes them in receipts.
    pub receipt_ids: IdForm,
}

/// The cards' side of the HMSSP, between its engine and the short-message centre.
pub struct CardLink<R> {
    vault: Box<dyn PacketVault>,
    directory: CardDirectory,
    profile: LinkProfile,
    reassembly: Reassembly<Msisdn>,
    going: HashMap<u64, Going>,
    next_submit: u64,
    /// What was sent and may still be reported undeliverable: this generation and the one before.
    receipts: [HashMap<MessageId, Awaited>; 2],
    replies: HashMap<u64, R>,
    next_reply: u64,
}

impl<R: Copy> CardLink<R> {
    /// A link that knows of nothing under way. `reader` finds cards by number.
    #[must_use]
    pub fn new(vault: Box<dyn PacketVault>, reader: Box<dyn HomeReader>, profile: LinkProfile) -> Self {
        Self {
            vault,
            directory: CardDirectory::new(reader),
            profile,
            reassembly: Reassembly::new(),
            going: HashMap::new(),
            next_submit: 1,
            receipts: Default::default(),
            replies: HashMap::new(),
            next_reply: 1,
        }
    }

    /// Forgets parts that came too long ago and messages whose receipts nobody expects any more; for every few minutes.
    pub fn sweep(&mut self, now_ms: u64) {
        self.reassembly.expire(now_ms);
        let [new, old] = &mut self.receipts;
        *old = mem::take(new);
    }

    /// Messages with parts still to go, and deliveries without an answer: none at rest.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.going.len() + self.replies.len()
    }

    /// How often [`Self::sweep`] wants to be called.
    pub const SWEEP: Duration = Duration::from_secs(150);

    /// What arrived under this number is durable or no longer needed.
    pub fn acknowledge(&mut self, number: u64, work: &mut LinkWork<R>) {
        if let Some(reply) = self.replies.remove(&number) {
            work.replies.push((reply, CommandStatus::ROK));
        }
    }

    /// What arrived under this number shall come again.
    pub fn decline(&mut self, number: u64, work: &mut LinkWork<R>) {
        if let Some(reply) = self.replies.remove(&number) {
            work.replies.push((reply, CommandStatus::RX_T_APPN));
        }
    }

    /// Messages flow.
    pub fn bound(&mut self, work: &mut LinkWork<R>) {
        work.inputs.push(HomeInput::link(true));
    }

    /// The connection is gone, and with it what could have been answered on it.
    pub fn lost(&mut self, work: &mut LinkWork<R>) {
        self.replies.clear();
        work.inputs.push(HomeInput::link(false));
    }

    /// Seals a message and begins to submit it.
    pub fn send(&mut self, order: &SendToCard, work: &mut LinkWork<R>) {
        self.directory.spoke_to(&order.card, &order.trace);
        match self.parts(order) {
            Ok(mut rest) => {
                if let Some(first) = rest.pop_front() {
                    let undelivered = Arc::new(AtomicUsize::new(rest.len() + 1));
                    self.submit(first, Going { send: order.send, rest, undelivered }, work);
                }
            }
            Err(reason) => {
                work.notes.push(LinkNote::NotSealed {
                    trace: order.trace.clone(),
                    card: order.card.msisdn.clone(),
                    reason,
                });
                work.inputs.extend(order.send.map(|send| HomeInput::submitted(send, Submission::Permanent)));
            }
        }
    }

    /// Seals a message and lays its parts out as submit_sm.
    fn parts(&mut self, order: &SendToCard) -> Result<VecDeque<Message>, String> {
        let card = &order.card;
        let counter = Counter::new(order.counter).ok_or("the counter is past 40 bits")?;
        let packet = self.vault.seal(card, Spi(order.spi), counter, &order.message)?;
        // The low octet differs from that of the card's last messages: parts of an old one that come late, or never
        // became whole in the card's one buffer, are not joined with these.
        let [.., reference] = counter.octets();
        let parts = segment(&packet, Indicator::Command, reference).map_err(|error| error.to_string())?;
        let destination =
            Address::international(card.msisdn.digits()).ok_or("the MSISDN is no SMPP address")?;
        let seconds = u32::try_from(order.validity.as_secs()).unwrap_or(u32::MAX).max(1);
        let last = parts.len().saturating_sub(1);
        let message = |(n, part): (usize, Vec<u8>)| {
            let mut message = Message {
                source: self.profile.short_number,
                destination,
                esm_class: ESM_UDHI,
                protocol_id: 0x7F,
                data_coding: 0xF6,
                validity_period: validity::relative(seconds),
                registered_delivery: if order.send.is_some() { self.receipts_wanted() } else { 0 },
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

    /// `registered_delivery` of a message that the card answers: of failure only where the card itself proves what arrived,
    /// else of success, too, because a person who reads is as silent as a phone that was not reached.
    fn receipts_wanted(&self) -> u8 {
        if Spi(self.profile.spi).por() == PorMode::Always { 2 } else { 1 }
    }

    fn submit(&mut self, message: Message, going: Going, work: &mut LinkWork<R>) {
        let token = self.next_submit;
        self.next_submit += 1;
        self.going.insert(token, going);
        work.submits.push((token, message));
    }

    /// What became of a submit. One that could not even be handed over is [`SendFailure::NotSent`].
    pub fn submitted(&mut self, token: u64, result: Result<MessageId, SendFailure>, work: &mut LinkWork<R>) {
        let Some(mut going) = self.going.remove(&token) else { return };
        let submission = match result {
            Ok(id) => {
                if let Some(send) = going.send {
                    let [new, _] = &mut self.receipts;
                    let id = self.profile.submitted_ids.normalise(&id);
                    new.insert(id, (send, going.undelivered.clone()));
                }
                if let Some(next) = going.rest.pop_front() {
                    return self.submit(next, going, work);
                }
                Submission::Accepted
            }
            Err(failure) => submission_of(&failure),
        };
        work.inputs.extend(going.send.map(|send| HomeInput::submitted(send, submission)));
    }

    /// A deliver_sm or data_sm. Whatever is not the engine's business is answered here and now.
    pub fn delivered(&mut self, message: &Message, reply: R, now_ms: u64, work: &mut LinkWork<R>) {
        let arrived = match message.kind() {
            Kind::Plain => self.card_message(message, reply, now_ms, &mut work.notes),
            // Known in memory only, and made good by asking the card: nothing waits for it to be durable.
            Kind::Receipt | Kind::Intermediate => {
                work.inputs.extend(self.receipt(message));
                Arrived::Done
            }
            // Handsets acknowledge here what the card proves itself.
            Kind::Other => Arrived::Done,
        };
        match arrived {
            Arrived::Input(input) => work.inputs.push(input),
            Arrived::Done => work.replies.push((reply, CommandStatus::ROK)),
            Arrived::Later => work.replies.push((reply, CommandStatus::RX_T_APPN)),
        }
    }

    fn receipt(&mut self, message: &Message) -> Option<HomeInput> {
        let receipt = Receipt::parse(message).filter(Receipt::is_final)?;
        let id = self.profile.receipt_ids.normalise(&receipt.message_id);
        let (send, undelivered) = self.receipts.iter_mut().find_map(|known| known.remove(&id))?;
        if receipt.state != MessageState::Delivered {
            return Some(HomeInput::undeliverable(send));
        }
        // Some centres tell of success unasked. One part says nothing of the others.
        let last = undelivered.fetch_sub(1, Ordering::Relaxed) == 1;
        last.then(|| HomeInput::delivered(send))
    }

    fn card_message(
        &mut self,
        message: &Message,
        reply: R,
        now_ms: u64,
        notes: &mut Vec<LinkNote>,
    ) -> Arrived {
        let number = message.source.e164(self.profile.country.as_deref());
        let source = number.and_then(|number| Msisdn::parse(&number).ok());
        let Some(source) = source else {
            notes.push(LinkNote::NoNumber);
            return Arrived::Done;
        };
        // Before anything of it is kept: strangers get no room.
        let card = match self.directory.find(&source) {
            Ok(Some(card)) => card,
            Ok(None) => {
                notes.push(LinkNote::Stranger { number: source });
                return Arrived::Done;
            }
            Err(error) => {
                notes.push(LinkNote::Unreadable(error));
                return Arrived::Later;
            }
        };
        let outcome = join(&mut self.reassembly, &source, message, now_ms);
        let (indicator, packet) = match outcome {
            Outcome::Complete { indicator, packet } => (indicator, packet),
            // A lost part is made good by asking the card for its result again.
            Outcome::Partial | Outcome::Duplicate => return Arrived::Done,
            Outcome::Refused(reason) => {
                let trace = self.directory.trace(&source);
                notes.push(LinkNote::MessageRefused { trace, card: source, reason });
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
                notes.push(LinkNote::PacketRefused { trace, card: source, reason });
                Arrived::Done
            }
        }
    }

    fn report(&mut self, card: &CardAddress, packet: &[u8], reply: R) -> Result<HomeInput, String> {
        let response = self.vault.open_proof(card, Spi(self.profile.spi), packet)?;
        let reply = self.remember(reply);
        Ok(HomeInput::report(card.id, response.counter.value(), response.rsc, response.proven, reply))
    }

    fn answer(&mut self, card: &CardAddress, packet: &[u8], reply: R) -> Result<HomeInput, String> {
        let opened = self.vault.open_message(card, packet)?;
        let message = OsapMessage::<Answer>::decode(&opened.data).map_err(|error| error.to_string())?;
        let reply = self.remember(reply);
        Ok(HomeInput::answer(card.id, opened.counter.value(), message, reply))
    }

    /// The engine names what arrived by a number, and says when it may be acknowledged.
    fn remember(&mut self, reply: R) -> u64 {
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
