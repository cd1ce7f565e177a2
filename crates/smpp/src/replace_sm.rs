//! replace_sm: another text for a message that still waits (SMPP 3.4, 4.10).

use crate::{Address, COctetString, MessageId, malformed::Malformed, message::ShortMessage, reader::Reader};

/// Replaces text, times and receipt wish of a waiting message. It has no optional part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplaceSm {
    /// As given in submit_sm_resp.
    pub message_id: MessageId,
    /// As in the submit_sm.
    pub source: Address,
    /// Empty: as it was.
    pub schedule_delivery_time: COctetString<17>,
    /// Empty: as it was.
    pub validity_period: COctetString<17>,
    /// As in [`crate::Message`].
    pub registered_delivery: u8,
    /// A message stored at the SMSC.
    pub sm_default_msg_id: u8,
    /// The new user data.
    pub short_message: ShortMessage,
}

impl ReplaceSm {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let replace = Self {
            message_id: reader.text("message_id")?,
            source: Address::decode(&mut reader, "source_addr")?,
            schedule_delivery_time: reader.text("schedule_delivery_time")?,
            validity_period: reader.text("validity_period")?,
            registered_delivery: reader.octet("registered_delivery")?,
            sm_default_msg_id: reader.octet("sm_default_msg_id")?,
            short_message: ShortMessage::decode(&mut reader)?,
        };
        reader.end()?;
        Ok(replace)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.message_id.encode(out);
        self.source.encode(out);
        self.schedule_delivery_time.encode(out);
        self.validity_period.encode(out);
        out.extend_from_slice(&[self.registered_delivery, self.sm_default_msg_id]);
        self.short_message.encode(out);
    }
}
