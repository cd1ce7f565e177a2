use super::*;
use proptest::prelude::*;

fn keys(kvn: u8) -> PacketKeys {
    PacketKeys::new(kvn, &[0x11; 16], &[0x22; 16]).unwrap()
}

const TAR: Tar = Tar([0xBF, 0xFF, 0x01]);

fn at(value: u64) -> Counter {
    Counter::new(value).unwrap()
}

#[test]
fn nothing_below_the_full_level_leaves_or_is_opened() {
    let keys = keys(3);
    for spi1 in 0..=0xFFu8 {
        let spi = Spi([spi1, 0x39]);
        let sealed = seal_command(spi, TAR, &keys, at(1), b"x");
        assert_eq!(sealed.is_ok(), matches!(spi1, 0x16 | 0x1E), "{spi1:02x}");
        let header = CommandHeader { spi, kic: 0x32, kid: 0x32, tar: TAR };
        let options = codec::CodecOptions::default();
        if let Ok(packet) = codec::seal_command(&header, (&keys).into(), at(1), b"x", &options) {
            assert_eq!(codec::open_command(&packet, (&keys).into(), &options).unwrap().data(), b"x");
            if !spi.satisfies(Msl::FULL) {
                assert_eq!(open_command(&packet, &keys), Err(PacketError::BelowMsl), "{spi1:02x}");
            }
        }
    }
    assert_eq!(seal_command(Spi::COMMAND, TAR, &keys, Counter::BLOCKED, b""), Err(SealError::CounterBlocked));
    assert_eq!(seal_command(Spi::COMMAND, TAR, &keys, at(1), &[0; MAX_PACKET]), Err(SealError::TooLong));
}

#[test]
fn keys_are_named_and_are_the_right_ones() {
    let packet = seal_command(Spi::COMMAND, TAR, &keys(3), at(1), b"hello").unwrap();
    assert_eq!(read_header(&packet).unwrap().kvn(), Some(3));
    assert!(open_command(&packet, &keys(3)).is_ok());
    assert_eq!(open_command(&packet, &keys(4)), Err(PacketError::KeySet));
    for (kic, kid) in [([0x12; 16], [0x22; 16]), ([0x11; 16], [0x23; 16])] {
        let others = PacketKeys::new(3, &kic, &kid).unwrap();
        assert_eq!(open_command(&packet, &others), Err(PacketError::CcMismatch));
    }
}

#[test]
fn every_changed_or_missing_octet_is_noticed() {
    let keys = keys(3);
    let packet = seal_command(Spi::COMMAND, TAR, &keys, at(1), b"hello, card").unwrap();
    for end in 0..packet.len() {
        assert_eq!(open_command(&packet[..end], &keys), Err(PacketError::Length), "{end}");
    }
    for n in 0..packet.len() * 8 {
        let mut changed = packet.clone();
        changed[n / 8] ^= 1 << (n % 8);
        assert!(open_command(&changed, &keys).is_err(), "bit {n}");
    }
    let response = seal_response(Spi::COMMAND, TAR, &keys, at(1), Rsc::OK, b"done").unwrap();
    for n in 0..response.len() * 8 {
        let mut changed = response.clone();
        changed[n / 8] ^= 1 << (n % 8);
        if let Ok(opened) = open_response(&changed, Spi::COMMAND, &keys) {
            assert!(!opened.proven, "bit {n}");
        }
    }
}

