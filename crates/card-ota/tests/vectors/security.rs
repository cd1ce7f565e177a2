//! Packets and what protects them.
use card_ota::packet::codec::{self, CodecKeys, CodecOptions};
use card_ota::packet::{
    CardProfile, CheckAlgorithm, CheckKey, CipherAlgorithm, CipherKey, CommandHeader, CompactResponse,
    Counter, KeyError, Msl, PacketError, PacketKeys, Rsc, Spi, Tar, check_counter, open_command,
    open_response, read_header, seal_command, seal_response,
};
use card_ota::segment::Indicator;
use card_ota::tpdu::SmsDeliver;

use crate::carriage::{carried, mo_tpdus};
use crate::vector::Vector;

/// The algorithm that a vector's text names.
fn cipher_algorithm(named: &str) -> Option<CipherAlgorithm> {
    match named {
        "" | "none" => None,
        "DES-CBC" => Some(CipherAlgorithm::Des),
        "DES-ECB" => Some(CipherAlgorithm::DesEcb),
        "3DES-CBC-2K" => Some(CipherAlgorithm::TripleDes2),
        "3DES-CBC-3K" => Some(CipherAlgorithm::TripleDes3),
        named if named.starts_with("3DES-ECB") => Some(CipherAlgorithm::TripleDesEcb),
        named if named.starts_with("AES-") && named.ends_with("-CBC") => Some(CipherAlgorithm::Aes),
        other => panic!("unknown cipher {other}"),
    }
}

/// The algorithm that a vector's text names, and how long the checksum is.
fn check_algorithm(named: &str) -> (Option<CheckAlgorithm>, usize) {
    let short = if named.ends_with("-32") { 4 } else { 8 };
    let algorithm = match named.trim_end_matches("-32").trim_end_matches("-64") {
        "" | "none" => return (None, 8),
        "DES-MAC" => CheckAlgorithm::DesMac,
        "3DES-MAC-2K" => CheckAlgorithm::TripleDesMac2,
        "3DES-MAC-3K" => CheckAlgorithm::TripleDesMac3,
        "CRC16" => CheckAlgorithm::Crc16,
        "CRC32" => CheckAlgorithm::Crc32,
        "XOR4" => CheckAlgorithm::Xor4,
        "XOR8" => CheckAlgorithm::Xor8,
        named if named.starts_with("AES-") && named.contains("CMAC") => CheckAlgorithm::AesCmac,
        other => panic!("unknown check {other}"),
    };
    (Some(algorithm), short)
}

fn named<'a>(vector: &'a Vector<'_>, field: &str) -> &'a str {
    if vector.has(field) { vector.text(field) } else { "" }
}

/// Whether it needs an algorithm that only a build with the feature `legacy` has.
pub(crate) fn is_legacy(vector: &Vector<'_>) -> bool {
    let check = |field| check_algorithm(named(vector, field)).0.is_some_and(CheckAlgorithm::is_legacy);
    cipher_algorithm(named(vector, "cipher")).is_some_and(CipherAlgorithm::is_legacy)
        || check("mac")
        || check("alg")
}

/// What such a vector gets from a build without it.
pub(crate) fn legacy_is_refused(vector: &Vector<'_>) {
    let key = |field: &str| if vector.has(field) { vector.hex(field) } else { Vec::new() };
    if let Some(algorithm) = cipher_algorithm(named(vector, "cipher")).filter(|a| a.is_legacy()) {
        assert_eq!(CipherKey::new(algorithm, &key("kic_key")).err(), Some(KeyError::Legacy));
    }
    for (field, key_field) in [("mac", "kid_key"), ("alg", "key")] {
        if let Some(algorithm) = check_algorithm(named(vector, field)).0.filter(|a| a.is_legacy()) {
            assert_eq!(CheckKey::new(algorithm, &key(key_field)).err(), Some(KeyError::Legacy));
        }
    }
}

struct Keys {
    kic: Option<CipherKey>,
    kid: Option<CheckKey>,
    cc_length: usize,
}

