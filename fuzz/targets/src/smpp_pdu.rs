//! One SMPP PDU there and back, and what is read from a message: receipt, segment, user data.
use smpp::{
    Address, AlertNotification, Bind, BindMode, Body, COctetString, CommandStatus, DataSm, Message,
    MessageId, Outbind, Password, Pdu, Receipt, ReplaceSm, Tlvs,
    message::{ESM_RECEIPT, ESM_UDHI, Kind, MessageResp, ShortMessage},
    pdu::{BindResp, LENGTH_LIMIT},
    query::{CancelSm, QuerySm, QuerySmResp},
    receipt::{IdForm, MessageState},
    tlv::Tag,
};

/// Everything behind command_length; the length itself is always right, the session's target has wrong ones.
///
/// # Panics
/// When a PDU that was read is not written as the same octets.
pub fn run(octets: &[u8]) {
    let Ok(length) = u32::try_from(octets.len() + 4) else { return };
    let frame = [&length.to_be_bytes()[..], octets].concat();
    let decoded = Pdu::decode(&frame);
    assert!(decoded.is_err() || frame.len() <= LENGTH_LIMIT, "a limit is passed");
    let Ok(pdu) = decoded else { return };
    assert_eq!(encoded(&pdu), frame);
    if let Body::SubmitSm(message) | Body::DeliverSm(message) = &pdu.body {
        look_at(message);
    }
    if let Body::DataSm(data) = pdu.body
        && let Some(message) = data.into_message()
    {
        look_at(&message);
    }
}

fn look_at(message: &Message) {
    let user_data = message.user_data();
    assert!(message.short_message.as_octets().is_empty() || user_data == message.short_message.as_octets());
    let _ = (message.segment(), message.kind());
    for country in [None, Some("358")] {
        for number in [message.source.e164(country), message.destination.e164(country)].into_iter().flatten()
        {
            assert!(
                (1..=15).contains(&number.len()) && number.bytes().all(|octet| octet.is_ascii_digit()),
                "{number}"
            );
        }
    }
    let mut payload = message.clone();
    if payload.use_payload().is_ok() && message.tlvs.get(Tag::MESSAGE_PAYLOAD).is_none() {
        assert_eq!(payload.user_data(), user_data);
    }
    if let Ok(data) = DataSm::from_message(message) {
        let again = data.into_message().expect("addresses that fit before");
        assert_eq!((again.source, again.destination), (message.source, message.destination));
    }
    if let Some(receipt) = Receipt::parse(message) {
        assert!(
            matches!(message.kind(), Kind::Receipt | Kind::Intermediate)
                && (!receipt.intermediate || !receipt.is_final())
        );
        assert_eq!(MessageState::from_octet(receipt.state.octet()), receipt.state);
        for form in [IdForm::Text, IdForm::Decimal, IdForm::Hexadecimal] {
            let _ = form.normalise(&receipt.message_id);
        }
        let decimal = IdForm::Decimal.normalise(&receipt.message_id);
        assert_eq!(IdForm::Decimal.normalise(&decimal), decimal, "normalised twice");
    }
    // Type, plan and the last two octets, escaped: whole numbers of persons do not show themselves.
    assert!(format!("{:?}{:?}", message.source, message.destination).len() <= 2 * 18);
}

pub(crate) fn encoded(pdu: &Pdu) -> Vec<u8> {
    let mut octets = Vec::new();
    pdu.encode(&mut octets);
    octets
}

pub(crate) fn message(text: &[u8], receipt: bool) -> Message {
    let mut message = Message {
        source: Address::international("358401234567").expect("a number"),
        destination: Address::short_number("12345").expect("a number"),
        esm_class: if receipt { ESM_RECEIPT } else { ESM_UDHI },
        data_coding: 0xF6,
        short_message: ShortMessage::try_from(text.to_vec()).expect("short"),
        ..Message::default()
    };
    if text.is_empty() {
        message.tlvs.push(Tag::MESSAGE_PAYLOAD, b"id:7 stat:DELIVRD").expect("fits");
        message.tlvs.push(Tag::SAR_MSG_REF_NUM, &[1, 2]).expect("fits");
        message.tlvs.push(Tag::SAR_TOTAL_SEGMENTS, &[2]).expect("fits");
        message.tlvs.push(Tag::SAR_SEGMENT_SEQNUM, &[1]).expect("fits");
    }
    message
}

/// Every body that has one.
pub(crate) fn bodies() -> Vec<Body> {
    let id = || MessageId::try_from("4F0012AB").expect("short");
    let mut tlvs = Tlvs::new();
    tlvs.push(Tag::RECEIPTED_MESSAGE_ID, b"F0\0").expect("fits");
    tlvs.push(Tag::MESSAGE_STATE, &[2]).expect("fits");
    tlvs.push(Tag::NETWORK_ERROR_CODE, &[3, 0, 27]).expect("fits");
    let receipt = Message { tlvs: tlvs.clone(), ..message(b"", true) };
    let bind =
        |mode| Bind::new(mode, "home".try_into().expect("short"), Password::new(b"secret").expect("short"));
    let resp = || Some(MessageResp { message_id: id(), tlvs: tlvs.clone() });
    vec![
        Body::Bind(bind(BindMode::Transceiver)),
        Body::Bind(bind(BindMode::Receiver)),
        Body::BindResp(
            BindMode::Transceiver,
            Some(BindResp { system_id: COctetString::empty(), tlvs: Tlvs::new() }),
        ),
        Body::BindResp(BindMode::Transmitter, None),
        Body::SubmitSm(message(&[2, 0x70, 0, 1, 2, 3], false)),
        Body::SubmitSm(message(b"", false)),
        Body::SubmitSmResp(resp()),
        Body::SubmitSmResp(None),
        Body::DeliverSm(message(
            b"id:17 sub:001 dlvrd:001 submit date:2612010930 stat:DELIVRD err:000 text:",
            true,
        )),
        Body::DeliverSm(receipt),
        Body::DeliverSmResp(resp()),
        Body::QuerySm(QuerySm { message_id: id(), source: Address::default() }),
        Body::QuerySmResp(Some(QuerySmResp { message_id: id(), message_state: 2, ..QuerySmResp::default() })),
        Body::CancelSm(CancelSm::default()),
        Body::CancelSmResp,
        Body::DataSm(DataSm::from_message(&message(b"id:17 stat:DELIVRD", true)).expect("fits")),
        Body::DataSmResp(resp()),
        Body::ReplaceSm(ReplaceSm {
            message_id: id(),
            source: Address::default(),
            schedule_delivery_time: COctetString::empty(),
            validity_period: COctetString::empty(),
            registered_delivery: 1,
            sm_default_msg_id: 0,
            short_message: ShortMessage::default(),
        }),
        Body::ReplaceSmResp,
        Body::Outbind(Outbind {
            system_id: COctetString::empty(),
            password: Password::new(b"secret").expect("short"),
        }),
        Body::AlertNotification(AlertNotification {
            source: Address::default(),
            esme: Address::default(),
            tlvs: Tlvs::new(),
        }),
        Body::Unbind,
        Body::UnbindResp,
        Body::EnquireLink,
        Body::EnquireLinkResp,
        Body::GenericNack,
    ]
}

/// Every PDU, without its length.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let pdu = |body| Pdu { status: CommandStatus::ROK, sequence: 0x0102_0304, body };
    bodies().into_iter().map(|body| encoded(&pdu(body))[4..].to_vec()).collect()
}
