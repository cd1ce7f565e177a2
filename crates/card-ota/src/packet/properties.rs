//! Every algorithm, with random keys and contents: there and back, cut short, and damaged.
use super::codec::{self, CodecKeys, CodecOptions};
use super::*;
use proptest::prelude::*;

fn octets(count: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), count)
}

/// A cipher that this build has, with a key.
fn cipher() -> impl Strategy<Value = (CipherAlgorithm, Vec<u8>)> {
    let mut choices = vec![
        (CipherAlgorithm::Aes, 16),
        (CipherAlgorithm::Aes, 24),
        (CipherAlgorithm::Aes, 32),
        (CipherAlgorithm::TripleDes2, 16),
        (CipherAlgorithm::TripleDes3, 24),
    ];
    if cfg!(feature = "legacy") {
        choices.extend([
            (CipherAlgorithm::Des, 8),
            (CipherAlgorithm::DesEcb, 8),
            (CipherAlgorithm::TripleDesEcb, 16),
            (CipherAlgorithm::TripleDesEcb, 24),
        ]);
    }
    proptest::sample::select(choices)
        .prop_flat_map(|(algorithm, length)| octets(length).prop_map(move |key| (algorithm, key)))
}

/// A check that this build has, with a key where it needs one.
fn check() -> impl Strategy<Value = (CheckAlgorithm, Vec<u8>)> {
    let mut choices = vec![
        (CheckAlgorithm::AesCmac, 16),
        (CheckAlgorithm::AesCmac, 24),
        (CheckAlgorithm::AesCmac, 32),
        (CheckAlgorithm::TripleDesMac2, 16),
        (CheckAlgorithm::TripleDesMac3, 24),
        (CheckAlgorithm::Crc16, 0),
        (CheckAlgorithm::Crc32, 0),
    ];
    if cfg!(feature = "legacy") {
        choices.extend([(CheckAlgorithm::DesMac, 8), (CheckAlgorithm::Xor4, 0), (CheckAlgorithm::Xor8, 0)]);
    }
    proptest::sample::select(choices)
        .prop_flat_map(|(algorithm, length)| octets(length).prop_map(move |key| (algorithm, key)))
}

/// Keys and the SPI bits that go with them.
struct Protection {
    kic: Option<CipherKey>,
    kid: Option<CheckKey>,
    bits: u8,
    nibbles: [u8; 2],
}

type Chosen<A> = Option<(A, Vec<u8>)>;

impl Protection {
    fn of(cipher: &Chosen<CipherAlgorithm>, check: &Chosen<CheckAlgorithm>) -> Self {
        let kic = cipher.as_ref().map(|(algorithm, key)| CipherKey::new(*algorithm, key).unwrap());
        let kid = check.as_ref().map(|(algorithm, key)| CheckKey::new(*algorithm, key).unwrap());
        let integrity = kid.as_ref().map_or(0, |key| if key.algorithm().is_keyed() { 2 } else { 1 });
        let nibbles = [
            kic.as_ref().map_or(0, |key| key.algorithm().nibble()),
            kid.as_ref().map_or(0, |key| key.algorithm().nibble()),
        ];
        Self { bits: u8::from(kic.is_some()) << 2 | integrity, kic, kid, nibbles }
    }

    fn keys(&self) -> CodecKeys<'_> {
        CodecKeys { kic: self.kic.as_ref(), kid: self.kid.as_ref() }
    }

    fn is_proof(&self) -> bool {
        self.kid.as_ref().is_some_and(|key| key.algorithm().is_keyed())
    }

    fn header(&self, kvn: u8, tar: [u8; 3], spi2: u8) -> CommandHeader {
        let [kic, kid] = self.nibbles.map(|nibble| kvn << 4 | nibble);
        CommandHeader { spi: Spi([self.bits | 0x10, spi2]), kic, kid, tar: Tar(tar) }
    }

    /// The SPI of a command that asks for a response with this protection.
    fn asking(&self) -> Spi {
        Spi([0x16, 0x21 | (self.bits & 0x03) << 2 | (self.bits & 0x04) << 2])
    }
}

fn flipped(packet: &[u8], at: prop::sample::Index) -> Vec<u8> {
    let bit = at.index(packet.len() * 8);
    let mut changed = packet.to_vec();
    changed[bit / 8] ^= 1 << (bit % 8);
    changed
}