impl Keys {
    fn of(vector: &Vector<'_>) -> Self {
        let kic = cipher_algorithm(vector.text("cipher")).map(|algorithm| {
            let key = vector.hex("kic_key");
            bits_fit(vector.text("cipher"), &key);
            CipherKey::new(algorithm, &key).unwrap()
        });
        let (check, cc_length) = check_algorithm(vector.text("mac"));
        let kid = check.map(|algorithm| {
            let key = if algorithm.is_keyed() { vector.hex("kid_key") } else { Vec::new() };
            bits_fit(vector.text("mac"), &key);
            CheckKey::new(algorithm, &key).unwrap()
        });
        Self { kic, kid, cc_length }
    }

    fn codec(&self) -> CodecKeys<'_> {
        CodecKeys { kic: self.kic.as_ref(), kid: self.kid.as_ref() }
    }
}

/// An AES key has the length that the algorithm's name says.
fn bits_fit(named: &str, key: &[u8]) {
    for bits in [128, 192, 256] {
        assert!(!named.contains(&format!("AES-{bits}")) || key.len() * 8 == bits, "{named}");
    }
}

fn header(vector: &Vector<'_>) -> CommandHeader {
    let ([kic], [kid]) = (vector.octets("kic"), vector.octets("kid"));
    CommandHeader { spi: Spi(vector.octets("spi")), kic, kid, tar: Tar(vector.octets("tar")) }
}

/// The key set that the strict functions would have for this vector, if its profile is permitted.
fn permitted_keys(vector: &Vector<'_>, kic: u8, kid: u8, cc_length: usize) -> Result<PacketKeys, KeyError> {
    let profile = CardProfile {
        kic,
        kid,
        cc_length,
        two_key_triple_des: true,
        agreed_cipher: cipher_algorithm(vector.text("cipher")),
        agreed_check: check_algorithm(vector.text("mac")).0,
        ..CardProfile::aes(1).unwrap()
    };
    PacketKeys::with_profile(&profile, &vector.hex("kic_key"), &vector.hex("kid_key"))
}

pub(crate) fn command(vector: &Vector<'_>) {
    let keys = Keys::of(vector);
    let options = CodecOptions { cc_length: keys.cc_length, ..CodecOptions::default() };
    let (packet, header) = (vector.hex("packet"), header(vector));
    let cntr = Counter::from_octets(vector.octets("cntr"));
    assert_eq!(read_header(&packet), Ok(header));

    let opened = codec::open_command(&packet, keys.codec(), &options).unwrap();
    assert_eq!((opened.header, opened.counter), (header, cntr));
    assert_eq!(u64::from(opened.pcntr()), vector.number("pcntr"));
    assert_eq!(opened.cc(), vector.hex("cc"));
    assert_eq!(opened.padding(), vector.hex("padding"));
    assert_eq!(opened.data(), vector.hex("data"));

    let data = vector.hex("data");
    let sealed = codec::seal_command(&header, keys.codec(), cntr, &data, &options).unwrap();
    if vector.value["encode_exact"].as_bool().unwrap() {
        assert_eq!(sealed, packet);
    }
    assert_eq!(codec::open_command(&sealed, keys.codec(), &options).unwrap().data(), data);
    changed_is_refused(&packet, keys.codec(), &options);
    default_road(vector, &packet, header, cntr, &data, keys.cc_length);
    if vector.has("ud") {
        carried(vector, &packet, Indicator::Command, &vector.hex("ud"));
    }
    if vector.has("tpdu") {
        let octets = vector.hex("tpdu");
        let deliver = SmsDeliver::decode(&octets).unwrap();
        assert_eq!(deliver.encode(), octets);
        assert_eq!(deliver.user_data.as_slice(), vector.hex("ud"));
    }
}

/// Under a checksum no single bit may change, and nothing may be missing.
fn changed_is_refused(packet: &[u8], keys: CodecKeys<'_>, options: &CodecOptions<'_>) {
    for end in 0..packet.len() {
        assert_eq!(codec::open_command(&packet[..end], keys, options), Err(PacketError::Length), "{end}");
    }
    if !keys.kid.is_some_and(|kid| kid.algorithm().is_keyed()) {
        return;
    }
    for bit in 0..packet.len() * 8 {
        let mut changed = packet.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        // Without its checksum bit an SPI promises no checksum, and the length of the header no longer fits.
        assert!(codec::open_command(&changed, keys, options).is_err(), "bit {bit}");
    }
}

