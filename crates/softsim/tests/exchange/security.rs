use card_ota::{
    osap::{Answer, CardStatus, Message, Request, TxnId},
    packet::{
        CheckKey, CipherKey, CommandHeader, Counter, PacketKeys, Rsc, Spi, Tar,
        codec::{self, CodecKeys, CodecOptions},
        seal_command,
    },
};
use softsim::Person;

use crate::{
    enrolment::status,
    world::{AGREE, TAR, World, sign_text},
};

fn status_request() -> Vec<u8> {
    Message { txn: TxnId(77), attempt: 1, body: Request::GetStatus }.encode().unwrap()
}

fn keys() -> (CipherKey, CheckKey) {
    (CipherKey::aes(&[0x11; 16]).unwrap(), CheckKey::aes(&[0x12; 16]).unwrap())
}

/// A packet at any security level under the card's own keys.
fn at_level(spi: [u8; 2], counter: u64) -> Vec<u8> {
    let (kic, kid) = keys();
    let header = CommandHeader { spi: Spi(spi), kic: 0x12, kid: 0x12, tar: TAR };
    let keys = CodecKeys { kic: Some(&kic), kid: Some(&kid) };
    let counter = Counter::new(counter).unwrap();
    codec::seal_command(&header, keys, counter, &status_request(), &CodecOptions::default()).unwrap()
}

#[test]
fn every_message_is_answered_with_a_proof_of_receipt() {
    let mut world = World::enrolled(AGREE);
    world.ask(1, sign_text("proof"));
    assert_eq!(world.responses.len(), 1);
    let response = &world.responses[0];
    assert!(response.proven);
    assert_eq!((response.rsc, response.counter.value(), response.tar), (Rsc::OK, world.counter, TAR));
    // On errors only.
    let quiet = at_level([0x16, 0x3A], world.counter + 1);
    world.submit(&quiet, 0);
    assert_eq!(world.responses.len(), 1);
    world.submit(&quiet, 0);
    assert_eq!((world.responses.len(), world.rsc()), (2, Rsc::CNTR_LOW));
    // Never, and in the delivery report: neither reaches the server.
    for spi2 in [0x00, 0x19] {
        let silent = at_level([0x16, spi2], world.counter + 1);
        world.submit(&silent, 0);
        world.counter += 1;
    }
    assert_eq!(world.responses.len(), 2);
}

#[test]
fn each_replayed_message_is_refused_and_changes_nothing() {
    let mut world = World::enrolled(AGREE);
    let mut packets = Vec::new();
    for request in [sign_text("replay"), Request::GetResult, Request::Confirm, Request::GetStatus] {
        let data = Message { txn: TxnId(1), attempt: 1, body: request }.encode().unwrap();
        packets.push(world.seal(&data));
    }
    for packet in &packets {
        world.submit(packet, 0);
    }
    let (stored, answers) = (world.stored.clone(), world.answers.len());
    for packet in packets.iter().chain(packets.iter().rev()) {
        world.submit(packet, 0);
        assert_eq!(world.rsc(), Rsc::CNTR_LOW);
    }
    assert_eq!((world.answers.len(), world.chip.signatures), (answers, 1));
    assert_eq!(world.stored, stored);
    world.restart(AGREE);
    world.submit(&packets[0], 0);
    assert_eq!(world.rsc(), Rsc::CNTR_LOW);
}

#[test]
fn counters_may_jump_unless_the_strict_mode_forbids_it_and_end_at_the_last_value() {
    let mut world = World::new(Person::Manual);
    let cases = [
        ([0x16, 0x39], 5, Rsc::OK),
        ([0x1E, 0x39], 7, Rsc::CNTR_HIGH),
        ([0x1E, 0x39], 6, Rsc::OK),
        ([0x1E, 0x39], 6, Rsc::CNTR_LOW),
        ([0x16, 0x39], 1 << 20, Rsc::OK),
        ([0x16, 0x39], 0xFF_FFFF_FFFF, Rsc::CNTR_BLOCKED),
        ([0x16, 0x39], 0xFF_FFFF_FFFE, Rsc::OK),
        ([0x16, 0x39], 0xFF_FFFF_FFFE, Rsc::CNTR_LOW),
    ];
    for (spi, counter, rsc) in cases {
        world.submit(&at_level(spi, counter), 0);
        assert_eq!(world.rsc(), rsc, "{spi:02x?} {counter:x}");
        assert_eq!(world.responses.last().unwrap().counter.value(), counter);
    }
    assert_eq!(world.answers.len(), 4);
}

