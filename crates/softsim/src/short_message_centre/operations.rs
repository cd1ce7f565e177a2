use std::collections::VecDeque;

use smpp::{
    COctetString, CommandStatus, MessageId,
    query::{CancelSm, QuerySm, QuerySmResp},
    receipt::MessageState,
};

use super::{EsmeId, Smsc, records::Record, submission};
use crate::civil::civil;

impl Smsc {
    /// What became of a message that this ESME submitted.
    pub(super) fn query(&self, esme: EsmeId, query: &QuerySm) -> Result<QuerySmResp, CommandStatus> {
        let (_, record) =
            self.find(esme, &query.message_id, &query.source.number).ok_or(CommandStatus::RQUERYFAIL)?;
        let final_date = if record.state == MessageState::Enroute {
            COctetString::empty()
        } else {
            let (year, month, day, hour, minute) = civil(record.ended_ms);
            let date = format!("{:02}{month:02}{day:02}{hour:02}{minute:02}00000+", year % 100);
            COctetString::try_from(date.as_str()).unwrap_or_default()
        };
        let message_state = record.state.octet();
        Ok(QuerySmResp { message_id: query.message_id, final_date, message_state, error_code: 0 })
    }

    /// Takes back a message that still waits, or, without a name, all between these two that wait.
    pub(super) fn cancel(&mut self, esme: EsmeId, cancel: &CancelSm, now_ms: u64) -> CommandStatus {
        let one = match (cancel.message_id.is_empty(), &cancel.message_id) {
            (true, _) => None,
            (false, name) => match self.find(esme, name, &cancel.source.number) {
                Some((number, record)) => Some((number, record.msisdn)),
                None => return CommandStatus::RCANCELFAIL,
            },
        };
        let msisdn = match one {
            Some((_, msisdn)) => Some(msisdn),
            None => submission::number(cancel.destination.number.as_octets()),
        };
        let Some(handset) = msisdn.and_then(|msisdn| self.handsets.get_mut(&msisdn)) else {
            return CommandStatus::RCANCELFAIL;
        };
        let meant = |waiting: &crate::handset::Waiting| match one {
            Some((number, _)) => waiting.number == number,
            None => waiting.esme == esme && waiting.message.source.number == cancel.source.number,
        };
        let (taken, kept): (VecDeque<_>, _) =
            std::mem::take(&mut handset.waiting).into_iter().partition(|waiting| meant(waiting));
        handset.waiting = kept;
        for waiting in &taken {
            self.ended(waiting, MessageState::Deleted, now_ms);
        }
        if taken.is_empty() { CommandStatus::RCANCELFAIL } else { CommandStatus::ROK }
    }

    /// The message that this ESME knows by this name and submitted from this address.
    fn find(&self, esme: EsmeId, name: &MessageId, source: &COctetString<21>) -> Option<(u64, &Record)> {
        let digits = name.as_str()?.strip_prefix(self.config.name_prefix.as_str())?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        let record = self.records.get(number)?;
        (record.esme == esme && record.source == *source).then_some((number, record))
    }
}