/// What satisfies the full level under a permitted key set passes the strict functions too; nothing else does.
fn default_road(
    vector: &Vector<'_>,
    packet: &[u8],
    header: CommandHeader,
    cntr: Counter,
    data: &[u8],
    cc_length: usize,
) {
    let full = header.spi.satisfies(Msl::FULL);
    match permitted_keys(vector, header.kic, header.kid, cc_length) {
        Ok(keys) if full => {
            let opened = open_command(packet, &keys).unwrap();
            assert_eq!((opened.header, opened.counter, &opened.data[..]), (header, cntr, data));
            if vector.value["encode_exact"].as_bool().unwrap() && cntr != Counter::BLOCKED {
                assert_eq!(seal_command(header.spi, header.tar, &keys, cntr, data).unwrap(), packet);
            }
        }
        Ok(keys) => {
            assert_eq!(open_command(packet, &keys), Err(PacketError::BelowMsl));
            assert!(seal_command(header.spi, header.tar, &keys, cntr, data).is_err());
        }
        Err(_) => {
            let strangers = PacketKeys::new(15, &[0x5A; 16], &[0xA5; 16]).unwrap();
            assert!(open_command(packet, &strangers).is_err());
        }
    }
}

pub(crate) fn response(vector: &Vector<'_>) {
    let keys = Keys::of(vector);
    let prefix = vector.hex("mac_prefix");
    let options = CodecOptions { cc_length: keys.cc_length, response_prefix: &prefix };
    let (packet, spi) = (vector.hex("packet"), Spi(vector.octets("spi")));
    let expect = vector.part("expect");

    let opened = codec::open_response(&packet, spi, keys.codec(), &options).unwrap();
    assert_eq!(u64::from(u16::from_be_bytes([packet[0], packet[1]])), expect.number("rpl"));
    assert_eq!(u64::from(packet[2]), expect.number("rhl"));
    assert_eq!(opened.tar, Tar(expect.octets("tar")));
    assert_eq!(opened.counter, Counter::from_octets(expect.octets("cntr")));
    assert_eq!(u64::from(opened.pcntr()), expect.number("pcntr"));
    assert_eq!(u64::from(opened.rsc.0), expect.number("rsc"));
    assert_eq!(opened.cc(), expect.hex("cc"));
    assert_eq!(opened.checked, expect.value["cc_checked"].as_bool().unwrap());
    assert_eq!(opened.data(), expect.hex("data"));
    assert_eq!(opened.padding(), expect.hex("padding"));
    if expect.has("compact") {
        compact(&expect.part("compact"), opened.data());
    }
    // Zero padding is ours; where the card's is zero too, or absent, our encoder gives the same octets.
    let asked_and_given =
        spi.por_ciphered() == keys.kic.is_some() && (spi.por_integrity() as u8 != 0) == keys.kid.is_some();
    if asked_and_given && opened.padding().iter().all(|octet| *octet == 0) {
        let sealed = codec::seal_response(
            spi,
            opened.tar,
            keys.codec(),
            opened.counter,
            opened.rsc,
            opened.data(),
            &options,
        );
        assert_eq!(sealed.unwrap(), packet);
    }
    let ([kic], [kid]) = (vector.octets("kic"), vector.octets("kid"));
    if opened.proven
        && keys.kic.is_some()
        && prefix == [2, 0x71, 0]
        && let Ok(keys) = permitted_keys(vector, kic, kid, keys.cc_length)
    {
        let response = open_response(&packet, spi, &keys).unwrap();
        assert!(response.proven);
        assert_eq!((response.rsc, &response.data[..]), (opened.rsc, opened.data()));
        let again = seal_response(spi, response.tar, &keys, response.counter, response.rsc, &response.data);
        assert_eq!(open_response(&again.unwrap(), spi, &keys).unwrap(), response);
    }
    if vector.has("ud") {
        carried(vector, &packet, Indicator::Response, &vector.hex("ud"));
    }
    mo_tpdus(&vector.list("mo_tpdus"), &packet);
}

