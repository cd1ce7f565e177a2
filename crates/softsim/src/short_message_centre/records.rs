use std::collections::VecDeque;

use smpp::{COctetString, receipt::MessageState};

use super::EsmeId;

/// Messages that are remembered, the newest; ESMEs ask soon or never.
const REMEMBERED: usize = 10_000;

/// What is known of an accepted message.
pub(super) struct Record {
    pub(super) esme: EsmeId,
    /// Where it came from, as the ESME wrote it.
    pub(super) source: COctetString<21>,
    /// Which handset it is for.
    pub(super) msisdn: u64,
    pub(super) state: MessageState,
    /// When the state became final.
    pub(super) ended_ms: u64,
}

/// The last accepted messages, which are numbered without gaps.
#[derive(Default)]
pub(super) struct Records {
    /// Number of the oldest.
    first: u64,
    records: VecDeque<Record>,
}

impl Records {
    /// Remembers the message with this number, one above the one before.
    pub(super) fn accepted(&mut self, number: u64, record: Record) {
        if self.records.is_empty() {
            self.first = number;
        } else if self.records.len() >= REMEMBERED {
            self.records.pop_front();
            self.first += 1;
        }
        self.records.push_back(record);
    }

    pub(super) fn get(&self, number: u64) -> Option<&Record> {
        self.records.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The message has reached a final state.
    pub(super) fn ended(&mut self, number: u64, state: MessageState, now_ms: u64) {
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(record) = place.and_then(|place| self.records.get_mut(place)) {
            record.state = state;
            record.ended_ms = now_ms;
        }
    }
}
