//! What comes from the short-message centre: receipts, and messages of cards, joined and opened.
use card_ota::{
    osap::{Answer, Message as OsapMessage},
    packet::Spi,
    reassembly::{Outcome, Refusal},
    segment::Indicator,
};
use mss_core::Msisdn;
use mss_net::smpp::DeliverReply;
use mss_vault::card::OpenError;
use role_home::{CardAddress, HomeInput};
use smpp::{CommandStatus, Message, Receipt, message::Kind, receipt::MessageState};

use super::{Link, part::join};
use crate::system::now_ms;

/// What became of a deliver_sm.
enum Arrived {
    /// The engine's business; it says when to acknowledge.
    Input(HomeInput),
    /// Of no further use.
    Done,
    /// Not taken now: the SMSC shall send it again.
    Later,
}

impl Link {
    /// A deliver_sm or data_sm. Whatever is not the engine's business is answered here and now.
    pub(super) fn delivered(&mut self, message: &Message, reply: DeliverReply, inputs: &mut Vec<HomeInput>) {
        let arrived = match message.kind() {
            Kind::Plain => self.card_message(message, reply),
            Kind::Receipt | Kind::Intermediate => self.receipt(message).map_or(Arrived::Done, Arrived::Input),
            // Handsets acknowledge here what the card proves itself.
            Kind::Other => Arrived::Done,
        };
        match arrived {
            Arrived::Input(input) => inputs.push(input),
            Arrived::Done => self.transceiver.reply(reply, CommandStatus::ROK),
            Arrived::Later => self.transceiver.reply(reply, CommandStatus::RX_T_APPN),
        }
    }

    fn receipt(&mut self, message: &Message) -> Option<HomeInput> {
        let receipt = Receipt::parse(message).filter(Receipt::is_final)?;
        let id = self.profile.receipt_ids.normalise(&receipt.message_id);
        let send = self.receipts.iter_mut().find_map(|known| known.remove(&id))?;
        // Some centres tell of success unasked. It says nothing of the other parts, and the card speaks for itself.
        (receipt.state != MessageState::Delivered).then(|| HomeInput::undeliverable(send))
    }

    fn card_message(&mut self, message: &Message, reply: DeliverReply) -> Arrived {
        let number = message.source.e164(self.profile.country.as_deref());
        let source = number.and_then(|number| Msisdn::parse(&number).ok());
        let Some(source) = source else {
            tracing::info!("a message from no telephone number was dropped");
            return Arrived::Done;
        };
        // Before anything of it is kept: strangers get no room.
        let card = match self.directory.find(&source) {
            Ok(Some(card)) => card,
            Ok(None) => return Arrived::Done,
            Err(error) => {
                tracing::error!(%error, "the store cannot be read; the message shall come again");
                return Arrived::Later;
            }
        };
        let outcome = join(&mut self.reassembly, &source, message, now_ms());
        let (indicator, packet) = match outcome {
            Outcome::Complete { indicator, packet } => (indicator, packet),
            // A lost part is made good by asking the card for its result again.
            Outcome::Partial | Outcome::Duplicate => return Arrived::Done,
            Outcome::Refused(reason) => {
                let trace = self.directory.trace(&source);
                tracing::warn!(trace, card = ?source, ?reason, "a message was refused");
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
                tracing::warn!(trace, card = ?source, %reason, "a packet was refused");
                Arrived::Done
            }
        }
    }

    fn report(
        &mut self,
        card: &CardAddress,
        packet: &[u8],
        reply: DeliverReply,
    ) -> Result<HomeInput, String> {
        let opened =
            self.vault.open_proof(card.iccid.as_str(), &card.sealed_keys, Spi(self.profile.spi), packet);
        let response = opened.map_err(|error: OpenError| error.to_string())?;
        let reply = self.remember(reply);
        Ok(HomeInput::report(card.id, response.counter.value(), response.rsc, response.proven, reply))
    }

    fn answer(
        &mut self,
        card: &CardAddress,
        packet: &[u8],
        reply: DeliverReply,
    ) -> Result<HomeInput, String> {
        let opened = self.vault.open_message(card.iccid.as_str(), &card.sealed_keys, packet);
        let opened = opened.map_err(|error| error.to_string())?;
        let message = OsapMessage::<Answer>::decode(&opened.data).map_err(|error| error.to_string())?;
        let reply = self.remember(reply);
        Ok(HomeInput::answer(card.id, opened.counter.value(), message, reply))
    }

    /// The engine names what arrived by a number, and says when it may be acknowledged.
    fn remember(&mut self, reply: DeliverReply) -> u64 {
        let number = self.next_reply;
        self.next_reply += 1;
        self.replies.insert(number, reply);
        number
    }
}
