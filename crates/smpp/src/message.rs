//! The message in submit_sm and deliver_sm, which are laid out alike (SMPP 3.4, 4.4.1 and 4.6.1), and its response.

use std::fmt;

use thiserror::Error;

use crate::{
    Address, COctetString,
    malformed::Malformed,
    reader::Reader,
    tlv::{Tag, Tlvs, TooManyTlvs},
};

/// The name an SMSC gives to a message it accepted.
pub type MessageId = COctetString<65>;

/// esm_class bit: the user data starts with a user data header.
pub const ESM_UDHI: u8 = 0x40;
/// esm_class bits that say what a deliver_sm is.
pub const ESM_TYPE: u8 = 0x3C;
/// Value of the [`ESM_TYPE`] bits of a delivery receipt of the SMSC.
pub const ESM_RECEIPT: u8 = 0x04;
/// Value of the [`ESM_TYPE`] bits of an intermediate notification of the SMSC: the message is still on its way.
pub const ESM_INTERMEDIATE: u8 = 0x20;

/// Which PDU carries a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Carriage {
    /// submit_sm from the ESME, deliver_sm from the SMSC.
    #[default]
    Usual,
    /// data_sm, in either direction; see [`crate::DataSm`] for what it cannot carry.
    Data,
}

/// What a deliver_sm or data_sm from an SMSC is (SMPP 3.4, 5.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message of somebody.
    Plain,
    /// The SMSC tells what became of a message.
    Receipt,
    /// The SMSC tells that a message is still on its way.
    Intermediate,
    /// An acknowledgement made by the receiving handset or person, or a value outside the standard.
    Other,
}

/// The fields of submit_sm and deliver_sm. A message that came as data_sm is held like this, too.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Which PDU carries it. Not itself in the PDU.
    pub carriage: Carriage,
    /// Mostly empty.
    pub service_type: COctetString<6>,
    /// From.
    pub source: Address,
    /// To.
    pub destination: Address,
    /// Mode, type and features; see [`ESM_UDHI`].
    pub esm_class: u8,
    /// TP-PID; 0x7F is (U)SIM data download.
    pub protocol_id: u8,
    /// 0 lowest to 3 highest.
    pub priority_flag: u8,
    /// Empty: at once.
    pub schedule_delivery_time: COctetString<17>,
    /// Empty: as long as the SMSC likes; see [`crate::validity::relative`].
    pub validity_period: COctetString<17>,
    /// 1 asks for a receipt, 0x11 for intermediate notifications too.
    pub registered_delivery: u8,
    /// 1 replaces a waiting message.
    pub replace_if_present_flag: u8,
    /// TP-DCS; 0xF6 is class 2, 8 bit.
    pub data_coding: u8,
    /// A message stored at the SMSC.
    pub sm_default_msg_id: u8,
    /// The user data, unless a message_payload holds it.
    pub short_message: ShortMessage,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl Message {
    /// The user data: short_message, or message_payload when that is empty.
    pub fn user_data(&self) -> &[u8] {
        if self.short_message.as_octets().is_empty() {
            self.tlvs.get(Tag::MESSAGE_PAYLOAD).unwrap_or_default()
        } else {
            self.short_message.as_octets()
        }
    }

    /// Whether the user data starts with a user data header.
    pub const fn has_user_data_header(&self) -> bool {
        self.esm_class & ESM_UDHI != 0
    }

    /// Moves the user data into message_payload, which has room for more than 254 octets; sm_length becomes 0. A
    /// message that has its user data there already stays as it is.
    ///
    /// # Errors
    /// When the optional parameters leave no room for it.
    pub fn use_payload(&mut self) -> Result<(), TooManyTlvs> {
        if !self.short_message.0.is_empty() {
            self.tlvs.push(Tag::MESSAGE_PAYLOAD, &self.short_message.0)?;
            self.short_message = ShortMessage::default();
        }
        Ok(())
    }

    /// What this deliver_sm or data_sm is. Some SMSCs do not mark their receipts; a message without user data header
    /// that names another by receipted_message_id is one.
    pub fn kind(&self) -> Kind {
        match self.esm_class & ESM_TYPE {
            0 if !self.has_user_data_header() && self.tlvs.get(Tag::RECEIPTED_MESSAGE_ID).is_some() => {
                Kind::Receipt
            }
            0 => Kind::Plain,
            ESM_RECEIPT => Kind::Receipt,
            ESM_INTERMEDIATE => Kind::Intermediate,
            _ => Kind::Other,
        }
    }

    /// Where this message stands in a concatenation that an SMSC carries in `sar_` parameters instead of in the user
    /// data header; `None` unless all three are there.
    pub fn segment(&self) -> Option<Segment> {
        Some(Segment {
            reference: self.tlvs.number(Tag::SAR_MSG_REF_NUM)?,
            total: self.tlvs.octet(Tag::SAR_TOTAL_SEGMENTS)?,
            number: self.tlvs.octet(Tag::SAR_SEGMENT_SEQNUM)?,
        })
    }

    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            carriage: Carriage::Usual,
            service_type: reader.text("service_type")?,
            source: Address::decode(&mut reader, "source_addr")?,
            destination: Address::decode(&mut reader, "destination_addr")?,
            esm_class: reader.octet("esm_class")?,
            protocol_id: reader.octet("protocol_id")?,
            priority_flag: reader.octet("priority_flag")?,
            schedule_delivery_time: reader.text("schedule_delivery_time")?,
            validity_period: reader.text("validity_period")?,
            registered_delivery: reader.octet("registered_delivery")?,
            replace_if_present_flag: reader.octet("replace_if_present_flag")?,
            data_coding: reader.octet("data_coding")?,
            sm_default_msg_id: reader.octet("sm_default_msg_id")?,
            short_message: ShortMessage::decode(&mut reader)?,
            tlvs: reader.tlvs()?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.service_type.encode(out);
        self.source.encode(out);
        self.destination.encode(out);
        out.extend_from_slice(&[self.esm_class, self.protocol_id, self.priority_flag]);
        self.schedule_delivery_time.encode(out);
        self.validity_period.encode(out);
        out.extend_from_slice(&[
            self.registered_delivery,
            self.replace_if_present_flag,
            self.data_coding,
            self.sm_default_msg_id,
        ]);
        self.short_message.encode(out);
        self.tlvs.encode(out);
    }
}

