//! What the link asks of the short-message centre about delivery, and what it makes of what it is told.
use std::{sync::Arc, time::Duration};

use card_ota::packet::{Counter, OpenedCommand, Response, Spi};
use mss_core::{Msisdn, Timestamp};
use smpp::{Address, CommandStatus, Message, MessageId, message::ESM_RECEIPT, tlv::Tag};

use super::{CardLink, LinkProfile, LinkWork, PacketVault};
use crate::{
    Asker, CardAddress, CardId, Delivery, HomeInput, HomeReader, Iccid, KeyId, KeyRecord, LastRows,
    LinkInput, ReadError, RowId, SendToCard, Subscriber, TransactionRow, UserId,
};

/// Seals nothing: packets have the length of their messages.
struct Clear;

impl PacketVault for Clear {
    fn seal(&self, _: &CardAddress, _: Spi, _: Counter, message: &[u8]) -> Result<Vec<u8>, String> {
        Ok(message.to_vec())
    }

    fn open_message(&self, _: &CardAddress, _: &[u8]) -> Result<OpenedCommand, String> {
        Err("not here".into())
    }

    fn open_proof(&self, _: &CardAddress, _: Spi, _: &[u8]) -> Result<Response, String> {
        Err("not here".into())
    }
}

/// Knows nobody.
struct Nobody;

impl HomeReader for Nobody {
    fn last_commit(&self) -> Result<Option<Timestamp>, ReadError> {
        Ok(None)
    }

    fn last_rows(&self) -> Result<LastRows, ReadError> {
        Err(ReadError("not here".into()))
    }

    fn open_transactions(&self) -> Result<Vec<TransactionRow>, ReadError> {
        Ok(Vec::new())
    }

    fn transaction_of(&self, _: &Asker, _: &str) -> Result<Option<TransactionRow>, ReadError> {
        Ok(None)
    }

    fn transaction(&self, _: RowId) -> Result<Option<TransactionRow>, ReadError> {
        Ok(None)
    }

    fn subscriber(&self, _: &Msisdn) -> Result<Option<Subscriber>, ReadError> {
        Ok(None)
    }

    fn subscriber_of_card(&self, _: CardId) -> Result<Option<Subscriber>, ReadError> {
        Ok(None)
    }

    fn card_with_iccid(&self, _: &Iccid) -> Result<Option<CardId>, ReadError> {
        Ok(None)
    }

    fn key(&self, _: KeyId) -> Result<Option<KeyRecord>, ReadError> {
        Ok(None)
    }

    fn owner_of_public_key(&self, _: &[u8]) -> Result<Option<UserId>, ReadError> {
        Ok(None)
    }
}

const SEND: u64 = 7;

fn link(delivery: Delivery) -> CardLink<u32> {
    let profile = LinkProfile {
        short_number: Address::short_number("17171").unwrap(),
        spi: delivery.spi,
        country: None,
        submitted_ids: smpp::receipt::IdForm::default(),
        receipt_ids: smpp::receipt::IdForm::default(),
    };
    CardLink::new(Box::new(Clear), Box::new(Nobody), profile)
}

/// Sends a message of so many octets and lets the centre take all its parts: their names, and the submits.
fn sent(link: &mut CardLink<u32>, octets: usize, counter: u64) -> (Vec<MessageId>, Vec<Message>) {
    let order = SendToCard {
        send: Some(SEND),
        card: Arc::new(CardAddress {
            id: CardId(1),
            iccid: Iccid::parse("8935811111111111113").unwrap(),
            msisdn: Msisdn::parse("+358401234567").unwrap(),
            tar: [0; 3],
            sealed_keys: Vec::new().into(),
        }),
        spi: Delivery::REPORT_ERRORS.spi,
        counter,
        message: vec![0; octets],
        validity: Duration::from_secs(60),
        trace: "S1-aa".into(),
    };
    let mut work = LinkWork::default();
    link.send(&order, &mut work);
    let (mut names, mut messages) = (Vec::new(), Vec::new());
    while let Some((token, message)) = work.submits.pop() {
        let name = MessageId::try_from(format!("m{counter}-{}", names.len()).as_str()).unwrap();
        names.push(name);
        messages.push(message);
        link.submitted(token, Ok(name), &mut work);
    }
    (names, messages)
}

/// A receipt arrives: what the engine is told. It is always answered.
fn receipt(link: &mut CardLink<u32>, name: &MessageId, state: u8) -> Option<(u64, bool)> {
    let mut message = Message { esm_class: ESM_RECEIPT, ..Message::default() };
    let mut id = name.as_octets().to_vec();
    id.push(0);
    message.tlvs.push(Tag::RECEIPTED_MESSAGE_ID, &id).unwrap();
    message.tlvs.push(Tag::MESSAGE_STATE, &[state]).unwrap();
    let mut work = LinkWork::default();
    link.delivered(&message, 1, 0, &mut work);
    assert_eq!(work.replies, [(1, CommandStatus::ROK)], "answered, whatever it says");
    work.inputs.pop().map(|input| match input {
        HomeInput::Link(LinkInput::Receipt { send, delivered }) => (send, delivered),
        _ => panic!("another input"),
    })
}

const DELIVERED: u8 = 2;
const EXPIRED: u8 = 3;

#[test]
fn receipts_of_success_are_asked_for_where_the_card_does_not_prove_what_arrived() {
    for (delivery, registered) in [(Delivery::REPORT_ALWAYS, 2), (Delivery::REPORT_ERRORS, 1)] {
        let (_, messages) = sent(&mut link(delivery), 200, 1);
        let asked: Vec<u8> = messages.iter().map(|message| message.registered_delivery).collect();
        assert_eq!(asked, [registered; 2]);
    }
}

#[test]
fn a_message_is_delivered_with_the_last_of_its_parts() {
    let mut link = link(Delivery::REPORT_ERRORS);
    let (names, _) = sent(&mut link, 200, 1);
    assert_eq!(receipt(&mut link, &names[1], DELIVERED), None);
    assert_eq!(receipt(&mut link, &names[1], DELIVERED), None, "the same again");
    assert_eq!(receipt(&mut link, &names[0], DELIVERED), Some((SEND, true)));
}

#[test]
fn a_receipt_of_failure_is_answered_too() {
    let mut link = link(Delivery::REPORT_ALWAYS);
    let (names, _) = sent(&mut link, 200, 1);
    assert_eq!(receipt(&mut link, &names[0], EXPIRED), Some((SEND, false)));
    assert_eq!(link.under_way(), 0);
}

#[test]
fn a_cards_messages_have_references_of_their_own() {
    let mut link = link(Delivery::REPORT_ALWAYS);
    let reference = |messages: &[Message]| messages[0].user_data().get(3).copied();
    let (_, first) = sent(&mut link, 200, 0x1FF);
    for other in 0..255 {
        sent(&mut link, 10, 0x10_000 + other);
    }
    let (_, next) = sent(&mut link, 200, 0x200);
    assert_eq!((reference(&first), reference(&next)), (Some(0xFF), Some(0)));
}