#[test]
fn a_wrong_checksum_is_answered_sealed_and_moves_nothing() {
    let mut world = World::enrolled(AGREE);
    let stored = world.stored.clone();
    let packet = at_level([0x16, 0x39], 500);
    for octet in 10..packet.len() {
        let mut forged = packet.clone();
        forged[octet] ^= 1;
        world.forget();
        world.submit(&forged, 0);
        assert_eq!(world.rsc(), Rsc::CC_FAILED, "octet {octet}");
        assert!(world.responses[0].proven);
        assert!(world.answers.is_empty());
        if octet >= 26 {
            assert_eq!(world.responses[0].counter.value(), 500, "the first block is whole");
        }
    }
    assert_eq!(world.stored, stored);
    world.submit(&packet, 0);
    assert_eq!(world.rsc(), Rsc::OK);
}

#[test]
fn strangers_learn_nothing() {
    let other = PacketKeys::new(1, &[0x99; 16], &[0x98; 16]).unwrap();
    let counter = Counter::new(900).unwrap();
    let data = status_request();
    for plain_errors in [false, true] {
        let mut world = World::with(Person::Manual, plain_errors);
        // Wrong keys, and an unprotected answer asked: nothing, or a plain error on a card that talks.
        for (packet, rsc) in [
            (seal_command(Spi([0x16, 0x21]), TAR, &other, counter, &data).unwrap(), Rsc::CC_FAILED),
            (seal_command(Spi::COMMAND, Tar([0; 3]), &other, counter, &data).unwrap(), Rsc::TAR_UNKNOWN),
            (at_level([0x02, 0x21], 900), Rsc::INSUFFICIENT_SECURITY),
        ] {
            world.forget();
            world.submit(&packet, 0);
            assert_eq!(world.responses.len(), usize::from(plain_errors));
            if plain_errors {
                assert_eq!((world.rsc(), world.responses[0].proven), (rsc, false));
            }
            assert!(world.answers.is_empty());
        }
    }
}

#[test]
fn nothing_below_the_security_level_is_taken() {
    let mut world = World::enrolled(AGREE);
    for spi1 in [0x00, 0x02, 0x04, 0x06, 0x0E, 0x12, 0x14, 0x1A] {
        world.submit(&at_level([spi1, 0x39], 700 + u64::from(spi1)), 0);
        assert_eq!(world.rsc(), Rsc::INSUFFICIENT_SECURITY, "{spi1:02x}");
        assert_eq!(world.responses.last().unwrap().counter.value(), 700 + u64::from(spi1));
    }
    assert!(world.answers.is_empty());
}

#[test]
fn another_keyset_is_refused_in_silence() {
    let mut world = World::enrolled(AGREE);
    let other = PacketKeys::new(3, &[0x11; 16], &[0x12; 16]).unwrap();
    let packet =
        seal_command(Spi::COMMAND, TAR, &other, Counter::new(900).unwrap(), &status_request()).unwrap();
    world.submit(&packet, 0);
    assert!(world.responses.is_empty() && world.answers.is_empty());
}

#[test]
fn what_is_no_request_is_answered_unsupported() {
    let mut world = World::enrolled(AGREE);
    for data in [
        &[0x10, 0x7A, 0, 0, 0, 9, 1][..],
        &[0x10, 0x03, 0, 0, 0, 9, 1],
        &[0x10, 0x01, 0, 0, 0, 9, 1, 0x99, 0],
    ] {
        let packet = world.seal(data);
        world.submit(&packet, 0);
        assert_eq!(world.answers[0].txn, TxnId(9));
        assert_eq!(status(world.answer()), CardStatus::UNSUPPORTED);
    }
    for data in [&[][..], &[0x10], &[0x20, 1, 0, 0, 0, 9, 1]] {
        let packet = world.seal(data);
        world.submit(&packet, 0);
        assert!(world.answers.is_empty());
        assert_eq!(world.rsc(), Rsc::OK, "it was handed to the applet");
    }
}

#[test]
fn mo_counters_only_rise_also_over_restarts_and_few_writes() {
    // The world's window refuses any repeated or old counter, so that an answer counted is a new one.
    let mut world = World::enrolled(AGREE);
    for round in 0..70 {
        world.ask(round, Request::GetStatus);
        if round % 10 == 9 {
            world.restart(AGREE);
        }
    }
    assert_eq!(world.answers.len(), 70);
    assert!(matches!(world.answers[0].body, Answer::Status { .. }));
    assert_eq!(world.writes, 70, "one image for each accepted counter, none besides");
}
