use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn text(text: &str) -> ScreenText {
    ScreenText::new(text).unwrap()
}

fn any_text() -> impl Strategy<Value = ScreenText> {
    "[\\PC\n€@]{1,80}".prop_filter_map("fits", |text| ScreenText::new(text).ok())
}

fn any_mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::SignedAttributes), Just(Mode::Digest)]
}

fn any_request() -> impl Strategy<Value = Request> {
    let title = || proptest::option::of(any_text());
    prop_oneof![
        Just(Request::GetStatus),
        Just(Request::Cancel),
        Just(Request::Confirm),
        Just(Request::GetResult),
        (any::<u8>(), any::<[u8; 32]>())
            .prop_map(|(slot, cert_hash)| Request::SetCert { slot: Slot(slot), cert_hash }),
        (any::<u8>(), any::<u16>(), any::<u32>(), title(), title(), any_text()).prop_map(
            |(slot, ttl_s, time, title, headline, text)| Request::SignText {
                slot: Slot(slot),
                ttl_s,
                time,
                title,
                headline,
                text,
            }
        ),
        (any::<u8>(), any::<u16>(), any::<[u8; 32]>(), title(), any_text()).prop_map(
            |(slot, ttl_s, digest, title, label)| Request::SignDigest {
                slot: Slot(slot),
                ttl_s,
                digest,
                title,
                label
            }
        ),
        (any::<u8>(), any_mode(), any::<u16>(), (4u8..=6, 6u8..=12, 3u8..=5), title(), title()).prop_map(
            |(slot, mode, ttl_s, (min, max, tries), title, text)| Request::GenerateKey {
                slot: Slot(slot),
                mode,
                ttl_s,
                pin_policy: PinPolicy::new(min, max, tries).unwrap(),
                title,
                text,
            }
        ),
    ]
}

fn any_slot_info() -> impl Strategy<Value = SlotInfo> {
    let state = prop_oneof![Just(SlotState::Uncertified), Just(SlotState::Ready), Just(SlotState::Blocked)];
    (any::<u8>(), any_mode(), state, any::<u8>()).prop_map(|(slot, mode, state, tries)| SlotInfo {
        slot: Slot(slot),
        algorithm: Algorithm::EcdsaP256,
        mode,
        state,
        tries,
    })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let tries = || proptest::option::of((any::<u8>(), any::<u8>()).prop_map(|(pin, puk)| Tries { pin, puk }));
    let sixty_four =
        || proptest::collection::vec(any::<u8>(), 64).prop_map(|octets| octets.try_into().unwrap());
    let thirty_three =
        proptest::collection::vec(any::<u8>(), 33).prop_map(|octets| octets.try_into().unwrap());
    let slots = proptest::collection::vec(any_slot_info(), 0..=CardInfo::MAX_SLOTS);
    prop_oneof![
        Just(Answer::Ack),
        (sixty_four(), any::<[u8; 4]>(), any::<Option<u16>>())
            .prop_map(|(signature, dtbs_id, mo_time_s)| Answer::Result { signature, dtbs_id, mo_time_s }),
        (any::<u8>(), any_mode(), thirty_three, sixty_four()).prop_map(|(slot, mode, public_key, pop)| {
            Answer::Key { slot: Slot(slot), mode, public_key, pop }
        }),
        (any::<u16>(), any::<[u8; 2]>(), any::<u32>(), slots, tries()).prop_map(
            |(applet_version, [protocol_min, protocol_max], capabilities, slots, tries)| Answer::Status {
                info: CardInfo { applet_version, protocol_min, protocol_max, capabilities, slots },
                tries,
            }
        ),
        (any::<u8>(), any::<u8>(), tries()).prop_map(|(status, detail, tries)| Answer::Error {
            status: CardStatus(status),
            detail,
            tries
        }),
    ]
}

fn message<T: Body>(txn: u32, attempt: u8, body: T) -> Message<T> {
    Message { txn: TxnId(txn), attempt, body }
}

/// What holds for every message: it comes back, every beginning of it is refused, more octets are refused.
fn holds<T: Body + Clone + PartialEq + std::fmt::Debug>(sent: &Message<T>) {
    let octets = sent.encode().unwrap();
    assert_eq!(Message::decode(&octets).as_ref(), Ok(sent));
    for end in 0..octets.len() {
        assert!(Message::<T>::decode(&octets[..end]).is_err(), "{end} of {}", hex::encode(&octets));
    }
    assert!(Message::<T>::decode(&[&octets[..], &[0]].concat()).is_err());
    // The body's octets are the message without its seventh, whatever the attempt.
    let mut body = octets.clone();
    body.remove(6);
    let repeat = Message { txn: sent.txn, attempt: sent.attempt.wrapping_add(1), body: sent.body.clone() };
    assert_eq!(sent.body_octets().unwrap(), body);
    assert_eq!(repeat.body_octets().unwrap(), body);
    let header = Header::read(&octets).unwrap();
    assert_eq!((header.kind, header.txn, header.attempt), (sent.body.kind(), sent.txn, sent.attempt));
}

