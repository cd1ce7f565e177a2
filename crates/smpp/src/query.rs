//! query_sm and cancel_sm (SMPP 3.4, 4.8 and 4.9).

use crate::{Address, COctetString, MessageId, malformed::Malformed, reader::Reader};

/// Asks what became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuerySm {
    /// As given in submit_sm_resp.
    pub message_id: MessageId,
    /// As in the submit_sm.
    pub source: Address,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuerySmResp {
    /// As asked.
    pub message_id: MessageId,
    /// Empty until the message has reached a final state.
    pub final_date: COctetString<17>,
    /// Values of [`crate::receipt::MessageState`].
    pub message_state: u8,
    /// Of the network.
    pub error_code: u8,
}

/// Takes a waiting message back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CancelSm {
    /// As in the submit_sm.
    pub service_type: COctetString<6>,
    /// Empty: all that match the addresses.
    pub message_id: MessageId,
    /// As in the submit_sm.
    pub source: Address,
    /// As in the submit_sm.
    pub destination: Address,
}

impl QuerySm {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let query = Self {
            message_id: reader.text("message_id")?,
            source: Address::decode(&mut reader, "source_addr")?,
        };
        reader.end()?;
        Ok(query)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.message_id.encode(out);
        self.source.encode(out);
    }
}

impl QuerySmResp {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let found = Self {
            message_id: reader.text("message_id")?,
            final_date: reader.text("final_date")?,
            message_state: reader.octet("message_state")?,
            error_code: reader.octet("error_code")?,
        };
        reader.end()?;
        Ok(found)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.message_id.encode(out);
        self.final_date.encode(out);
        out.extend_from_slice(&[self.message_state, self.error_code]);
    }
}

impl CancelSm {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let cancel = Self {
            service_type: reader.text("service_type")?,
            message_id: reader.text("message_id")?,
            source: Address::decode(&mut reader, "source_addr")?,
            destination: Address::decode(&mut reader, "destination_addr")?,
        };
        reader.end()?;
        Ok(cancel)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.service_type.encode(out);
        self.message_id.encode(out);
        self.source.encode(out);
        self.destination.encode(out);
    }
}