proptest! {
    #[test]
    fn commands_there_and_back(
        cipher in proptest::option::of(cipher()), check in proptest::option::of(check()),
        data in proptest::collection::vec(any::<u8>(), 0..300), value in 0u64..=0xFF_FFFF_FFFF,
        kvn in 0u8..16, tar: [u8; 3], spi2: u8, short: bool, cut: prop::sample::Index, flip: prop::sample::Index,
    ) {
        let protection = Protection::of(&cipher, &check);
        let header = protection.header(kvn, tar, spi2);
        let options = CodecOptions { cc_length: if short { 4 } else { 8 }, ..CodecOptions::default() };
        let counter = Counter::new(value).unwrap();
        let packet = codec::seal_command(&header, protection.keys(), counter, &data, &options).unwrap();
        let opened = codec::open_command(&packet, protection.keys(), &options).unwrap();
        prop_assert_eq!((opened.header, opened.counter, opened.data()), (header, counter, &data[..]));
        prop_assert_eq!(usize::from(opened.pcntr()), opened.padding().len());
        prop_assert_eq!(codec::open_command(&packet[..cut.index(packet.len())], protection.keys(), &options), Err(PacketError::Length));
        if protection.is_proof() {
            prop_assert!(codec::open_command(&flipped(&packet, flip), protection.keys(), &options).is_err());
        }
    }

    #[test]
    fn responses_there_and_back(
        cipher in proptest::option::of(cipher()), check in proptest::option::of(check()),
        data in proptest::collection::vec(any::<u8>(), 0..300), value in 0u64..=0xFF_FFFF_FFFF,
        tar: [u8; 3], rsc: u8, short: bool, cut: prop::sample::Index, flip: prop::sample::Index,
    ) {
        let protection = Protection::of(&cipher, &check);
        let (spi, keys) = (protection.asking(), protection.keys());
        let options = CodecOptions { cc_length: if short { 4 } else { 8 }, ..CodecOptions::default() };
        let counter = Counter::new(value).unwrap();
        let packet = codec::seal_response(spi, Tar(tar), keys, counter, Rsc(rsc), &data, &options).unwrap();
        let opened = codec::open_response(&packet, spi, keys, &options).unwrap();
        prop_assert_eq!((opened.tar, opened.counter, opened.rsc), (Tar(tar), counter, Rsc(rsc)));
        prop_assert_eq!(opened.data(), &data[..]);
        prop_assert_eq!((opened.checked, opened.proven), (check.is_some(), protection.is_proof()));
        prop_assert_eq!(codec::open_response(&packet[..cut.index(packet.len())], spi, keys, &options), Err(PacketError::Length));
        if let Ok(changed) = codec::open_response(&flipped(&packet, flip), spi, keys, &options) {
            prop_assert!(!changed.proven);
        }
    }

    #[test]
    fn strict_functions_with_three_key_3des(
        kic in octets(24), kid in octets(24), data in proptest::collection::vec(any::<u8>(), 0..300),
        value in 0u64..0xFF_FFFF_FFFF, kvn in 1u8..16, flip: prop::sample::Index,
    ) {
        let both = kvn << 4 | 9;
        let profile = CardProfile { kic: both, kid: both, ..CardProfile::aes(kvn).unwrap() };
        let Ok(keys) = PacketKeys::with_profile(&profile, &kic, &kid) else {
            return Err(TestCaseError::reject("a weak key"));
        };
        let (tar, counter) = (Tar([1, 2, 3]), Counter::new(value).unwrap());
        let packet = seal_command(Spi::COMMAND, tar, &keys, counter, &data).unwrap();
        let opened = open_command(&packet, &keys).unwrap();
        prop_assert_eq!((opened.counter, &opened.data[..]), (counter, &data[..]));
        prop_assert!(open_command(&flipped(&packet, flip), &keys).is_err());
        let response = seal_response(Spi::COMMAND, tar, &keys, counter, Rsc::OK, &data).unwrap();
        let opened = open_response(&response, Spi::COMMAND, &keys).unwrap();
        prop_assert_eq!((opened.proven, &opened.data[..]), (true, &data[..]));
        if let Ok(changed) = open_response(&flipped(&response, flip), Spi::COMMAND, &keys) {
            prop_assert!(!changed.proven);
        }
    }
}