#[test]
fn a_plain_response_is_a_hint() {
    let keys = keys(3);
    let plain = seal_response(Spi([0x16, 0x21]), TAR, &keys, at(5), Rsc::SECURITY_ERROR, b"").unwrap();
    assert_eq!(plain.len(), 13);
    for spi2 in [0x39, 0x29, 0x31, 0x21] {
        let opened = open_response(&plain, Spi([0x16, spi2]), &keys).unwrap();
        assert_eq!(
            (opened.rsc, opened.counter, opened.proven),
            (Rsc::SECURITY_ERROR, at(5), false),
            "{spi2:02x}"
        );
    }
    // Ciphered alone proves nothing either.
    let ciphered = seal_response(Spi([0x16, 0x31]), TAR, &keys, at(5), Rsc::OK, b"abc").unwrap();
    let opened = open_response(&ciphered, Spi([0x16, 0x31]), &keys).unwrap();
    assert_eq!((opened.rsc, &opened.data[..], opened.proven), (Rsc::OK, &b"abc"[..], false));
    // A checksum alone does.
    let checked = seal_response(Spi([0x16, 0x29]), TAR, &keys, at(5), Rsc::OK, b"abc").unwrap();
    assert!(open_response(&checked, Spi([0x16, 0x29]), &keys).unwrap().proven);
    assert_eq!(open_response(&checked, Spi([0x16, 0x21]), &keys), Err(PacketError::CcLength));
    assert_eq!(open_response(&checked, Spi([0x16, 0x25]), &keys), Err(PacketError::Unsupported));
}

#[test]
fn padding_counters_that_lie() {
    let keys = keys(3);
    let header = CommandHeader { spi: Spi([0x12, 0]), kic: 0x32, kid: 0x32, tar: TAR };
    let options = codec::CodecOptions::default();
    let good = codec::seal_command(&header, (&keys).into(), at(1), b"abc", &options).unwrap();
    let with_pcntr = |pcntr: u8| {
        let mut packet = good.clone();
        packet[15] = pcntr;
        let cc = keys.kid().over(&[&packet[..16], &packet[24..]]);
        packet[16..24].copy_from_slice(&cc.as_slice()[..8]);
        codec::open_command(&packet, (&keys).into(), &options).map(codec::PlainCommand::into_data)
    };
    assert_eq!(with_pcntr(0).unwrap(), b"abc");
    assert_eq!(with_pcntr(3).unwrap(), b"");
    for pcntr in [4, 15, 16, 255] {
        assert_eq!(with_pcntr(pcntr), Err(PacketError::Padding), "{pcntr}");
    }
}

#[test]
fn what_no_strict_function_takes() {
    let keys = keys(3);
    // A signature, and bits of SPI1 that have no meaning.
    for spi in [Spi([0x17, 0x39]), Spi([0x96, 0x39])] {
        assert_eq!(seal_command(spi, TAR, &keys, at(1), b""), Err(SealError::Unsupported));
    }
    let long = vec![0; MAX_PACKET + 1];
    assert_eq!(open_command(&long, &keys), Err(PacketError::Length));
    assert_eq!(open_response(&long, Spi::COMMAND, &keys), Err(PacketError::Length));
    assert_eq!(seal_command(Spi::COMMAND, TAR, &keys, at(1), &long), Err(SealError::TooLong));
    assert_eq!(seal_response(Spi::COMMAND, TAR, &keys, at(1), Rsc::OK, &long), Err(SealError::TooLong));
    let header = CommandHeader { spi: Spi::COMMAND, kic: 0x32, kid: 0x32, tar: TAR };
    let options = codec::CodecOptions { cc_length: 7, ..codec::CodecOptions::default() };
    let sealed = codec::seal_command(&header, (&keys).into(), at(1), b"", &options);
    assert_eq!(sealed, Err(SealError::Unsupported), "a checksum of seven octets");
    let none = codec::CodecKeys::default();
    let sealed = codec::seal_command(&header, none, at(1), b"", &codec::CodecOptions::default());
    assert_eq!(sealed, Err(SealError::Unsupported), "no keys");
}

