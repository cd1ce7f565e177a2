//! Delivery receipts: what became of a submitted message (SMPP 3.4, 5.3.2.12, 5.2.28 and Appendix B).

mod id_form;
mod message_state;
mod text;

pub use id_form::IdForm;
pub use message_state::MessageState;

use crate::{Message, MessageId, message::Kind, tlv::Tag};

/// A delivery receipt, or an intermediate notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Which message, in the form this SMSC uses in receipts; see [`IdForm`].
    pub message_id: MessageId,
    /// What became of it.
    pub state: MessageState,
    /// network_error_code: network type and error, when given.
    pub network_error: Option<(u8, u16)>,
    /// The message is still on its way, whatever `state` says of the attempt.
    pub intermediate: bool,
}

impl Receipt {
    /// Reads a receipt: the optional parameters where given, else the text `id:... stat:...`. `None` when the message
    /// is marked as something else or tells neither a name nor a state.
    pub fn parse(message: &Message) -> Option<Self> {
        let intermediate = match message.kind() {
            Kind::Receipt => false,
            Kind::Intermediate => true,
            Kind::Plain | Kind::Other => return None,
        };
        let text = text::text(message);
        let id = match message.tlvs.get(Tag::RECEIPTED_MESSAGE_ID) {
            // The value is a C-Octet String, but some peers leave its NUL out.
            Some(value) => value.strip_suffix(&[0]).unwrap_or(value),
            None => text::field(&text, b"id")?,
        };
        let state = match message.tlvs.octet(Tag::MESSAGE_STATE) {
            Some(octet) => MessageState::from_octet(octet),
            None => MessageState::from_text(
                text::field(&text, b"stat").or_else(|| text::field(&text, b"status"))?,
            )?,
        };
        let network_error = match message.tlvs.get(Tag::NETWORK_ERROR_CODE) {
            Some([network, high, low]) => Some((*network, u16::from_be_bytes([*high, *low]))),
            _ => None,
        };
        let message_id = MessageId::new(id).ok().filter(|id| !id.is_empty())?;
        Some(Self { message_id, state, network_error, intermediate })
    }

    /// Whether nothing more will happen to the message.
    pub const fn is_final(&self) -> bool {
        !self.intermediate && self.state.is_final()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ESM_INTERMEDIATE, ESM_RECEIPT, ESM_UDHI, ShortMessage};

    fn receipt(text: &[u8]) -> Message {
        Message {
            esm_class: ESM_RECEIPT,
            short_message: ShortMessage::try_from(text.to_vec()).unwrap(),
            ..Message::default()
        }
    }

    #[test]
    fn text_is_read_when_no_parameter_tells() {
        let text = b"id:17 sub:001 dlvrd:000 submit date:2612010930 done date:2612010931 stat:UNDELIV err:027 text:id:9";
        let read = Receipt::parse(&receipt(text)).unwrap();
        assert_eq!((read.message_id.as_str(), read.state), (Some("17"), MessageState::Undeliverable));
    }

    #[test]
    fn parameters_win_over_text() {
        let mut message = receipt(b"id:1 stat:DELIVRD");
        message.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, b"F0\0").unwrap();
        message.tlvs.push(Tag::MESSAGE_STATE, &[3]).unwrap();
        message.tlvs.push(Tag::NETWORK_ERROR_CODE, &[3, 0, 27]).unwrap();
        let read = Receipt::parse(&message).unwrap();
        assert_eq!((read.message_id.as_str(), read.state), (Some("F0"), MessageState::Expired));
        assert_eq!(read.network_error, Some((3, 27)));
    }

    #[test]
    fn every_state_is_known_as_text_in_any_case() {
        let texts = ["ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "rejectd"];
        for (text, octet) in texts.iter().zip(1..) {
            let read = Receipt::parse(&receipt(format!("id:4F stat:{text}").as_bytes())).unwrap();
            assert_eq!(read.state.octet(), octet);
        }
    }

    #[test]
    fn what_is_no_receipt_gives_none() {
        for text in
            [&b""[..], b"hello", b"id:", b"id:5", b"id:5 stat:", b"stat:DELIVRD", b"id:5 stat:WHATEVER"]
        {
            assert_eq!(Receipt::parse(&receipt(text)), None, "{text:?}");
        }
        let mut plain = receipt(b"id:1 stat:DELIVRD");
        plain.esm_class = 0x40;
        assert_eq!(Receipt::parse(&plain), None);
    }

    fn read(message: &Message) -> (String, MessageState) {
        let receipt = Receipt::parse(message).unwrap();
        (receipt.message_id.as_str().unwrap().to_owned(), receipt.state)
    }

    const TEXT: &str = "id:4F0012AB sub:001 dlvrd:000 submit date:2612010930 stat:EXPIRED err:000 text:";

    #[test]
    fn one_receipt_in_every_dress() {
        let expected = ("4F0012AB".to_owned(), MessageState::Expired);
        for data_coding in [0, 1, 3, 4, 0xF6] {
            let message = Message { data_coding, ..receipt(TEXT.as_bytes()) };
            assert_eq!(read(&message), expected, "{data_coding}");
        }
        let wide: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut message = Message { data_coding: 8, ..receipt(&wide) };
        assert_eq!(read(&message), expected);
        message.use_payload().unwrap();
        assert_eq!(read(&message), expected);
        let mut with_header = b"\x05\x00\x03\x07\x01\x01".to_vec();
        with_header.extend_from_slice(TEXT.as_bytes());
        let message = Message { esm_class: ESM_RECEIPT | ESM_UDHI, ..receipt(&with_header) };
        assert_eq!(read(&message), expected);
        let mut parameters = Message { esm_class: ESM_RECEIPT, ..Message::default() };
        parameters.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, b"4F0012AB").unwrap();
        parameters.tlvs.push(Tag::MESSAGE_STATE, &[3]).unwrap();
        assert_eq!(read(&parameters), expected);
        parameters.esm_class = 0;
        assert_eq!(read(&parameters), expected);
    }

    #[test]
    fn the_text_is_spelt_in_many_ways() {
        for text in [
            "ID:17 STAT:Delivrd",
            "Id: 17 Sub: 001 Stat: DELIVERED",
            "id : 17 stat : delivrd",
            "id:17,stat:DELIVRD,err:0",
            "id:17;stat:DELIVRD",
            "id:17\tstat:DELIVRD\r\n",
            "stat:DELIVRD sub:001 id:17",
            "submit date:2612010930 id:17 status:DELIVERED Text:id:18 stat:FAILED",
        ] {
            assert_eq!(read(&receipt(text.as_bytes())), ("17".to_owned(), MessageState::Delivered), "{text}");
        }
        for text in [
            "text:id:17 stat:DELIVRD",
            "id:17 text:stat:DELIVRD",
            "valid:17 stat:DELIVRD",
            "id: stat:DELIVRD",
        ] {
            assert_eq!(Receipt::parse(&receipt(text.as_bytes())), None, "{text}");
        }
    }

    #[test]
    fn an_intermediate_notification_ends_nothing() {
        let message = Message { esm_class: ESM_INTERMEDIATE, ..receipt(b"id:17 stat:UNDELIV") };
        let read = Receipt::parse(&message).unwrap();
        assert!(read.state.is_final() && !read.is_final());
        assert!(Receipt::parse(&receipt(b"id:17 stat:UNDELIV")).unwrap().is_final());
    }
}