#[test]
fn a_redundancy_check_is_read_and_proves_nothing() {
    // KID 5 is two-key 3DES for a checksum and CRC-32 for a redundancy check; under AES there is none.
    let keys: Vec<u8> = (0..16).collect();
    let profile =
        CardProfile { kic: 0x35, kid: 0x35, two_key_triple_des: true, ..CardProfile::aes(3).unwrap() };
    let tdes = PacketKeys::with_profile(&profile, &keys, &keys).unwrap();
    let aes = PacketKeys::new(3, &keys, &keys).unwrap();
    let (tar, counter) = (Tar([1, 2, 3]), Counter::new(7).unwrap());
    for spi in [Spi([0x16, 0x25]), Spi([0x16, 0x35])] {
        let packet = seal_response(spi, tar, &tdes, counter, Rsc::OK, b"abc").unwrap();
        let opened = open_response(&packet, spi, &tdes).unwrap();
        assert_eq!((&opened.data[..], opened.proven), (&b"abc"[..], false));
        let mut changed = packet.clone();
        changed[14] ^= 1;
        assert!(open_response(&changed, spi, &tdes).is_err());
        assert_eq!(seal_response(spi, tar, &aes, counter, Rsc::OK, b""), Err(SealError::Unsupported));
        assert_eq!(open_response(&packet, spi, &aes), Err(PacketError::Unsupported));
    }
    // A signature nobody can make.
    let signed = Spi([0x16, 0x2D]);
    assert_eq!(seal_response(signed, tar, &tdes, counter, Rsc::OK, b""), Err(SealError::Unsupported));
}

#[test]
fn the_key_must_be_for_what_the_header_names() {
    let keys: Vec<u8> = (0..24).collect();
    let ciphers = [
        CipherKey::aes(&keys).unwrap(),
        CipherKey::new(CipherAlgorithm::TripleDes2, &keys[..16]).unwrap(),
        CipherKey::new(CipherAlgorithm::TripleDes3, &keys).unwrap(),
    ];
    let checks = [
        CheckKey::aes(&keys).unwrap(),
        CheckKey::new(CheckAlgorithm::TripleDesMac2, &keys[..16]).unwrap(),
        CheckKey::new(CheckAlgorithm::TripleDesMac3, &keys).unwrap(),
    ];
    let nibbles = [0x2, 0x5, 0x9];
    let options = CodecOptions::default();
    for (own_cipher, cipher) in nibbles.into_iter().zip(&ciphers) {
        for (own_check, check) in nibbles.into_iter().zip(&checks) {
            let keys = CodecKeys { kic: Some(cipher), kid: Some(check) };
            for kic in 0..16 {
                for kid in 0..16 {
                    let permitted = |nibble, own| nibble == own || matches!(nibble & 0x03, 0 | 3);
                    let fits = permitted(kic, own_cipher) && permitted(kid, own_check);
                    let header = CommandHeader { spi: Spi::COMMAND, kic, kid, tar: Tar([0; 3]) };
                    let sealed = codec::seal_command(&header, keys, Counter::ZERO, b"x", &options);
                    assert_eq!(sealed.is_ok(), fits, "{kic:x} {kid:x}");
                    let good = CommandHeader { kic: own_cipher, kid: own_check, ..header };
                    let mut packet = codec::seal_command(&good, keys, Counter::ZERO, b"x", &options).unwrap();
                    (packet[5], packet[6]) = (kic, kid);
                    let opened = codec::open_command(&packet, keys, &options);
                    assert_eq!(opened == Err(PacketError::KeySet), !fits, "{kic:x} {kid:x}");
                }
            }
        }
    }
}

#[test]
fn a_padding_counter_of_a_block_is_refused() {
    let key: Vec<u8> = (0..24).collect();
    let cipher = CipherKey::new(CipherAlgorithm::TripleDes3, &key).unwrap();
    let keys = CodecKeys { kic: Some(&cipher), kid: None };
    let header = CommandHeader { spi: Spi([0x14, 0]), kic: 0x39, kid: 0, tar: Tar([0; 3]) };
    let options = CodecOptions::default();
    let good = codec::seal_command(&header, keys, Counter::ZERO, &[0; 18], &options).unwrap();
    for (pcntr, accepted) in [(0, true), (7, true), (8, false), (15, false), (255, false)] {
        let mut packet = good.clone();
        cipher.decipher(&mut packet[10..]);
        packet[15] = pcntr;
        cipher.encipher(&mut packet[10..]);
        let opened = codec::open_command(&packet, keys, &options);
        assert_eq!(opened.is_ok(), accepted, "{pcntr}");
    }
    // Blocks of eight, not of sixteen, are whole here.
    assert_eq!((good.len() - 10) % 16, 8);
    let mut odd = good;
    odd.pop();
    odd[1] -= 1;
    assert_eq!(codec::open_command(&odd, keys, &options), Err(PacketError::Alignment));
}
