//! The GSM alphabet: packing, unpacking, and texts there and back.
use card_ota::gsm7::{
    ends_like_filling, from_septets, pack, pack_septets, septet_count, to_septets, unpack, unpack_septets,
};

use crate::choices::Choices;

/// Octets as packed septets, as septets, and as a text.
///
/// # Panics
/// When a way there and back changes something.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let count = usize::from(choices.octet());
    let packed = choices.rest();
    if let Ok(septets) = unpack_septets(packed, count) {
        assert_eq!(septets.len(), count);
        there_and_back(&septets);
    } else {
        assert!(count * 7 > packed.len() * 8);
    }
    there_and_back(&unpack(packed));
    if let Ok(text) = std::str::from_utf8(packed) {
        match to_septets(text) {
            Ok(septets) => {
                assert_eq!(septet_count(text), Some(septets.len()));
                assert_eq!(from_septets(&septets).as_deref(), Ok(text));
                there_and_back(&septets);
            }
            Err(_) => assert_eq!(septet_count(text), None),
        }
    }
}

fn there_and_back(septets: &[u8]) {
    assert_eq!(unpack_septets(&pack_septets(septets), septets.len()).as_deref(), Ok(septets));
    assert_eq!(pack(septets).len(), (septets.len() * 7).div_ceil(8));
    if !ends_like_filling(septets) {
        assert_eq!(unpack(&pack(septets)), septets);
    }
    if let Ok(text) = from_septets(septets) {
        assert_eq!(to_septets(&text).as_deref(), Ok(septets), "{text:?} has two codes");
    }
}

/// Texts of every length around the packing's period, packed and plain.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let text = "Maksa 12 € {kyllä}?\r\nÄäkköset\u{c}";
    let mut seeds = vec![[&[0], text.as_bytes()].concat()];
    for length in 1..=16 {
        let septets = to_septets(&"abc@€[1\r".chars().cycle().take(length).collect::<String>()).unwrap();
        seeds.push([&[septets.len() as u8], &pack(&septets)[..]].concat());
    }
    seeds
}
