//! What must hold for every PDU and for every stream of octets.

#![expect(clippy::unwrap_used, reason = "the makers of test values stand outside the test functions")]

use proptest::{collection::vec, prelude::*};
use smpp::{
    Address, AlertNotification, Bind, BindMode, Body, COctetString, CommandStatus, DataSm, Event, Message,
    Outbind, Password, Pdu, Receipt, ReplaceSm, Session, SessionConfig, Tlvs,
    framer::Framer,
    message::{Carriage, MessageResp, ShortMessage},
    pdu::BindResp,
    query::{CancelSm, QuerySm, QuerySmResp},
    tlv::Tag,
};

fn text<const MAX: usize>() -> impl Strategy<Value = COctetString<MAX>> {
    vec(1_u8.., 0..MAX).prop_map(|octets| COctetString::new(&octets).unwrap())
}

fn tlvs() -> impl Strategy<Value = Tlvs> {
    vec((any::<u16>(), vec(any::<u8>(), 0..40)), 0..5).prop_map(|parameters| {
        let mut tlvs = Tlvs::new();
        for (tag, value) in parameters {
            tlvs.push(Tag(tag), &value).unwrap();
        }
        tlvs
    })
}

fn address<const MAX: usize>() -> impl Strategy<Value = Address<MAX>> {
    (any::<u8>(), any::<u8>(), text()).prop_map(|(ton, npi, number)| Address { ton, npi, number })
}

fn message() -> impl Strategy<Value = Message> {
    let texts = (text(), text(), text());
    let user_data = vec(any::<u8>(), 0..=254);
    (texts, address(), address(), any::<[u8; 7]>(), user_data, tlvs()).prop_map(
        |((service_type, schedule, validity), source, destination, octets, user_data, tlvs)| {
            let [esm_class, protocol_id, priority_flag, registered, replace, data_coding, default_id] =
                octets;
            Message {
                carriage: Carriage::Usual,
                service_type,
                source,
                destination,
                esm_class,
                protocol_id,
                priority_flag,
                schedule_delivery_time: schedule,
                validity_period: validity,
                registered_delivery: registered,
                replace_if_present_flag: replace,
                data_coding,
                sm_default_msg_id: default_id,
                short_message: ShortMessage::try_from(user_data).unwrap(),
                tlvs,
            }
        },
    )
}

fn mode() -> impl Strategy<Value = BindMode> {
    prop_oneof![Just(BindMode::Receiver), Just(BindMode::Transmitter), Just(BindMode::Transceiver)]
}

fn bind() -> impl Strategy<Value = Bind> {
    (mode(), text(), vec(1_u8.., 0..=8), text(), any::<[u8; 3]>(), text()).prop_map(
        |(mode, system_id, password, system_type, [version, ton, npi], range)| {
            let mut bind = Bind::new(mode, system_id, Password::new(&password).unwrap());
            bind.system_type = system_type;
            bind.interface_version = version;
            bind.addr_ton = ton;
            bind.addr_npi = npi;
            bind.address_range = range;
            bind
        },
    )
}

fn message_resp() -> impl Strategy<Value = Option<MessageResp>> {
    proptest::option::of((text(), tlvs()).prop_map(|(message_id, tlvs)| MessageResp { message_id, tlvs }))
}

fn bind_resp() -> impl Strategy<Value = Option<BindResp>> {
    proptest::option::of((text(), tlvs()).prop_map(|(system_id, tlvs)| BindResp { system_id, tlvs }))
}

fn query_resp() -> impl Strategy<Value = Option<QuerySmResp>> {
    let made = (text(), text(), any::<u8>(), any::<u8>()).prop_map(
        |(message_id, final_date, message_state, error_code)| QuerySmResp {
            message_id,
            final_date,
            message_state,
            error_code,
        },
    );
    proptest::option::of(made)
}

fn cancel() -> impl Strategy<Value = CancelSm> {
    (text(), text(), address(), address()).prop_map(|(service_type, message_id, source, destination)| {
        CancelSm { service_type, message_id, source, destination }
    })
}

fn data() -> impl Strategy<Value = DataSm> {
    (text(), address(), address(), any::<[u8; 3]>(), tlvs()).prop_map(
        |(service_type, source, destination, octets, tlvs)| {
            let [esm_class, registered_delivery, data_coding] = octets;
            DataSm { service_type, source, destination, esm_class, registered_delivery, data_coding, tlvs }
        },
    )
}

