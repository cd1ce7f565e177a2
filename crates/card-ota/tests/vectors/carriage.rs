//! What carries packets: user data headers, TPDUs, segments.
use card_ota::reassembly::{Outcome, Reassembly};
use card_ota::segment::{Indicator, segment, segment_wide};
use card_ota::tpdu::{Address, SmsDeliver, SmsSubmit, Validity};
use card_ota::udh::Udh;

use crate::vector::Vector;

/// The packet comes out of the user data, in one message or in several.
pub(crate) fn carried(vector: &Vector<'_>, packet: &[u8], indicator: Indicator, ud: &[u8]) {
    if ud.is_empty() {
        return;
    }
    let mut reassembly = Reassembly::<u8>::new();
    let expected = Outcome::Complete { indicator, packet: packet.to_vec() };
    assert_eq!(reassembly.accept(&1, ud, 0), expected);
    assert_eq!(segment(packet, indicator, 0).unwrap(), [ud], "{}", vector.value["id"]);
}

pub(crate) fn mo_tpdus(tpdus: &[Vec<u8>], packet: &[u8]) {
    let mut reassembly = Reassembly::<u8>::new();
    for (octets, left) in tpdus.iter().zip((0..tpdus.len()).rev()) {
        let submit = SmsSubmit::decode(octets).unwrap();
        assert_eq!(&submit.encode(), octets);
        assert!(submit.udhi);
        let complete = Outcome::Complete { indicator: Indicator::Response, packet: packet.to_vec() };
        let expected = if left == 0 { complete } else { Outcome::Partial };
        assert_eq!(reassembly.accept(&1, submit.user_data.as_slice(), 0), expected);
    }
}

fn elements(udh: Udh<'_>, expect: &Vector<'_>) {
    let expected: Vec<_> = expect.value["ies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| Vector { value })
        .map(|ie| (ie.hex("iei"), ie.hex("data")))
        .collect();
    let found: Vec<_> = udh.elements().map(|element| (vec![element.id], element.data.to_vec())).collect();
    assert_eq!(found, expected);
}

pub(crate) fn udh(vector: &Vector<'_>) {
    let ud = vector.hex("ud");
    let expect = vector.part("expect");
    let (udh, payload) = Udh::split(&ud).unwrap();
    elements(udh, &expect);
    assert_eq!(payload, expect.hex("payload"));
    let found: Vec<_> = udh.elements().collect();
    let rebuilt = [&card_ota::udh::build(&found).unwrap()[..], payload].concat();
    assert_eq!(rebuilt, ud);
}

pub(crate) fn tpdu(vector: &Vector<'_>) {
    let octets = vector.hex("tpdu");
    let expect = vector.part("expect");
    let (udhi, user_data) = match vector.text("direction") {
        "deliver" => deliver(&octets, &expect),
        "submit" => submit(&octets, &expect),
        other => panic!("unknown direction {other}"),
    };
    assert_eq!(Some(udhi), expect.value["udhi"].as_bool());
    let payload = if udhi {
        let (udh, payload) = Udh::split(&user_data).unwrap();
        elements(udh, &expect);
        payload
    } else {
        assert_eq!(expect.value["ies"].as_array().map(Vec::len), Some(0));
        &user_data
    };
    if expect.has("payload") {
        assert_eq!(payload, expect.hex("payload"));
    }
}

fn deliver(octets: &[u8], expect: &Vector<'_>) -> (bool, Vec<u8>) {
    let deliver = SmsDeliver::decode(octets).unwrap();
    assert_eq!(deliver.encode(), octets);
    assert_eq!(expect.number("mti"), 0);
    assert_eq!(SmsSubmit::decode(octets).err(), Some(card_ota::tpdu::TpduError::MessageType));
    if expect.has("mms") {
        assert_eq!(Some(deliver.no_more_messages), expect.value["mms"].as_bool());
    }
    address(&deliver.originator, expect, "oa", "oa_raw");
    assert_eq!(([deliver.pid], [deliver.dcs]), (expect.octets("pid"), expect.octets("dcs")));
    assert_eq!(deliver.scts.0, expect.octets("scts"));
    assert_eq!(u64::from(deliver.user_data.length()), expect.number("udl"));
    (deliver.udhi, deliver.user_data.into_vec())
}

fn submit(octets: &[u8], expect: &Vector<'_>) -> (bool, Vec<u8>) {
    let submit = SmsSubmit::decode(octets).unwrap();
    assert_eq!(submit.encode(), octets);
    assert_eq!(expect.number("mti"), 1);
    if expect.has("rd") {
        assert_eq!(Some(submit.reject_duplicates), expect.value["rd"].as_bool());
    }
    if expect.has("mr") {
        assert_eq!(u64::from(submit.reference), expect.number("mr"));
    }
    if expect.has("vpf") {
        assert_eq!(u64::from(Validity::format(submit.validity)), expect.number("vpf"));
    }
    if expect.has("vp") {
        let validity = match submit.validity.expect("a validity") {
            Validity::Relative(octet) => vec![octet],
            Validity::Absolute(value) | Validity::Enhanced(value) => value.to_vec(),
        };
        assert_eq!(validity, expect.hex("vp"));
    }
    address(&submit.destination, expect, "da", "da_raw");
    assert_eq!(([submit.pid], [submit.dcs]), (expect.octets("pid"), expect.octets("dcs")));
    assert_eq!(u64::from(submit.user_data.length()), expect.number("udl"));
    (submit.udhi, submit.user_data.into_vec())
}

fn address(address: &Address, expect: &Vector<'_>, digits: &str, raw: &str) {
    assert_eq!([address.ton_npi()], expect.octets("ton_npi"));
    assert!(expect.has(digits) || expect.has(raw), "an address is expected");
    if expect.has(digits) {
        let found = address.digits().unwrap();
        assert_eq!(found, expect.text(digits));
        assert_eq!(&Address::new(address.ton_npi(), &found).unwrap(), address);
    }
    if expect.has(raw) {
        assert_eq!(address.raw(), expect.hex(raw));
    }
}

pub(crate) fn segmentation(vector: &Vector<'_>) {
    let packet = vector.hex("packet");
    let reference = u16::try_from(vector.number("ref")).unwrap();
    let uds = match vector.number("ref_bits") {
        8 => segment(&packet, Indicator::Command, u8::try_from(reference).unwrap()).unwrap(),
        16 => segment_wide(&packet, Indicator::Command, reference).unwrap(),
        other => panic!("references of {other} bits"),
    };
    let expected = vector.list("uds");
    let indicator = Udh::split(&expected[0]).unwrap().0.indicator().unwrap();
    assert!(matches!(vector.text("cpi_position"), "after_concat_ie" | "before_concat_ie" | "single"));
    if vector.value["encode_exact"].as_bool().unwrap() && indicator == Indicator::Command {
        assert_eq!(uds, expected);
    }
    let mut reassembly = Reassembly::<u8>::new();
    let outcomes: Vec<_> = expected.iter().rev().map(|ud| reassembly.accept(&1, ud, 0)).collect();
    let (last, before) = outcomes.split_last().unwrap();
    assert!(before.iter().all(|outcome| *outcome == Outcome::Partial));
    assert_eq!(*last, Outcome::Complete { indicator, packet });
}