proptest! {
    #[test]
    fn requests(txn: u32, attempt: u8, body in any_request()) {
        holds(&message(txn, attempt, body));
    }

    #[test]
    fn answers(txn: u32, attempt: u8, body in any_answer()) {
        holds(&message(txn, attempt, body));
    }

    #[test]
    fn one_octet_short_anywhere(body in any_request()) {
        let sent = message(1, 1, body);
        let octets = sent.encode().unwrap();
        for at in 0..octets.len() {
            let mut less = octets.clone();
            less.remove(at);
            prop_assert_ne!(Message::<Request>::decode(&less).ok(), Some(sent.clone()));
        }
    }

    #[test]
    fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..200), kind: u8) {
        let framed = [&[0x10, kind, 0, 0, 0, 1, 1], &octets[..]].concat();
        for octets in [&octets, &framed] {
            let _ = Header::read(octets);
            if let Ok(request) = Message::<Request>::decode(octets) {
                prop_assert!(request.body_octets().is_ok());
            }
            if let Ok(answer) = Message::<Answer>::decode(octets) {
                prop_assert!(answer.body_octets().is_ok());
            }
        }
    }

    #[test]
    fn changed_octets(body in any_request(), at: prop::sample::Index, value: u8) {
        let mut octets = message(1, 1, body).encode().unwrap();
        let at = at.index(octets.len());
        octets[at] = value;
        let _ = Message::<Request>::decode(&octets);
    }
}

fn decode(hex_text: &str) -> Result<Message<Request>, OsapError> {
    Message::decode(&hex::decode(hex_text.replace(' ', "")).unwrap())
}

/// SIGN_TEXT "Hi" in slot 1, 60 s, at time 1, without TEXT.
const HEAD: &str = "10 03 00000007 01 0105 01 01 02 003c 9804 00000001";

#[test]
fn order_is_free_and_the_unknown_is_skipped() {
    let expected = Request::SignText {
        slot: Slot::SIGN,
        ttl_s: 60,
        time: 1,
        title: None,
        headline: None,
        text: text("Hi"),
    };
    let plain = decode(&format!("{HEAD} 0203 00 c834")).unwrap();
    assert_eq!(plain, message(7, 1, expected.clone()));
    let reordered =
        decode("10 03 00000007 01 0203 00 c834 7f01ff 7f00 9804 00000001 0105 01 01 02 003c").unwrap();
    assert_eq!(reordered, plain);
    // In ASCII it is the same text, and the same body.
    assert_eq!(decode(&format!("{HEAD} 0203 04 4869")).unwrap().body_octets(), plain.body_octets());
}

#[test]
fn refusals() {
    let cases = [
        ("", OsapError::Truncated),
        ("10 03 00000007", OsapError::Truncated),
        ("20 01 00000007 01", OsapError::Version),
        ("11 01 00000007 01", OsapError::Version),
        ("10 02 00000007 01", OsapError::Type),
        ("10 81 00000007 01 1002 0000", OsapError::Type),
        (HEAD, OsapError::Missing(0x02)),
        ("10 01 00000007 01 80 00", OsapError::UnknownCritical(0x80)),
        ("10 01 00000007 01 98 04 00000001", OsapError::UnknownCritical(0x98)),
        ("10 01 00000007 01 7f", OsapError::Truncated),
        ("10 01 00000007 01 7f 01", OsapError::Truncated),
        ("10 01 00000007 01 7f 80", OsapError::TlvLength),
        ("10 01 00000007 01 7f 81 01 00", OsapError::TlvLength),
        ("10 01 00000007 01 7f 82 00 80", OsapError::TlvLength),
        ("10 01 00000007 01 7f 83 00 00 01", OsapError::TlvLength),
    ];
    for (octets, error) in cases {
        assert_eq!(decode(octets), Err(error), "{octets}");
    }
    let tails = [
        ("0203 00 c834 0203 00 c834", OsapError::Duplicate(0x02)),
        ("0203 00 c834 9804 00000002", OsapError::Duplicate(0x98)),
        ("0203 07 c834", OsapError::Text),
        ("0201 00", OsapError::Text),
        ("0200", OsapError::Value),
        ("0203 00 c834 85 00", OsapError::UnknownCritical(0x85)),
    ];
    for (tail, error) in tails {
        assert_eq!(decode(&format!("{HEAD} {tail}")), Err(error), "{tail}");
    }
    // SIGN_TEXT with mode 3 or 0, or algorithm 2; no time; a time of three octets.
    for params in ["0105 01 01 03 003c", "0105 01 01 00 003c", "0105 01 02 02 003c"] {
        let octets = format!("10 03 00000007 01 {params} 9804 00000001 0203 00 c834");
        assert_eq!(decode(&octets), Err(OsapError::Unsupported), "{params}");
    }
    assert_eq!(decode("10 03 00000007 01 0105 01 01 02 003c 0203 00 c834"), Err(OsapError::Missing(0x98)));
    assert_eq!(
        decode("10 03 00000007 01 0105 01 01 02 003c 9803 000001 0203 00 c834"),
        Err(OsapError::Value)
    );
    // PIN policies nobody may set.
    for policy in ["030803", "040303", "040803ff", "041003", "040802", "040806"] {
        let octets = format!("10 05 00000007 01 0105 01 01 02 003c 08{:02x} {policy}", policy.len() / 2);
        assert_eq!(decode(&octets), Err(OsapError::Value), "{policy}");
    }
    assert_eq!(OsapError::UnknownCritical(0x85).card_status(), CardStatus::UNSUPPORTED);
    assert_eq!(OsapError::Text.card_status(), CardStatus::NOT_DISPLAYABLE);
}

