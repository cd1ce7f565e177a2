//! data_sm: the third PDU that carries a message, in either direction (SMPP 3.4, 4.7).

use crate::{
    Address, COctetString, Message, Tlvs,
    malformed::Malformed,
    message::{Carriage, ShortMessage},
    reader::Reader,
    tlv::{Tag, TooManyTlvs},
};

/// The fields of data_sm. The user data is in message_payload. There is no protocol identifier, priority or schedule;
/// the validity period is the parameter qos_time_to_live.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataSm {
    /// Mostly empty.
    pub service_type: COctetString<6>,
    /// From.
    pub source: Address<65>,
    /// To.
    pub destination: Address<65>,
    /// As in [`Message`].
    pub esm_class: u8,
    /// As in [`Message`].
    pub registered_delivery: u8,
    /// As in [`Message`].
    pub data_coding: u8,
    /// Optional parameters, message_payload among them.
    pub tlvs: Tlvs,
}

impl DataSm {
    /// Lays a message out as data_sm. What data_sm has no field for is left out.
    ///
    /// # Errors
    /// When the user data does not fit beside the other optional parameters.
    pub fn from_message(message: &Message) -> Result<Self, TooManyTlvs> {
        let mut tlvs = message.tlvs.clone();
        let short_message = message.short_message.as_octets();
        if !short_message.is_empty() {
            tlvs.push(Tag::MESSAGE_PAYLOAD, short_message)?;
        }
        Ok(Self {
            service_type: message.service_type,
            source: message.source.widened(),
            destination: message.destination.widened(),
            esm_class: message.esm_class,
            registered_delivery: message.registered_delivery,
            data_coding: message.data_coding,
            tlvs,
        })
    }

    /// The message in it; `None` when an address is longer than those of short messages. A qos_time_to_live becomes the
    /// validity period.
    pub fn into_message(self) -> Option<Message> {
        let validity_period = match self.tlvs.get(Tag::QOS_TIME_TO_LIVE) {
            Some([a, b, c, d]) => crate::validity::relative(u32::from_be_bytes([*a, *b, *c, *d])),
            _ => COctetString::empty(),
        };
        Some(Message {
            carriage: Carriage::Data,
            service_type: self.service_type,
            source: self.source.narrowed()?,
            destination: self.destination.narrowed()?,
            esm_class: self.esm_class,
            validity_period,
            registered_delivery: self.registered_delivery,
            data_coding: self.data_coding,
            short_message: ShortMessage::default(),
            tlvs: self.tlvs,
            ..Message::default()
        })
    }

    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            service_type: reader.text("service_type")?,
            source: Address::decode(&mut reader, "source_addr")?,
            destination: Address::decode(&mut reader, "destination_addr")?,
            esm_class: reader.octet("esm_class")?,
            registered_delivery: reader.octet("registered_delivery")?,
            data_coding: reader.octet("data_coding")?,
            tlvs: reader.tlvs()?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.service_type.encode(out);
        self.source.encode(out);
        self.destination.encode(out);
        out.extend_from_slice(&[self.esm_class, self.registered_delivery, self.data_coding]);
        self.tlvs.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_what_data_sm_has_room_for() {
        let mut message = Message {
            carriage: Carriage::Data,
            source: Address::international("358401234567").unwrap(),
            destination: Address::short_number("17171").unwrap(),
            esm_class: 0x40,
            data_coding: 0xF6,
            registered_delivery: 1,
            short_message: ShortMessage::try_from(b"user data".to_vec()).unwrap(),
            ..Message::default()
        };
        let back = DataSm::from_message(&message).unwrap().into_message().unwrap();
        message.use_payload().unwrap();
        assert_eq!(back, message);
        message.protocol_id = 0x7F;
        assert_eq!(DataSm::from_message(&message).unwrap().into_message().unwrap().protocol_id, 0);
    }

    #[test]
    fn time_to_live_is_the_validity_period() {
        let mut data = DataSm::default();
        data.tlvs.push(Tag::QOS_TIME_TO_LIVE, &300_u32.to_be_bytes()).unwrap();
        let message = data.into_message().unwrap();
        assert_eq!(message.validity_period.as_str(), Some("000000000500000R"));
    }

    #[test]
    fn an_address_of_another_network_is_no_short_message() {
        let number = COctetString::new(&[b'1'; 40]).unwrap();
        let data = DataSm { source: Address { ton: 0, npi: 0, number }, ..DataSm::default() };
        assert_eq!(data.into_message(), None);
    }
}
