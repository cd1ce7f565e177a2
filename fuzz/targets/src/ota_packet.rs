//! TS 102 225 packets under fixed keys: any octets, and packets of ours with one change.
use card_ota::packet::{
    CompactResponse, Counter, Msl, Rsc, Spi, Tar,
    codec::{self, CodecKeys, CodecOptions},
    open_command, open_response, read_header, seal_command, seal_response,
};

use crate::{
    choices::Choices,
    keys::{KEY_SETS, packet_keys},
};

/// What is done is the first octet's choice.
///
/// # Panics
/// When a packet that we did not seal is accepted or believed, or what is sealed does not open as it was.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    match choices.below(5) {
        0 => any_command(choices.rest()),
        1 => any_response(&mut choices),
        2 => changed_command(&mut choices),
        3 => changed_response(&mut choices),
        _ => any_level(&mut choices),
    }
}

/// The road to an applet takes nothing below full security, so whatever it takes can be sealed again.
fn any_command(packet: &[u8]) {
    let _ = read_header(packet);
    for which in 0..KEY_SETS {
        let keys = packet_keys(which);
        let Ok(opened) = open_command(packet, &keys) else { continue };
        assert!(opened.header.spi.satisfies(Msl::FULL));
        let again = seal_command(opened.header.spi, opened.header.tar, &keys, opened.counter, &opened.data);
        assert_eq!(again.as_deref(), Ok(packet), "a packet that is not ours carries our checksum");
    }
}

fn any_response(choices: &mut Choices<'_>) {
    let (spi, keys) = (Spi(choices.array()), packet_keys(choices.octet()));
    let packet = choices.rest();
    let Ok(opened) = open_response(packet, spi, &keys) else { return };
    let _ = CompactResponse::decode(&opened.data);
    if opened.proven {
        let again = seal_response(spi, opened.tar, &keys, opened.counter, opened.rsc, &opened.data);
        assert_eq!(again.as_deref(), Ok(packet), "a response that is not ours carries our checksum");
    }
}

/// One to four octets changed, or octets cut off or added: false when the packet is as before.
fn change(packet: &mut Vec<u8>, choices: &mut Choices<'_>) -> bool {
    let before = packet.clone();
    match choices.below(4) {
        0 => packet.truncate(usize::from(choices.word()) % (packet.len() + 1)),
        1 => packet.extend_from_slice(choices.counted()),
        _ => {
            for _ in 0..=choices.below(4) {
                let at = usize::from(choices.word()) % packet.len();
                packet[at] ^= choices.octet();
            }
        }
    }
    // The length that says itself is set right half of the time, or nothing behind it would ever be reached.
    if choices.is() && packet.len() >= 2 {
        let length = ((packet.len() - 2) as u16).to_be_bytes();
        packet[..2].copy_from_slice(&length);
    }
    *packet != before
}

fn changed_command(choices: &mut Choices<'_>) {
    let (spi, tar, keys) = (Spi(choices.array()), Tar(choices.array()), packet_keys(choices.octet()));
    let [c1, c2, c3, c4, c5] = choices.array();
    let counter = Counter::new(u64::from_be_bytes([0, 0, 0, c1, c2, c3, c4, c5])).expect("five octets");
    let data = choices.counted();
    let Ok(mut packet) = seal_command(spi, tar, &keys, counter, data) else {
        assert!(
            !spi.satisfies(Msl::FULL)
                || spi.has_reserved_bits()
                || spi.0[0] & 3 != 2
                || counter == Counter::BLOCKED
        );
        return;
    };
    let opened = open_command(&packet, &keys).expect("what was sealed opens");
    assert_eq!((opened.header.spi, opened.header.tar, opened.counter), (spi, tar, counter));
    assert_eq!(opened.data, data);
    if change(&mut packet, choices) {
        assert!(open_command(&packet, &keys).is_err(), "a changed command is accepted");
    }
}

