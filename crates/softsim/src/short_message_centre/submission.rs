use smpp::{CommandStatus, Message, MessageId, message::ESM_TYPE, receipt::MessageState};

use super::{EsmeId, Smsc, records::Record, validity::expiry};
use crate::{handset::Waiting, surroundings::Surroundings};

/// Most octets of user data in one short message (TS 23.040, 9.2.3.24).
const USER_DATA_MAX: usize = 140;

impl Smsc {
    /// Checks a submit_sm and stores its message; what can be delivered is delivered in the same step.
    pub(super) fn submit(
        &mut self,
        esme: EsmeId,
        message: Box<Message>,
        around: &mut Surroundings<'_>,
    ) -> Result<MessageId, CommandStatus> {
        let accepted = self.accept(esme, message, around.now_ms);
        match &accepted {
            Ok((_, msisdn)) => {
                self.counts.accepted += 1;
                self.attend(*msisdn, around);
            }
            Err(_) => self.counts.refused += 1,
        }
        accepted.map(|(name, _)| name)
    }

    fn accept(
        &mut self,
        esme: EsmeId,
        message: Box<Message>,
        now_ms: u64,
    ) -> Result<(MessageId, u64), CommandStatus> {
        if message.esm_class & ESM_TYPE != 0 {
            return Err(CommandStatus::RINVESMCLASS);
        }
        if message.user_data().len() > USER_DATA_MAX {
            return Err(CommandStatus::RINVMSGLEN);
        }
        if self.routes.get(&message.source.number) != Some(&esme) {
            return Err(CommandStatus::RINVSRCADR);
        }
        let msisdn = number(message.destination.number.as_octets()).ok_or(CommandStatus::RINVDSTADR)?;
        let expires_ms = expiry(message.validity_period.as_octets(), now_ms, self.config.default_validity_ms)
            .ok_or(CommandStatus::RINVEXPIRY)?;
        let number = self.next_message;
        let name = self.name(number).ok_or(CommandStatus::RSYSERR)?;
        let due_ms = now_ms.saturating_add(self.config.delivery_delay_ms);
        let handset = self.handsets.get_mut(&msisdn).ok_or(CommandStatus::RINVDSTADR)?;
        if handset.waiting.len() + handset.delayed.len() >= self.config.per_handset {
            return Err(CommandStatus::RMSGQFUL);
        }
        let source = message.source.number;
        let record = Record { esme, source, msisdn, state: MessageState::Enroute, ended_ms: 0 };
        self.records.accepted(number, record);
        handset.waiting.push_back(Waiting { number, esme, message, expires_ms, due_ms });
        self.next_message += 1;
        Ok((name, msisdn))
    }

    /// What ESMEs know a message by.
    pub(super) fn name(&self, number: u64) -> Option<MessageId> {
        let name = format!("{}{number:08X}", self.config.name_prefix);
        MessageId::try_from(name.as_str()).ok()
    }
}

/// An E.164 number; some ESMEs write the plus sign although the type of number says it already.
pub(super) fn number(octets: &[u8]) -> Option<u64> {
    let digits = octets.strip_prefix(b"+").unwrap_or(octets);
    let sane = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let fold = |number: u64, digit: &u8| number * 10 + u64::from(digit - b'0');
    sane.then(|| digits.iter().fold(0, fold))
}
