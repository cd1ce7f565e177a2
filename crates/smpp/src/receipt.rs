//! Delivery receipts: what became of a submitted message (SMPP 3.4, 5.3.2.12, 5.2.28 and Appendix B).

use crate::{Message, MessageId, tlv::Tag};

/// The state of a message at the SMSC (SMPP 3.4, 5.2.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// On its way.
    Enroute,
    /// Reached the handset.
    Delivered,
    /// The validity period ended first.
    Expired,
    /// Taken back.
    Deleted,
    /// Cannot be delivered.
    Undeliverable,
    /// Read by customer service in the name of the subscriber.
    Accepted,
    /// The SMSC does not know.
    Unknown,
    /// Refused.
    Rejected,
    /// A value outside the standard.
    Other(u8),
}

impl MessageState {
    /// From message_state.
    pub const fn from_octet(octet: u8) -> Self {
        match octet {
            1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            7 => Self::Unknown,
            8 => Self::Rejected,
            other => Self::Other(other),
        }
    }

    /// To message_state.
    pub const fn octet(self) -> u8 {
        match self {
            Self::Enroute => 1,
            Self::Delivered => 2,
            Self::Expired => 3,
            Self::Deleted => 4,
            Self::Undeliverable => 5,
            Self::Accepted => 6,
            Self::Unknown => 7,
            Self::Rejected => 8,
            Self::Other(other) => other,
        }
    }

    /// From the `stat:` of a receipt text; SMSCs write it in either case and cut differently.
    fn from_text(text: &[u8]) -> Option<Self> {
        let start = text.get(..5)?.to_ascii_uppercase();
        Some(match start.as_slice() {
            b"ENROU" => Self::Enroute,
            b"DELIV" => Self::Delivered,
            b"EXPIR" => Self::Expired,
            b"DELET" => Self::Deleted,
            b"UNDEL" => Self::Undeliverable,
            b"ACCEP" => Self::Accepted,
            b"UNKNO" => Self::Unknown,
            b"REJEC" => Self::Rejected,
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the message.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Enroute | Self::Accepted | Self::Unknown | Self::Other(_))
    }
}

/// A delivery receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Which message, in the form this SMSC uses in receipts; see [`IdForm`].
    pub message_id: MessageId,
    /// What became of it.
    pub state: MessageState,
    /// network_error_code: network type and error, when given.
    pub network_error: Option<(u8, u16)>,
}

impl Receipt {
    /// Reads a receipt: the optional parameters where given, else the text `id:... stat:...`. `None` when the message
    /// is marked as something else or tells neither a name nor a state.
    pub fn parse(message: &Message) -> Option<Self> {
        if !message.is_receipt() {
            return None;
        }
        let text = message.user_data();
        let id = match message.tlvs.get(Tag::RECEIPTED_MESSAGE_ID) {
            // The value is a C-Octet String, but some peers leave its NUL out.
            Some(value) => value.strip_suffix(&[0]).unwrap_or(value),
            None => field(text, b"id:")?,
        };
        let state = match message.tlvs.octet(Tag::MESSAGE_STATE) {
            Some(octet) => MessageState::from_octet(octet),
            None => MessageState::from_text(field(text, b"stat:")?)?,
        };
        let network_error = match message.tlvs.get(Tag::NETWORK_ERROR_CODE) {
            Some([network, high, low]) => Some((*network, u16::from_be_bytes([*high, *low]))),
            _ => None,
        };
        Some(Self { message_id: MessageId::new(id).ok().filter(|id| !id.is_empty())?, state, network_error })
    }
}

/// The word behind `key` in a receipt text. The key must start the text or follow a space: `id:` is also the end of
/// other words.
fn field<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    text.split(|octet| *octet == b' ').find_map(|word| {
        let (start, value) = word.split_at_checked(key.len())?;
        start.eq_ignore_ascii_case(key).then_some(value)
    })
}

/// How an SMSC writes message names; it may use one form in submit_sm_resp and another in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdForm {
    /// Compared as text.
    #[default]
    Text,
    /// A decimal number.
    Decimal,
    /// A hexadecimal number.
    Hexadecimal,
}

impl IdForm {
    /// Brings a name into one form, so that names in different forms can be compared: numbers become decimal without
    /// leading zeros; what does not fit the form stays text.
    pub fn normalise(self, id: &MessageId) -> MessageId {
        let radix = match self {
            Self::Text => return *id,
            Self::Decimal => 10,
            Self::Hexadecimal => 16,
        };
        let number = id.as_str().and_then(|text| u128::from_str_radix(text, radix).ok());
        number.and_then(|number| MessageId::try_from(number.to_string().as_str()).ok()).unwrap_or(*id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ESM_RECEIPT, ShortMessage};

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

    #[test]
    fn forms_of_names_meet_in_decimal() {
        let id = |text: &str| MessageId::try_from(text).unwrap();
        let hexadecimal = IdForm::Hexadecimal.normalise(&id("00FF"));
        assert_eq!(hexadecimal, IdForm::Decimal.normalise(&id("0255")));
        assert_eq!(IdForm::Decimal.normalise(&id("4F0012AB")), id("4F0012AB"));
        assert_eq!(IdForm::Text.normalise(&id("007")), id("007"));
    }
}
