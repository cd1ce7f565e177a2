//! The shared OTA vectors: every one whose cipher, MAC and algorithm this crate builds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says so when something is wrong"
)]

use card_ota::packet::codec::{self, CodecKeys, CodecOptions};
use card_ota::packet::{
    AesKey, CommandHeader, CompactResponse, Counter, Msl, PacketError, PacketKeys, Rsc, Spi, Tar,
    check_counter, open_command, open_response, read_header, seal_command,
};
use card_ota::reassembly::{Outcome, Reassembly};
use card_ota::segment::{Indicator, segment, segment_wide};
use card_ota::tpdu::{Address, SmsDeliver, SmsSubmit, Validity};
use card_ota::udh::Udh;
use serde_json::Value;
use std::path::PathBuf;

/// The folder, and whether somebody named it.
#[expect(clippy::disallowed_methods, reason = "the vectors' folder is named by the environment")]
fn folder() -> (PathBuf, bool) {
    match std::env::var("SINETTI_VECTORS") {
        Ok(named) => (PathBuf::from(named), true),
        Err(_) => (PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")), false),
    }
}

#[test]
fn packet_vectors() {
    let (folder, named) = folder();
    let path = folder.join("ota").join("packets.json");
    if !path.exists() {
        // A folder that was named may hold other families only, but not nothing.
        let filled = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        assert!(!named || filled, "SINETTI_VECTORS is set, and {} is missing or empty", folder.display());
        println!("skipped: no vectors at {}", path.display());
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["format"], "ota-vectors/1");
    let vectors = file["vectors"].as_array().expect("a list of vectors");
    assert!(!vectors.is_empty(), "no vector in {}", path.display());
    let mut checked = 0;
    let mut failed = Vec::new();
    for vector in vectors.iter().filter(|vector| ours(vector)) {
        checked += 1;
        if std::panic::catch_unwind(|| check(&Vector(vector))).is_err() {
            failed.push(vector["id"].to_string());
        }
    }
    println!("{checked} of {} vectors name no DES, 3DES, XOR or CRC", vectors.len());
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// DES, 3DES, XOR and CRC are not built.
fn ours(vector: &Value) -> bool {
    ["cipher", "mac", "alg"].iter().all(|field| {
        let named = vector[*field].as_str().unwrap_or_default().to_ascii_uppercase();
        !["DES", "XOR", "CRC"].iter().any(|absent| named.contains(absent))
    })
}

struct Vector<'a>(&'a Value);

impl Vector<'_> {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_else(|| panic!("{} has no text {field}", self.0["id"]))
    }

    fn hex(&self, field: &str) -> Vec<u8> {
        hex::decode(self.text(field)).unwrap()
    }

    fn octets<const N: usize>(&self, field: &str) -> [u8; N] {
        self.hex(field).try_into().unwrap()
    }

    fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap_or_else(|| panic!("{} has no number {field}", self.0["id"]))
    }

    fn has(&self, field: &str) -> bool {
        !self.0[field].is_null()
    }

    fn list(&self, field: &str) -> Vec<Vec<u8>> {
        self.0[field]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| hex::decode(item.as_str().unwrap()).unwrap())
            .collect()
    }

    fn header(&self) -> CommandHeader {
        let ([kic], [kid]) = (self.octets("kic"), self.octets("kid"));
        CommandHeader { spi: Spi(self.octets("spi")), kic, kid, tar: Tar(self.octets("tar")) }
    }

    fn cipher_key(&self) -> Option<AesKey> {
        let named = self.text("cipher");
        assert!(named == "none" || named.starts_with("AES-"), "unknown cipher {named}");
        self.named_key(named, "kic_key")
    }

    /// The key for the checksum, and how long the checksum is.
    fn mac_key(&self) -> (Option<AesKey>, usize) {
        let named = self.text("mac");
        assert!(named == "none" || named.contains("CMAC"), "unknown MAC {named}");
        (self.named_key(named, "kid_key"), if named.ends_with("-32") { 4 } else { 8 })
    }

    /// The key, which must have the length that the algorithm's name says.
    fn named_key(&self, named: &str, field: &str) -> Option<AesKey> {
        let key = (named != "none").then(|| self.hex(field))?;
        for bits in [128, 192, 256] {
            assert!(!named.contains(&format!("AES-{bits}")) || key.len() * 8 == bits, "{named}");
        }
        AesKey::new(&key).ok()
    }
}

fn check(vector: &Vector<'_>) {
    match vector.text("kind") {
        "command" => command(vector),
        "response" => response(vector),
        "command_reject" => command_reject(vector),
        "checksum" => checksum(vector),
        "udh" => udh(vector),
        "tpdu" => tpdu(vector),
        "segmentation" => segmentation(vector),
        other => panic!("unknown kind {other}"),
    }
}

