//! Where a message of a card stands in its packet, however the short-message centre tells it: in the user data header,
//! in `sar_` parameters, or not at all because it has joined the parts itself.
use card_ota::{
    reassembly::{Outcome, Reassembly, Refusal},
    segment::{Indicator, MAX_SEGMENTS, USER_DATA},
    udh::{Concatenation, Udh},
};
use mss_core::Msisdn;
use smpp::Message;

/// Puts the parts of a packet together.
pub(super) fn join(
    reassembly: &mut Reassembly<Msisdn>,
    source: &Msisdn,
    message: &Message,
    now_ms: u64,
) -> Outcome {
    let user_data = message.user_data();
    let header = if message.has_user_data_header() { Udh::split(user_data).ok() } else { None };
    let announced = header.is_some_and(|(header, _)| !matches!(header.concatenation(), Ok(None)));
    // What the card wrote itself goes before what a centre says beside it. Some centres give every message the
    // parameters, with one part in all or none.
    let beside = message.segment().filter(|part| part.total > 1 && !announced);
    if let Some(part) = beside {
        let part =
            Concatenation { reference: part.reference, wide: true, total: part.total, sequence: part.number };
        return match header {
            Some(_) => reassembly.accept_beside(source, part, user_data, now_ms),
            None => reassembly.accept_part(source, part, None, user_data, now_ms),
        };
    }
    if let Some((header, packet)) = header
        && let Some(indicator) = header.indicator()
        && !announced
        && user_data.len() > USER_DATA
    {
        return joined(indicator, packet);
    }
    reassembly.accept(source, user_data, now_ms)
}

/// A packet that is longer than a short message and whole.
fn joined(indicator: Indicator, packet: &[u8]) -> Outcome {
    if packet.len() > MAX_SEGMENTS * USER_DATA {
        return Outcome::Refused(Refusal::TooLong);
    }
    Outcome::Complete { indicator, packet: packet.to_vec() }
}

#[cfg(test)]
mod tests {
    use card_ota::segment::segment;
    use smpp::{
        DataSm,
        message::{ESM_UDHI, ShortMessage},
        tlv::Tag,
    };

    use super::*;

    fn from_card(user_data: Vec<u8>) -> Message {
        Message {
            esm_class: ESM_UDHI,
            short_message: ShortMessage::try_from(user_data).unwrap(),
            ..Message::default()
        }
    }

    /// The concatenation as a centre says it beside the message.
    fn beside(message: &mut Message, reference: u16, total: u8, number: u8) {
        message.tlvs.push(Tag::SAR_MSG_REF_NUM, &reference.to_be_bytes()).unwrap();
        message.tlvs.push(Tag::SAR_TOTAL_SEGMENTS, &[total]).unwrap();
        message.tlvs.push(Tag::SAR_SEGMENT_SEQNUM, &[number]).unwrap();
    }

    /// The parts of a packet in the style of one centre, the last first.
    fn parts(packet: &[u8], style: fn(Message) -> Message) -> Vec<Message> {
        let cut = segment(packet, Indicator::Command, 0x17).unwrap();
        cut.into_iter().rev().map(|user_data| style(from_card(user_data))).collect()
    }

    fn usual(message: Message) -> Message {
        message
    }

    fn by_payload(mut message: Message) -> Message {
        message.use_payload().unwrap();
        message
    }

    fn by_data_sm(message: Message) -> Message {
        DataSm::from_message(&message).unwrap().into_message().unwrap()
    }

    fn by_parameters(message: Message) -> Message {
        let (header, payload) = Udh::split(message.user_data()).unwrap();
        let part = header.concatenation().unwrap().unwrap();
        let (mut user_data, mut esm_class) = (Vec::new(), 0);
        if header.indicator().is_some() {
            (user_data, esm_class) = (vec![2, 0x70, 0], ESM_UDHI);
        }
        user_data.extend_from_slice(payload);
        let mut stripped = Message { esm_class, ..from_card(user_data) };
        beside(&mut stripped, part.reference, part.total, part.sequence);
        stripped
    }

    fn by_parameters_in_data_sm(message: Message) -> Message {
        by_data_sm(by_parameters(message))
    }

    fn both(message: Message) -> Message {
        let mut message = message;
        beside(&mut message, 0x4711, 3, 1);
        message
    }

    #[test]
    fn every_style_of_centre_gives_the_same_packet() {
        let source = Msisdn::parse("+358401234567").unwrap();
        // The first octets of later parts look like a header here, which nothing may be fooled by.
        let packet: Vec<u8> = (0..300_u16).map(|n| if n % 7 < 2 { 2 } else { 0x70 }).collect();
        for style in [usual, by_payload, by_data_sm, by_parameters, by_parameters_in_data_sm, both] {
            let mut reassembly = Reassembly::new();
            let mut outcomes: Vec<Outcome> = parts(&packet, style)
                .iter()
                .map(|message| join(&mut reassembly, &source, message, 0))
                .collect();
            let last = outcomes.pop().unwrap();
            assert_eq!(outcomes, [Outcome::Partial, Outcome::Partial]);
            assert_eq!(last, Outcome::Complete { indicator: Indicator::Command, packet: packet.clone() });
            assert_eq!(reassembly.open_sets(), 0);
        }
    }

    #[test]
    fn a_single_message_may_have_empty_parameters() {
        let source = Msisdn::parse("+358401234567").unwrap();
        for (total, number) in [(0, 0), (1, 1), (1, 0)] {
            let mut message = from_card(vec![2, 0x70, 0, 1, 2, 3]);
            beside(&mut message, 0, total, number);
            let complete = Outcome::Complete { indicator: Indicator::Command, packet: vec![1, 2, 3] };
            assert_eq!(join(&mut Reassembly::new(), &source, &message, 0), complete);
        }
    }

    #[test]
    fn a_centre_may_join_the_parts_itself() {
        let source = Msisdn::parse("+358401234567").unwrap();
        let whole = |length: usize| {
            let mut message = Message { esm_class: ESM_UDHI, ..Message::default() };
            let user_data = [&[2, 0x71, 0][..], &vec![7; length]].concat();
            message.tlvs.push(Tag::MESSAGE_PAYLOAD, &user_data).unwrap();
            join(&mut Reassembly::new(), &source, &message, 0)
        };
        assert_eq!(whole(1120), Outcome::Complete { indicator: Indicator::Response, packet: vec![7; 1120] });
        assert_eq!(whole(1121), Outcome::Refused(Refusal::TooLong));
        let mut plain = Message::default();
        plain.tlvs.push(Tag::MESSAGE_PAYLOAD, &[2; 141]).unwrap();
        assert_eq!(join(&mut Reassembly::new(), &source, &plain, 0), Outcome::Refused(Refusal::TooLong));
    }
}