fn changed_response(choices: &mut Choices<'_>) {
    let (spi, tar, keys) = (Spi(choices.array()), Tar(choices.array()), packet_keys(choices.octet()));
    let [c1, c2, c3, c4, c5] = choices.array();
    let counter = Counter::new(u64::from_be_bytes([0, 0, 0, c1, c2, c3, c4, c5])).expect("five octets");
    let rsc = Rsc(choices.octet());
    let data = choices.counted();
    let Ok(mut packet) = seal_response(spi, tar, &keys, counter, rsc, data) else { return };
    let opened = open_response(&packet, spi, &keys).expect("what was sealed opens");
    // A ciphered response without checksum says nothing about being one; all others are as they were.
    if opened.proven || !spi.por_ciphered() {
        assert_eq!((opened.tar, opened.counter, opened.rsc), (tar, counter, rsc));
        assert_eq!(opened.data, data);
    }
    if change(&mut packet, choices) {
        let believed = open_response(&packet, spi, &keys).is_ok_and(|opened| opened.proven);
        assert!(!believed, "a changed response is believed");
    }
}

/// The codec underneath, at every security level that it has.
fn any_level(choices: &mut Choices<'_>) {
    let spi = Spi(choices.array());
    let keys = packet_keys(choices.octet());
    let options = CodecOptions { cc_length: choices.of(&[8, 4]), ..CodecOptions::default() };
    let packet = choices.rest();
    let keys = CodecKeys::from(&keys);
    if let Ok(opened) = codec::open_command(packet, keys, &options) {
        let data = opened.data();
        let length = 16 + opened.cc().len() + data.len() + opened.padding().len();
        assert_eq!(length, packet.len(), "the fields are the packet");
        assert_eq!(usize::from(opened.pcntr()), opened.padding().len());
        if let Ok(sealed) = codec::seal_command(&opened.header, keys, opened.counter, data, &options) {
            let again = codec::open_command(&sealed, keys, &options).expect("what was sealed opens");
            assert_eq!((again.header, again.counter), (opened.header, opened.counter));
            assert_eq!(again.data(), data);
        }
    }
    if let Ok(opened) = codec::open_response(packet, spi, keys, &options) {
        let length = 13 + opened.cc().len() + opened.data().len() + opened.padding().len();
        assert_eq!(length, packet.len(), "the fields are the packet");
        assert!(!opened.proven || !opened.cc().is_empty());
    }
}

/// Sealed packets at several levels, and each way of changing one.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let tar = Tar([0xBF, 0xFF, 0x01]);
    let counter = Counter::new(77).unwrap();
    for which in 0..KEY_SETS {
        let keys = packet_keys(which);
        for spi in [Spi::COMMAND, Spi::COMMAND_QUIET, Spi::MO] {
            let command = seal_command(spi, tar, &keys, counter, b"0123456789").unwrap();
            seeds.push([&[0], &command[..]].concat());
            seeds.push([&[4, spi.0[0], spi.0[1], which, 0], &command[..]].concat());
            let response = seal_response(spi, tar, &keys, counter, Rsc::OK, b"data").unwrap();
            seeds.push([&[1, spi.0[0], spi.0[1], which], &response[..]].concat());
            seeds.push([&[4, spi.0[0], spi.0[1], which, 0], &response[..]].concat());
            for way in 0..3 {
                let fields = [spi.0[0], spi.0[1], 0xBF, 0xFF, 1, which, 0, 0, 0, 0, 9];
                seeds.push([&[2], &fields[..], b"\x05hello", &[way, 0, 1, 1, 1, 1, 1]].concat());
                seeds.push([&[3], &fields[..], b"\x00\x05hello", &[way, 0, 1, 1, 1, 1, 1]].concat());
            }
        }
        for spi1 in [0x00, 0x02, 0x04, 0x06, 0x0A, 0x12] {
            let header = read_header(&seal_command(Spi::MO, tar, &keys, counter, b"").unwrap()).unwrap();
            let header = card_ota::packet::CommandHeader { spi: Spi([spi1, 0]), ..header };
            let options = CodecOptions::default();
            let packet =
                codec::seal_command(&header, CodecKeys::from(&keys), counter, b"data", &options).unwrap();
            seeds.push([&[4, spi1, 0, which, 0], &packet[..]].concat());
        }
    }
    seeds
}
