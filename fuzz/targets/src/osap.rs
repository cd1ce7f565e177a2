//! OSAP messages of both directions.
use card_ota::osap::{
    Algorithm, Answer, Body, CardInfo, CardStatus, Header, MAX_MESSAGE, Message, Mode, OsapError, PinPolicy,
    Request, ScreenText, Slot, SlotInfo, SlotState, Tries, TxnId, received_body,
};

/// As a request and as an answer.
///
/// # Panics
/// When what was read is not read again from its own encoding, or a limit does not hold.
pub fn run(octets: &[u8]) {
    stable::<Request>(octets);
    stable::<Answer>(octets);
}

fn stable<T: Body + PartialEq + std::fmt::Debug>(octets: &[u8]) {
    let Ok(message) = Message::<T>::decode(octets) else { return };
    assert!(octets.len() <= MAX_MESSAGE, "a limit is passed");
    let header = Header::read(octets).expect("a message that is read has a header");
    assert_eq!((header.txn, header.attempt), (message.txn, message.attempt));
    let received = received_body(octets).expect("a message that is read has a body");
    assert_eq!(received.len() + 1, octets.len());
    let written = match message.encode() {
        Ok(written) => written,
        // Texts that came in plain ASCII take more room in the alphabets that we write.
        Err(error) => return assert_eq!(error, OsapError::TooLong),
    };
    assert!(written.len() <= MAX_MESSAGE);
    assert_eq!(Message::<T>::decode(&written).as_ref(), Ok(&message));
    let body = message.body_octets().expect("the same without the attempt");
    assert_eq!(received_body(&written), Some(body));
}

/// Every message.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let text = |text: &str| ScreenText::new(text).unwrap();
    let requests = [
        Request::GetStatus,
        Request::SignText {
            slot: Slot::SIGN,
            ttl_s: 120,
            time: 1_800_000_000,
            title: Some(text("Pankki")),
            headline: Some(text("Maksu")),
            text: text("Pay 12 € to Kiosk?"),
        },
        Request::SignText {
            slot: Slot::AUTHN,
            ttl_s: 1,
            time: 0,
            title: None,
            headline: None,
            text: text("Да"),
        },
        Request::SignDigest {
            slot: Slot::DIGEST,
            ttl_s: 60,
            digest: [7; 32],
            title: None,
            label: text("Contract 7"),
        },
        Request::GenerateKey {
            slot: Slot::SIGN,
            mode: Mode::SignedAttributes,
            ttl_s: 300,
            pin_policy: PinPolicy::DEFAULT,
            title: Some(text("Sinetti")),
            text: Some(text("New key")),
        },
        Request::SetCert { slot: Slot::SIGN, cert_hash: [9; 32] },
        Request::Cancel,
        Request::Confirm,
        Request::GetResult,
    ];
    let tries = Some(Tries { pin: 3, puk: 9 });
    let slot = |state| SlotInfo {
        slot: Slot::SIGN,
        algorithm: Algorithm::EcdsaP256,
        mode: Mode::Digest,
        state,
        tries: 3,
    };
    let answers = [
        Answer::Ack,
        Answer::Result { signature: [5; 64], dtbs_id: [1, 2, 3, 4], mo_time_s: Some(17) },
        Answer::Result { signature: [5; 64], dtbs_id: [1, 2, 3, 4], mo_time_s: None },
        Answer::Key { slot: Slot::SIGN, mode: Mode::SignedAttributes, public_key: [2; 33], pop: [6; 64] },
        Answer::Status {
            info: CardInfo {
                applet_version: 0x0102,
                protocol_min: 1,
                protocol_max: 1,
                capabilities: 7,
                slots: vec![slot(SlotState::Ready), slot(SlotState::Blocked)],
            },
            tries,
        },
        Answer::Error { status: CardStatus::USER_CANCELLED, detail: 0, tries },
        Answer::Error { status: CardStatus::PIN_WRONG, detail: 2, tries: None },
    ];
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    let txn = TxnId(0x0102_0304);
    seeds.extend(requests.map(|body| Message { txn, attempt: 1, body }.encode().unwrap()));
    seeds.extend(answers.map(|body| Message { txn, attempt: 2, body }.encode().unwrap()));
    seeds
}