/// Numbers masked, user data by length only.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("carriage", &self.carriage)
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("esm_class", &self.esm_class)
            .field("protocol_id", &self.protocol_id)
            .field("data_coding", &self.data_coding)
            .field("registered_delivery", &self.registered_delivery)
            .field("validity_period", &self.validity_period)
            .field("short_message", &self.short_message)
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

/// Concatenation told by `sar_` parameters (SMPP 3.4, 5.3.2.22 to 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Common to the segments of one message.
    pub reference: u16,
    /// How many segments.
    pub total: u8,
    /// Which one, from 1.
    pub number: u8,
}

/// short_message: 0 to 254 octets.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ShortMessage(Vec<u8>);

/// More than 254 octets; use message_payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a short_message of {0} octets")]
pub struct ShortMessageTooLong(pub usize);

impl ShortMessage {
    /// Greatest sm_length.
    pub const LIMIT: usize = 254;

    /// The octets.
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }

    /// The octets, taken out.
    pub fn into_octets(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let length = usize::from(reader.octet("sm_length")?);
        if length > Self::LIMIT {
            return Err(Malformed::ShortMessageLength);
        }
        Ok(Self(reader.take(length, "short_message")?.to_vec()))
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        // At most 254 by construction.
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.0);
    }
}

impl TryFrom<Vec<u8>> for ShortMessage {
    type Error = ShortMessageTooLong;

    fn try_from(octets: Vec<u8>) -> Result<Self, ShortMessageTooLong> {
        if octets.len() > Self::LIMIT { Err(ShortMessageTooLong(octets.len())) } else { Ok(Self(octets)) }
    }
}

impl fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// The body of submit_sm_resp, deliver_sm_resp and data_sm_resp.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageResp {
    /// From the SMSC: its name for the message. From the ESME: empty.
    pub message_id: MessageId,
    /// Optional parameters, of later versions.
    pub tlvs: Tlvs,
}

impl MessageResp {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { message_id: reader.text("message_id")?, tlvs: reader.tlvs()? })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.message_id.encode(out);
        self.tlvs.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_serves_when_the_short_message_is_empty() {
        let mut message = Message::default();
        message.tlvs.push(Tag::MESSAGE_PAYLOAD, b"long").unwrap();
        assert_eq!(message.user_data(), b"long");
        message.short_message = ShortMessage::try_from(b"short".to_vec()).unwrap();
        assert_eq!(message.user_data(), b"short");
        assert!(ShortMessage::try_from(vec![0; 254]).is_ok());
        assert_eq!(ShortMessage::try_from(vec![0; 255]), Err(ShortMessageTooLong(255)));
    }

    #[test]
    fn user_data_moves_into_the_payload_once() {
        let user_data = ShortMessage::try_from(b"both ways".to_vec()).unwrap();
        let mut message = Message { short_message: user_data, ..Message::default() };
        for _ in 0..2 {
            message.use_payload().unwrap();
            assert_eq!(
                (message.short_message.as_octets(), message.user_data()),
                (&b""[..], &b"both ways"[..])
            );
            assert_eq!(message.tlvs.iter().count(), 1);
        }
    }

    #[test]
    fn debug_tells_neither_numbers_nor_words() {
        let mut message = Message {
            source: Address::international("358401234567").unwrap(),
            short_message: ShortMessage::try_from(b"secret".to_vec()).unwrap(),
            ..Message::default()
        };
        message.tlvs.push(Tag::MESSAGE_PAYLOAD, b"secret").unwrap();
        let shown = format!("{message:?}");
        assert!(shown.contains("6 octets") && shown.contains("0424"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("35840"), "{shown}");
        assert_eq!(message.short_message.into_octets(), b"secret");
    }

    #[test]
    fn esm_class_tells_the_kind() {
        let kind = |esm_class| Message { esm_class, ..Message::default() }.kind();
        assert_eq!([kind(0), kind(0x43)], [Kind::Plain; 2]);
        assert_eq!([kind(4), kind(0x44)], [Kind::Receipt; 2]);
        assert_eq!(kind(0x20), Kind::Intermediate);
        assert_eq!([kind(8), kind(0x10), kind(0x18), kind(0x24)], [Kind::Other; 4]);
        let mut unmarked = Message::default();
        unmarked.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, b"17\0").unwrap();
        assert_eq!(unmarked.kind(), Kind::Receipt);
        unmarked.esm_class = ESM_UDHI;
        assert_eq!(unmarked.kind(), Kind::Plain);
    }

    #[test]
    fn a_segment_needs_all_three_parameters() {
        let mut message = Message::default();
        message.tlvs.push(Tag::SAR_MSG_REF_NUM, &[1, 2]).unwrap();
        message.tlvs.push(Tag::SAR_TOTAL_SEGMENTS, &[2]).unwrap();
        assert_eq!(message.segment(), None);
        message.tlvs.push(Tag::SAR_SEGMENT_SEQNUM, &[1]).unwrap();
        assert_eq!(message.segment(), Some(Segment { reference: 0x0102, total: 2, number: 1 }));
    }
}