fn replace() -> impl Strategy<Value = ReplaceSm> {
    (text(), address(), text(), text(), any::<[u8; 2]>(), vec(any::<u8>(), 0..=254)).prop_map(
        |(message_id, source, schedule, validity, [registered, default_id], user_data)| ReplaceSm {
            message_id,
            source,
            schedule_delivery_time: schedule,
            validity_period: validity,
            registered_delivery: registered,
            sm_default_msg_id: default_id,
            short_message: ShortMessage::try_from(user_data).unwrap(),
        },
    )
}

fn outbind() -> impl Strategy<Value = Outbind> {
    (text(), vec(1_u8.., 0..=8))
        .prop_map(|(system_id, password)| Outbind { system_id, password: Password::new(&password).unwrap() })
}

fn alert() -> impl Strategy<Value = AlertNotification> {
    (address(), address(), tlvs()).prop_map(|(source, esme, tlvs)| AlertNotification { source, esme, tlvs })
}

fn bare(which: u8) -> Body {
    match which {
        0 => Body::CancelSmResp,
        1 => Body::Unbind,
        2 => Body::UnbindResp,
        3 => Body::EnquireLink,
        4 => Body::EnquireLinkResp,
        5 => Body::ReplaceSmResp,
        _ => Body::GenericNack,
    }
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        bind().prop_map(Body::Bind),
        (mode(), bind_resp()).prop_map(|(mode, resp)| Body::BindResp(mode, resp)),
        message().prop_map(Body::SubmitSm),
        message_resp().prop_map(Body::SubmitSmResp),
        message().prop_map(Body::DeliverSm),
        message_resp().prop_map(Body::DeliverSmResp),
        (text(), address()).prop_map(|(message_id, source)| Body::QuerySm(QuerySm { message_id, source })),
        query_resp().prop_map(Body::QuerySmResp),
        data().prop_map(Body::DataSm),
        message_resp().prop_map(Body::DataSmResp),
        cancel().prop_map(Body::CancelSm),
        replace().prop_map(Body::ReplaceSm),
        outbind().prop_map(Body::Outbind),
        alert().prop_map(Body::AlertNotification),
        (0_u8..7).prop_map(bare),
    ]
}

fn pdu() -> impl Strategy<Value = Pdu> {
    (any::<u32>(), any::<u32>(), body()).prop_map(|(status, sequence, body)| Pdu {
        status: CommandStatus(status),
        sequence,
        body,
    })
}

fn encoded(pdu: &Pdu) -> Vec<u8> {
    let mut octets = Vec::new();
    pdu.encode(&mut octets);
    octets
}

/// An SMSC session that has accepted a bind.
fn bound_smsc() -> Session {
    let mut session = Session::smsc(SessionConfig::default(), 0);
    let bind = Bind::new(BindMode::Transceiver, COctetString::empty(), Password::new(b"").unwrap());
    session.receive(&encoded(&Pdu::request(1, Body::Bind(bind))), 0);
    assert_eq!(session.drain_events().count(), 1);
    session.accept_bind(COctetString::empty(), 0);
    session.send(Message::default(), 7, 0);
    session
}

fn outcome(session: &mut Session) -> (Vec<Event>, Vec<u8>, bool) {
    (session.drain_events().collect(), session.output().to_vec(), session.is_closed())
}

