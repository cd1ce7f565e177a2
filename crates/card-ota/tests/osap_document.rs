//! The worked examples of `docs/osap.md`: made again here and compared with what the document says.
#![expect(clippy::unwrap_used, reason = "a test says so when something is wrong")]

use card_ota::osap::{
    Answer, CardStatus, Message, Mode, Request, ScreenText, Slot, Tries, TxnId, dtbs_id, pop_input,
    signed_attributes,
};
use card_ota::packet::{Counter, PacketKeys, Spi, Tar, open_command, seal_command};
use card_ota::segment::{Indicator, segment};
use std::collections::BTreeMap;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/osap.md");
const TXN: TxnId = TxnId(0xC0FF_EE01);
const TIME: u32 = 1_893_456_000;
const TEXT: &str = "Pay 12.50 € to Kiosk 7?";
/// SHA-256 of the text's UTF-8 octets.
const TEXT_DIGEST: &str = "b986627afeed204879b7f7f836cde26616db53710d88d11faebce71756cefed2";
const CERT_HASH: [u8; 32] = [0xCE; 32];

/// The blocks that begin with "```hex NAME", their white space removed.
fn blocks() -> BTreeMap<String, String> {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let mut blocks = BTreeMap::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("```hex ") else { continue };
        let hex: String = lines.by_ref().take_while(|line| *line != "```").collect();
        let hex = hex.split_whitespace().collect();
        assert!(blocks.insert(name.to_owned(), hex).is_none(), "{name} stands twice");
    }
    blocks
}

fn digest() -> [u8; 32] {
    hex::decode(TEXT_DIGEST).unwrap().try_into().unwrap()
}

fn examples() -> BTreeMap<String, String> {
    let text = |text: &str| ScreenText::new(text).unwrap();
    let sign = Request::SignText {
        slot: Slot::SIGN,
        ttl_s: 90,
        time: TIME,
        title: Some(text("Bank")),
        headline: None,
        text: text(TEXT),
    };
    let sign = Message { txn: TXN, attempt: 1, body: sign }.encode().unwrap();
    let keys = PacketKeys::new(1, &[0x11; 16], &[0x22; 16]).unwrap();
    let counter = Counter::new(42).unwrap();
    let packet = seal_command(Spi::COMMAND, Tar([0xBF, 0xFF, 0x01]), &keys, counter, &sign).unwrap();
    assert_eq!(open_command(&packet, &keys).unwrap().data, sign);
    let user_data = segment(&packet, Indicator::Command, 1).unwrap();
    assert_eq!(user_data.len(), 1);
    let result = Answer::Result { signature: [0x5A; 64], dtbs_id: dtbs_id(&digest()), mo_time_s: Some(11) };
    let error =
        Answer::Error { status: CardStatus::PIN_BLOCKED, detail: 0, tries: Some(Tries { pin: 0, puk: 0 }) };
    let answer = |body| Message { txn: TXN, attempt: 1, body }.encode().unwrap();
    let pop = pop_input(TXN, Slot::SIGN, Mode::SignedAttributes, &[0x02; 33], "8935801234567890123");
    [
        ("sign-text", sign),
        ("sign-text-user-data", user_data.concat()),
        ("signed-attributes", signed_attributes(digest(), TIME, CERT_HASH)),
        ("result", answer(result)),
        ("error", answer(error)),
        ("confirm", Message { txn: TXN, attempt: 1, body: Request::Confirm }.encode().unwrap()),
        ("pop-input", pop),
    ]
    .into_iter()
    .map(|(name, octets)| (name.to_owned(), hex::encode(octets)))
    .collect()
}

#[test]
fn the_document_shows_what_the_code_does() {
    let (written, made) = (blocks(), examples());
    for (name, octets) in &made {
        assert_eq!(written.get(name), Some(octets), "{name}");
    }
    assert_eq!(written.len(), made.len(), "an example that nobody makes");
}