#[test]
fn what_a_card_answers_to_each_refusal() {
    for (error, rsc) in [
        (PacketError::CcMismatch, "RSC 01 (checksum failed)"),
        (PacketError::CcLength, "RSC 01 (checksum failed)"),
        (PacketError::Alignment, "RSC 05 (ciphering error)"),
        (PacketError::Padding, "RSC 05 (ciphering error)"),
        (PacketError::BelowMsl, "RSC 0A (insufficient security level)"),
        (PacketError::Length, "RSC 06 (unidentified security error)"),
        (PacketError::Unsupported, "RSC 06 (unidentified security error)"),
        (PacketError::KeySet, "RSC 06 (unidentified security error)"),
    ] {
        assert_eq!(error.rsc().to_string(), rsc);
    }
    let words: std::collections::BTreeSet<_> =
        (0..=0x0C).map(|rsc| Rsc(rsc).to_string().split_off(7)).collect();
    assert_eq!(words.len(), 13, "each has its own word");
    assert_eq!(Rsc(0xC0).to_string(), "RSC C0 (proprietary)");
    assert_eq!(Rsc(0xFF).to_string(), "RSC FF (reserved)");
    assert_eq!(TAR.to_string(), "BFFF01");
}

#[test]
fn budgets_of_the_facts() {
    // Useful octets in 1 to 4 segments, command and response.
    for (segments, command, response) in [(1, 98, 113), (2, 242, 241), (3, 370, 369), (4, 498, 513)] {
        let parts = |data: usize| {
            let packet = seal_command(Spi::COMMAND, TAR, &keys(1), at(1), &vec![0; data]).unwrap();
            crate::segment::segment(&packet, crate::segment::Indicator::Command, 1).unwrap().len()
        };
        assert_eq!((parts(command), parts(command + 1)), (segments, segments + 1));
        let parts = |data: usize| {
            let packet = seal_response(Spi::COMMAND, TAR, &keys(1), at(1), Rsc::OK, &vec![0; data]).unwrap();
            crate::segment::segment(&packet, crate::segment::Indicator::Response, 1).unwrap().len()
        };
        assert_eq!((parts(response), parts(response + 1)), (segments, segments + 1));
    }
}

proptest! {
    #[test]
    fn commands(
        data in proptest::collection::vec(any::<u8>(), 0..400), counter in 0u64..0xFF_FFFF_FFFF, kvn in 1u8..=15,
        sizes in (0usize..3, 0usize..3), strict: bool,
    ) {
        let key = |size: usize, octet: u8| vec![octet; 16 + 8 * size];
        let keys = PacketKeys::new(kvn, &key(sizes.0, 1), &key(sizes.1, 2)).unwrap();
        let spi = if strict { Spi([0x1E, 0x39]) } else { Spi::MO };
        let packet = seal_command(spi, TAR, &keys, at(counter), &data).unwrap();
        let opened = open_command(&packet, &keys).unwrap();
        prop_assert_eq!(opened.header, CommandHeader { spi, kic: kvn << 4 | 2, kid: kvn << 4 | 2, tar: TAR });
        prop_assert_eq!((opened.counter, opened.data), (at(counter), data));
    }

    #[test]
    fn responses(data in proptest::collection::vec(any::<u8>(), 0..400), counter in 0u64..0xFF_FFFF_FFFF, rsc: u8) {
        let keys = keys(2);
        let packet = seal_response(Spi::COMMAND, TAR, &keys, at(counter), Rsc(rsc), &data).unwrap();
        let expected = Response { tar: TAR, counter: at(counter), rsc: Rsc(rsc), data, proven: true };
        prop_assert_eq!(open_response(&packet, Spi::COMMAND, &keys).unwrap(), expected);
    }

    #[test]
    fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..80), spi: [u8; 2]) {
        let keys = keys(1);
        let mut fitting = octets.clone();
        if fitting.len() > 2 {
            fitting[1] = (fitting.len() - 2) as u8;
            fitting[0] = 0;
        }
        for octets in [&octets, &fitting] {
            prop_assert!(open_command(octets, &keys).is_err());
            let _ = codec::open_command(octets, (&keys).into(), &codec::CodecOptions::default());
            if let Ok(response) = open_response(octets, Spi(spi), &keys) {
                prop_assert!(!response.proven);
                let _ = CompactResponse::decode(&response.data);
            }
        }
    }
}