/// PDUs, some of them damaged.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let damage = proptest::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>()));
    vec((pdu(), damage), 1..8).prop_map(|pdus| {
        let mut octets = Vec::new();
        for (pdu, damage) in pdus {
            let mut one = encoded(&pdu);
            if let Some((place, value)) = damage {
                let place = place.index(one.len());
                one[place] = value;
            }
            octets.extend(one);
        }
        octets
    })
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(pdu in pdu()) {
        prop_assert_eq!(Pdu::decode(&encoded(&pdu)), Ok(pdu));
    }

    #[test]
    fn what_decodes_encodes_to_itself(command in prop_oneof![0_u32..0x22, 0x102_u32..0x104, 0x8000_0000_u32..0x8000_0022, 0x8000_0102_u32..0x8000_0104], body in vec(any::<u8>(), 0..80)) {
        let mut frame = u32::try_from(16 + body.len()).unwrap().to_be_bytes().to_vec();
        frame.extend(command.to_be_bytes());
        frame.extend([0, 0, 0, 0, 0, 0, 0, 1]);
        frame.extend(body);
        if let Ok(pdu) = Pdu::decode(&frame) {
            prop_assert_eq!(encoded(&pdu), frame);
        }
    }

    #[test]
    fn every_shorter_or_longer_body_is_noticed(pdu in pdu(), extra in 1_u8..) {
        // Optional parts may end early and still be whole, so only PDUs without one can tell for sure.
        let mut octets = encoded(&pdu);
        let fixed = matches!(pdu.body, Body::Bind(_) | Body::QuerySm(_) | Body::CancelSm(_) | Body::ReplaceSm(_) | Body::Outbind(_) | Body::Unbind | Body::EnquireLink);
        prop_assume!(fixed);
        octets.push(extra);
        let length = u32::try_from(octets.len()).unwrap();
        octets[..4].copy_from_slice(&length.to_be_bytes());
        prop_assert!(Pdu::decode(&octets).is_err());
        if octets.len() > 17 {
            octets.truncate(octets.len() - 2);
            octets[..4].copy_from_slice(&(length - 2).to_be_bytes());
            prop_assert!(Pdu::decode(&octets).is_err());
        }
    }

    #[test]
    fn random_octets_never_panic(octets in vec(any::<u8>(), 0..400)) {
        let _ = Pdu::decode(&octets);
        let mut framer = Framer::new();
        framer.feed(&octets);
        while framer.next_pdu().is_some() {}
        let mut session = bound_smsc();
        session.receive(&octets, 1);
    }

    #[test]
    fn a_message_survives_data_sm(mut sent in message()) {
        sent.carriage = Carriage::Data;
        // What data_sm has no field for.
        sent.protocol_id = 0;
        sent.priority_flag = 0;
        sent.schedule_delivery_time = COctetString::empty();
        sent.validity_period = COctetString::empty();
        sent.replace_if_present_flag = 0;
        sent.sm_default_msg_id = 0;
        prop_assume!(sent.tlvs.get(Tag::MESSAGE_PAYLOAD).is_none() && sent.tlvs.get(Tag::QOS_TIME_TO_LIVE).is_none());
        let data = DataSm::from_message(&sent).unwrap();
        let octets = encoded(&Pdu::request(1, Body::DataSm(data)));
        let Ok(Pdu { body: Body::DataSm(read), .. }) = Pdu::decode(&octets) else { panic!("a data_sm") };
        let user_data = sent.user_data().to_vec();
        let got = read.into_message().unwrap();
        prop_assert_eq!(got.user_data(), user_data.as_slice());
        sent.use_payload().unwrap();
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn receipts_in_any_encoding_say_the_same(
        id in "[0-9A-Fa-f]{1,20}", state in 0_usize..8, wide: bool, payload: bool, parameters: bool, key_case in 0_u8..3,
    ) {
        let word = ["ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"][state];
        let text = format!("id:{id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:{word} err:000 text:id:0");
        let text = match key_case { 0 => text, 1 => text.to_lowercase(), _ => text.replace("id:", "Id: ").replace("stat:", "STAT: ") };
        let id = if key_case == 1 { id.to_lowercase() } else { id };
        let user_data = if wide { text.encode_utf16().flat_map(u16::to_be_bytes).collect() } else { text.into_bytes() };
        let mut message = Message { esm_class: 4, data_coding: if wide { 8 } else { 3 }, ..Message::default() };
        if parameters {
            message.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, id.as_bytes()).unwrap();
            message.tlvs.push(Tag::MESSAGE_STATE, &[u8::try_from(state + 1).unwrap()]).unwrap();
        } else if payload || user_data.len() > ShortMessage::LIMIT {
            message.tlvs.push(Tag::MESSAGE_PAYLOAD, &user_data).unwrap();
        } else {
            message.short_message = ShortMessage::try_from(user_data).unwrap();
        }
        let receipt = Receipt::parse(&message).unwrap();
        prop_assert_eq!(receipt.message_id.as_str(), Some(id.as_str()));
        prop_assert_eq!(usize::from(receipt.state.octet()), state + 1);
    }

    #[test]
    fn no_message_makes_a_reader_panic(message in message(), country in proptest::option::of("[0-9]{1,3}")) {
        let _ = Receipt::parse(&message);
        let _ = message.segment();
        if let Some(digits) = message.source.e164(country.as_deref()) {
            prop_assert!((5..=15).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit()));
        }
    }

    #[test]
    fn portions_do_not_matter(octets in stream(), portion in 1_usize..40) {
        let (mut whole, mut single, mut some) = (bound_smsc(), bound_smsc(), bound_smsc());
        whole.receive(&octets, 5);
        for octet in &octets {
            single.receive(std::slice::from_ref(octet), 5);
        }
        for part in octets.chunks(portion) {
            some.receive(part, 5);
        }
        let expected = outcome(&mut whole);
        prop_assert_eq!(&outcome(&mut single), &expected);
        prop_assert_eq!(&outcome(&mut some), &expected);
    }
}