fn counter(octets: [u8; 5]) -> Counter {
    Counter::from_octets(octets)
}

fn command(vector: &Vector<'_>) {
    let (kic, (kid, cc_length)) = (vector.cipher_key(), vector.mac_key());
    let keys = CodecKeys { kic: kic.as_ref(), kid: kid.as_ref() };
    let options = CodecOptions { cc_length, ..CodecOptions::default() };
    let (packet, header, cntr) = (vector.hex("packet"), vector.header(), counter(vector.octets("cntr")));
    assert_eq!(read_header(&packet), Ok(header));

    let opened = codec::open_command(&packet, keys, &options).unwrap();
    assert_eq!((opened.header, opened.counter), (header, cntr));
    assert_eq!(u64::from(opened.pcntr()), vector.number("pcntr"));
    assert_eq!(opened.cc(), vector.hex("cc"));
    assert_eq!(opened.padding(), vector.hex("padding"));
    assert_eq!(opened.data(), vector.hex("data"));

    let data = vector.hex("data");
    if vector.0["encode_exact"].as_bool().unwrap() {
        assert_eq!(codec::seal_command(&header, keys, cntr, &data, &options).unwrap(), packet);
    }
    default_road(vector, &packet, header, cntr, &data, cc_length);
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

/// What satisfies the full level under a proper key set passes the strict functions too; nothing else does.
fn default_road(
    vector: &Vector<'_>,
    packet: &[u8],
    header: CommandHeader,
    cntr: Counter,
    data: &[u8],
    cc_length: usize,
) {
    let key = |field: &str| {
        if vector.has(field) && vector.text(field).len() >= 32 { vector.hex(field) } else { vec![0; 16] }
    };
    let keys =
        PacketKeys::new(header.kvn().filter(|kvn| *kvn != 0).unwrap_or(1), &key("kic_key"), &key("kid_key"))
            .unwrap();
    let full = header.spi.satisfies(Msl::FULL)
        && header.kic & 0x0F == 2
        && header.kid == header.kic
        && cc_length == 8;
    let (sealed, opened) =
        (seal_command(header.spi, header.tar, &keys, cntr, data), open_command(packet, &keys));
    if full {
        let opened = opened.unwrap();
        assert_eq!((opened.header, opened.counter, &opened.data[..]), (header, cntr, data));
        if vector.0["encode_exact"].as_bool().unwrap() && cntr != Counter::BLOCKED {
            assert_eq!(sealed.unwrap(), packet);
        }
    } else {
        assert!(opened.is_err());
        assert!(sealed.is_err() || header.spi.satisfies(Msl::FULL));
    }
}

/// The packet comes out of the user data, in one message or in several.
fn carried(vector: &Vector<'_>, packet: &[u8], indicator: Indicator, ud: &[u8]) {
    if ud.is_empty() {
        return;
    }
    let mut reassembly = Reassembly::<u8>::new();
    let expected = Outcome::Complete { indicator, packet: packet.to_vec() };
    assert_eq!(reassembly.accept(&1, ud, 0), expected);
    assert_eq!(segment(packet, indicator, 0).unwrap(), [ud], "{}", vector.0["id"]);
}

fn response(vector: &Vector<'_>) {
    let (kic, (kid, cc_length)) = (vector.cipher_key(), vector.mac_key());
    let keys = CodecKeys { kic: kic.as_ref(), kid: kid.as_ref() };
    let prefix = vector.hex("mac_prefix");
    let options = CodecOptions { cc_length, response_prefix: &prefix };
    let (packet, spi) = (vector.hex("packet"), Spi(vector.octets("spi")));
    let expect = Vector(&vector.0["expect"]);

    let opened = codec::open_response(&packet, spi, keys, &options).unwrap();
    assert_eq!(u64::from(u16::from_be_bytes([packet[0], packet[1]])), expect.number("rpl"));
    assert_eq!(u64::from(packet[2]), expect.number("rhl"));
    assert_eq!(opened.tar, Tar(expect.octets("tar")));
    assert_eq!(opened.counter, counter(expect.octets("cntr")));
    assert_eq!(u64::from(opened.pcntr()), expect.number("pcntr"));
    assert_eq!(u64::from(opened.rsc.0), expect.number("rsc"));
    assert_eq!(opened.cc(), expect.hex("cc"));
    assert_eq!(opened.proven, expect.0["cc_checked"].as_bool().unwrap());
    assert_eq!(opened.data(), expect.hex("data"));
    assert_eq!(opened.padding(), expect.hex("padding"));
    if expect.has("compact") {
        compact(&Vector(&expect.0["compact"]), opened.data());
    }
    // Zero padding is ours; where the card's is zero too, or absent, our encoder gives the same octets.
    let asked_and_given =
        spi.por_ciphered() == kic.is_some() && (spi.por_integrity() as u8 != 0) == kid.is_some();
    if asked_and_given && opened.padding().iter().all(|octet| *octet == 0) {
        let sealed =
            codec::seal_response(spi, opened.tar, keys, opened.counter, opened.rsc, opened.data(), &options);
        assert_eq!(sealed.unwrap(), packet);
    }
    if kic.is_some() && kid.is_some() && cc_length == 8 && prefix == [2, 0x71, 0] {
        let keys = PacketKeys::new(1, &vector.hex("kic_key"), &vector.hex("kid_key")).unwrap();
        let response = open_response(&packet, spi, &keys).unwrap();
        assert!(response.proven);
        assert_eq!((response.rsc, &response.data[..]), (opened.rsc, opened.data()));
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

fn mo_tpdus(tpdus: &[Vec<u8>], packet: &[u8]) {
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

/// A receiver with the counter and level given: level, then cipher and checksum, then counter.
fn receive(packet: &[u8], vector: &Vector<'_>) -> Result<(), Rsc> {
    let header = read_header(packet).map_err(PacketError::rsc)?;
    let [msl] = vector.octets("card_msl");
    if !header.spi.satisfies(Msl(msl)) {
        return Err(Rsc::INSUFFICIENT_SECURITY);
    }
    let keys = (AesKey::new(&vector.hex("kic_key")).ok(), AesKey::new(&vector.hex("kid_key")).ok());
    let keys = CodecKeys { kic: keys.0.as_ref(), kid: keys.1.as_ref() };
    let opened = codec::open_command(packet, keys, &CodecOptions::default()).map_err(PacketError::rsc)?;
    check_counter(header.spi, opened.counter, counter(vector.octets("card_counter_before")))
}

fn command_reject(vector: &Vector<'_>) {
    let packet = vector.hex("packet");
    if let Ok(header) = read_header(&packet) {
        assert_eq!(header, vector.header());
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

fn checksum(vector: &Vector<'_>) {
    let length = match vector.text("alg") {
        "AES-CMAC-64" => 8,
        "AES-CMAC-32" => 4,
        "AES-CMAC" | "AES-CMAC-128" => 16,
        other => panic!("unknown algorithm {other}"),
    };
    let mac = AesKey::new(&vector.hex("key")).unwrap().cmac(&[&vector.hex("msg")]);
    assert_eq!(mac[..length], vector.hex("out"));
}

fn elements(udh: Udh<'_>, expect: &Vector<'_>) {
    let expected: Vec<_> = expect.0["ies"]
        .as_array()
        .unwrap()
        .iter()
        .map(Vector)
        .map(|ie| (ie.hex("iei"), ie.hex("data")))
        .collect();
    let found: Vec<_> = udh.elements().map(|element| (vec![element.id], element.data.to_vec())).collect();
    assert_eq!(found, expected);
}

fn udh(vector: &Vector<'_>) {
    let ud = vector.hex("ud");
    let expect = Vector(&vector.0["expect"]);
    let (udh, payload) = Udh::split(&ud).unwrap();
    elements(udh, &expect);
    assert_eq!(payload, expect.hex("payload"));
    let found: Vec<_> = udh.elements().collect();
    let rebuilt = [&card_ota::udh::build(&found).unwrap()[..], payload].concat();
    assert_eq!(rebuilt, ud);
}

fn tpdu(vector: &Vector<'_>) {
    let octets = vector.hex("tpdu");
    let expect = Vector(&vector.0["expect"]);
    let (udhi, user_data) = match vector.text("direction") {
        "deliver" => deliver(&octets, &expect),
        "submit" => submit(&octets, &expect),
        other => panic!("unknown direction {other}"),
    };
    assert_eq!(Some(udhi), expect.0["udhi"].as_bool());
    let payload = if udhi {
        let (udh, payload) = Udh::split(&user_data).unwrap();
        elements(udh, &expect);
        payload
    } else {
        assert_eq!(expect.0["ies"].as_array().map(Vec::len), Some(0));
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
        assert_eq!(Some(deliver.no_more_messages), expect.0["mms"].as_bool());
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
        assert_eq!(Some(submit.reject_duplicates), expect.0["rd"].as_bool());
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

fn segmentation(vector: &Vector<'_>) {
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
    if vector.0["encode_exact"].as_bool().unwrap() && indicator == Indicator::Command {
        assert_eq!(uds, expected);
    }
    let mut reassembly = Reassembly::<u8>::new();
    let outcomes: Vec<_> = expected.iter().rev().map(|ud| reassembly.accept(&1, ud, 0)).collect();
    let (last, before) = outcomes.split_last().unwrap();
    assert!(before.iter().all(|outcome| *outcome == Outcome::Partial));
    assert_eq!(*last, Outcome::Complete { indicator, packet });
}