fn compact(expect: &Vector<'_>, data: &[u8]) {
    let compact = CompactResponse::decode(data).unwrap();
    assert_eq!(u64::from(compact.number_of_commands), expect.number("number_of_commands"));
    assert_eq!(compact.sw.to_be_bytes(), expect.octets("sw"));
    assert_eq!(compact.response_data, expect.hex("response_data"));
}

/// The keys that the header's own nibbles ask for.
fn keys_of_header(header: &CommandHeader, vector: &Vector<'_>) -> Keys {
    let cipher = CipherAlgorithm::named(header.kic).or_agreed(Some(CipherAlgorithm::Aes));
    let check = CheckAlgorithm::named_checksum(header.kid).or_agreed(Some(CheckAlgorithm::AesCmac));
    Keys {
        kic: cipher.and_then(|algorithm| CipherKey::new(algorithm, &vector.hex("kic_key")).ok()),
        kid: check.and_then(|algorithm| CheckKey::new(algorithm, &vector.hex("kid_key")).ok()),
        cc_length: check_algorithm(named(vector, "mac")).1,
    }
}

/// A receiver with the counter and level given: level, then cipher and checksum, then counter.
fn receive(packet: &[u8], vector: &Vector<'_>) -> Result<(), Rsc> {
    let header = read_header(packet).map_err(PacketError::rsc)?;
    let [msl] = vector.octets("card_msl");
    if !header.spi.satisfies(Msl(msl)) {
        return Err(Rsc::INSUFFICIENT_SECURITY);
    }
    let keys = keys_of_header(&header, vector);
    let options = CodecOptions { cc_length: keys.cc_length, ..CodecOptions::default() };
    let opened = codec::open_command(packet, keys.codec(), &options).map_err(PacketError::rsc)?;
    let before = Counter::from_octets(vector.octets("card_counter_before"));
    check_counter(header.spi, opened.counter, before)
}

pub(crate) fn command_reject(vector: &Vector<'_>) {
    let packet = vector.hex("packet");
    if let Ok(read) = read_header(&packet) {
        assert_eq!(read, header(vector));
    }
    let refused = receive(&packet, vector).expect_err("must be refused");
    let expected: &[Rsc] = match vector.text("reason") {
        "insufficient_security_level" => &[Rsc::INSUFFICIENT_SECURITY],
        "cc_mismatch" => &[Rsc::CC_FAILED],
        "counter_not_plus_one" => &[Rsc::CNTR_HIGH, Rsc::CNTR_LOW],
        reason if reason.starts_with("counter") => &[Rsc::CNTR_LOW, Rsc::CNTR_HIGH, Rsc::CNTR_BLOCKED],
        // A reason that this list does not know is still a refusal.
        _ => return,
    };
    assert!(expected.contains(&refused), "{refused}");
}

/// A response that must not be believed: an error, or a hint.
pub(crate) fn response_reject(vector: &Vector<'_>) {
    let keys = Keys::of(vector);
    let options = CodecOptions { cc_length: keys.cc_length, ..CodecOptions::default() };
    let opened =
        codec::open_response(&vector.hex("packet"), Spi(vector.octets("spi")), keys.codec(), &options);
    assert!(opened.is_err() || opened.is_ok_and(|response| !response.proven));
}

pub(crate) fn checksum(vector: &Vector<'_>) {
    let (algorithm, _) = check_algorithm(vector.text("alg"));
    let key = if vector.has("key") { vector.hex("key") } else { Vec::new() };
    let sum = CheckKey::new(algorithm.expect("an algorithm"), &key).unwrap().over(&[&vector.hex("msg")]);
    let out = vector.hex("out");
    // A CMAC may be cut to what its name says; everything else is whole.
    let length = match vector.text("alg") {
        "AES-CMAC" | "AES-CMAC-128" => 16,
        named if named.contains("CMAC") => check_algorithm(named).1,
        _ => sum.as_slice().len(),
    };
    assert_eq!(out.len(), length);
    assert_eq!(sum.as_slice()[..length], out);
}
