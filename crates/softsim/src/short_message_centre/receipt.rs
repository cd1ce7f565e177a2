use smpp::{
    Message, MessageId,
    message::{ESM_RECEIPT, ShortMessage},
    receipt::MessageState,
    tlv::Tag,
};

use crate::{civil::civil, handset::Waiting};

/// Whether the submitter wants to hear about this outcome (registered_delivery b1 b0: SMPP 3.4, 5.2.17; 11 is SMPP 5.0).
pub(super) fn wanted(registered_delivery: u8, delivered: bool) -> bool {
    match registered_delivery & 0x03 {
        1 => true,
        2 => !delivered,
        3 => delivered,
        _ => false,
    }
}

/// The delivery receipt of a message: optional parameters and the customary text, both (SMPP 3.4, Appendix B).
pub(super) fn receipt(
    waiting: &Waiting,
    name: MessageId,
    state: MessageState,
    now_ms: u64,
) -> Option<Box<Message>> {
    let (delivered, stat) = match state {
        MessageState::Delivered => (1, "DELIVRD"),
        MessageState::Expired => (0, "EXPIRED"),
        MessageState::Deleted => (0, "DELETED"),
        _ => (0, "UNDELIV"),
    };
    let date = {
        let (year, month, day, hour, minute) = civil(now_ms);
        format!("{:02}{month:02}{day:02}{hour:02}{minute:02}", year % 100)
    };
    let id = name.as_str().unwrap_or_default();
    let text = format!(
        "id:{id} sub:001 dlvrd:{delivered:03} submit date:{date} done date:{date} stat:{stat} err:000 text:"
    );
    let mut message = Message {
        source: waiting.message.destination,
        destination: waiting.message.source,
        esm_class: ESM_RECEIPT,
        short_message: ShortMessage::try_from(text.into_bytes()).ok()?,
        ..Message::default()
    };
    let mut id_octets = name.as_octets().to_vec();
    id_octets.push(0);
    message.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, &id_octets).ok()?;
    message.tlvs.push(Tag::MESSAGE_STATE, &[state.octet()]).ok()?;
    Some(Box::new(message))
}