#[test]
fn messages_are_bounded() {
    let long = || text(&"ж".repeat(256));
    let sign = |headline| Request::SignText {
        slot: Slot(1),
        ttl_s: 1,
        time: 1,
        title: None,
        headline,
        text: long(),
    };
    assert!(message(1, 1, sign(None)).encode().is_ok());
    assert_eq!(message(1, 1, sign(Some(long()))).encode(), Err(OsapError::TooLong));
    assert_eq!(message(1, 1, sign(Some(long()))).body_octets(), Err(OsapError::TooLong));
    assert_eq!(Message::<Request>::decode(&[0x10; MAX_MESSAGE + 1]), Err(OsapError::TooLong));
    let info = SlotInfo {
        slot: Slot(1),
        algorithm: Algorithm::EcdsaP256,
        mode: Mode::Digest,
        state: SlotState::Ready,
        tries: 3,
    };
    let info = CardInfo {
        applet_version: 1,
        protocol_min: 1,
        protocol_max: 1,
        capabilities: 0,
        slots: vec![info; 9],
    };
    assert_eq!(message(1, 1, Answer::Status { info, tries: None }).encode(), Err(OsapError::TooLong));
}

/// The sizes that `docs/osap.md` budgets with.
#[test]
fn sizes() {
    let size = |request: Request| message(1, 1, request).encode().unwrap().len();
    let answer = |answer: Answer| message(1, 1, answer).encode().unwrap().len();
    let sign = |length| {
        size(Request::SignText {
            slot: Slot(1),
            ttl_s: 1,
            time: 1,
            title: None,
            headline: None,
            text: text(&"a".repeat(length)),
        })
    };
    let mut sizes = BTreeMap::new();
    sizes.insert("bare", size(Request::Confirm));
    sizes.insert("set cert", size(Request::SetCert { slot: Slot(1), cert_hash: [0; 32] }));
    sizes
        .insert("result", answer(Answer::Result { signature: [0; 64], dtbs_id: [0; 4], mo_time_s: Some(9) }));
    sizes.insert(
        "key",
        answer(Answer::Key { slot: Slot(1), mode: Mode::Digest, public_key: [2; 33], pop: [0; 64] }),
    );
    sizes.insert("ack", answer(Answer::Ack));
    sizes.insert("85 characters", sign(85));
    sizes.insert("86 characters", sign(86));
    sizes.insert("239 characters", sign(239));
    let label = text(&"a".repeat(53));
    sizes.insert(
        "label",
        size(Request::SignDigest { slot: Slot(3), ttl_s: 1, digest: [0; 32], title: None, label }),
    );
    let (pin_policy, title, text) = (PinPolicy::DEFAULT, None, None);
    let generate =
        Request::GenerateKey { slot: Slot(3), mode: Mode::Digest, ttl_s: 1, pin_policy, title, text };
    sizes.insert("generate key", size(generate));
    let expected = [
        ("bare", 7),
        ("set cert", 48),
        ("result", 87),
        ("key", 119),
        ("ack", 11),
        ("85 characters", 98),
        ("86 characters", 99),
        ("239 characters", 234),
        ("label", 98),
        ("generate key", 19),
    ];
    assert_eq!(sizes, expected.into_iter().collect());
}

#[test]
fn proof_of_possession_octets() {
    let input = pop_input(TxnId(0x0102_0304), Slot::SIGN, Mode::SignedAttributes, &[0x02; 33], "8935801");
    let expected = [b"OSAP-POP\0\x01\x02\x03\x04\x01\x02\x01".as_slice(), &[0x02; 33], b"8935801"].concat();
    assert_eq!(input, expected);
}
