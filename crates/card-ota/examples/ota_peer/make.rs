use card_ota::packet::codec::{self, CodecKeys, CodecOptions};
use card_ota::packet::{CheckKey, CipherKey, CommandHeader, Counter, Rsc, Spi, Tar};
use card_ota::segment::{Indicator, segment, segment_wide};
use card_ota::tpdu::{Address, Scts, SmsDeliver, SmsSubmit, UserData, Validity};
use serde_json::{Value, json};

use crate::names::{checks, ciphers};
use crate::random::Random;

pub(crate) fn run(seed: u64, count: u64) {
    for n in 0..count {
        // Each packet has a seed of its own, so that one can be made again alone.
        let mut random = Random(seed.wrapping_mul(0x1_0000_0001).wrapping_add(n));
        let mut line = if random.once_in(2) { command(&mut random) } else { response(&mut random) };
        line["n"] = json!(n);
        line["seed"] = json!(seed);
        println!("{line}");
    }
}

/// What protects a packet, in the forms of the codec and of the line.
struct Protection {
    kic: Option<CipherKey>,
    kid: Option<CheckKey>,
    cc_length: usize,
    nibbles: [u8; 2],
    line: Value,
}

/// Keys for the integrity bits and the cipher bit of a packet.
fn protection(random: &mut Random, integrity: u8, ciphered: bool) -> Protection {
    let mut line = json!({ "cipher": null, "check": null, "kic_key": "", "kid_key": "" });
    let (mut kic, mut kid, mut nibbles, mut cc_length) = (None, None, [0, 0], 8);
    if ciphered {
        let (name, algorithm, lengths) = random.one_of(&ciphers());
        let length = random.one_of(lengths);
        let key = random.octets(length);
        nibbles[0] = if random.once_in(4) { 0 } else { algorithm.nibble() };
        kic = Some(CipherKey::new(algorithm, &key).unwrap());
        line["cipher"] = json!(name);
        line["kic_key"] = json!(hex::encode(key));
    }
    if integrity != 0 {
        let (name, algorithm, lengths) = random.one_of(&checks(integrity == 2));
        let length = random.one_of(lengths);
        let key = random.octets(length);
        nibbles[1] = if random.once_in(4) { 0 } else { algorithm.nibble() };
        if name == "aes-cmac" && random.once_in(4) {
            cc_length = 4;
        }
        kid = Some(CheckKey::new(algorithm, &key).unwrap());
        line["check"] = json!(name);
        line["kid_key"] = json!(hex::encode(key));
    }
    line["cc_length"] = json!(cc_length);
    Protection { kic, kid, cc_length, nibbles, line }
}

impl Protection {
    fn keys(&self) -> CodecKeys<'_> {
        CodecKeys { kic: self.kic.as_ref(), kid: self.kid.as_ref() }
    }

    fn options(&self) -> CodecOptions<'_> {
        CodecOptions { cc_length: self.cc_length, ..CodecOptions::default() }
    }
}

/// Mostly one or two segments, sometimes up to eight.
fn data(random: &mut Random) -> Vec<u8> {
    let most = random.one_of(&[16, 110, 250, 250, 1020]);
    let length = random.below(most + 1) as usize;
    random.octets(length)
}

fn counter(random: &mut Random) -> Counter {
    let bits = random.below(41);
    Counter::new(random.next() & ((1 << bits) - 1)).unwrap()
}

fn tar(random: &mut Random) -> Tar {
    Tar([random.octet(), random.octet(), random.octet()])
}

fn command(random: &mut Random) -> Value {
    let (integrity, ciphered) = (random.below(3) as u8, random.once_in(2));
    let spi1 = (random.below(4) as u8) << 3 | u8::from(ciphered) << 2 | integrity;
    let spi2 = random.octet() & 0x3F;
    let protection = protection(random, integrity, ciphered);
    let kvn = (random.below(16) as u8) << 4;
    let [kic, kid] = protection.nibbles.map(|nibble| kvn | nibble);
    let header = CommandHeader { spi: Spi([spi1, spi2]), kic, kid, tar: tar(random) };
    let (counter, data) = (counter(random), data(random));
    let packet =
        codec::seal_command(&header, protection.keys(), counter, &data, &protection.options()).unwrap();
    let mut line = protection.line;
    line["kind"] = json!("command");
    line["spi"] = json!(hex::encode(header.spi.0));
    line["kic"] = json!(kic);
    line["kid"] = json!(kid);
    fields(&mut line, header.tar, counter, &data, &packet);
    carry(random, &mut line, &packet, Indicator::Command);
    line
}

fn response(random: &mut Random) -> Value {
    let (integrity, ciphered) = (random.below(3) as u8, random.once_in(2));
    let spi = Spi([random.octet() & 0x1F, 0x21 | u8::from(ciphered) << 4 | integrity << 2]);
    let protection = protection(random, integrity, ciphered);
    let (tar, counter, rsc, data) = (tar(random), counter(random), Rsc(random.octet()), data(random));
    let packet =
        codec::seal_response(spi, tar, protection.keys(), counter, rsc, &data, &protection.options())
            .unwrap();
    let mut line = protection.line;
    line["kind"] = json!("response");
    line["spi"] = json!(hex::encode(spi.0));
    line["rsc"] = json!(rsc.0);
    fields(&mut line, tar, counter, &data, &packet);
    carry(random, &mut line, &packet, Indicator::Response);
    line
}

fn fields(line: &mut Value, tar: Tar, counter: Counter, data: &[u8], packet: &[u8]) {
    line["tar"] = json!(hex::encode(tar.0));
    line["cntr"] = json!(hex::encode(counter.octets()));
    line["data"] = json!(hex::encode(data));
    line["packet"] = json!(hex::encode(packet));
}

/// The short messages that carry a packet, in either direction: a command may be an applet's own message, too.
fn carry(random: &mut Random, line: &mut Value, packet: &[u8], indicator: Indicator) {
    let (reference, wide) = (random.next() as u16, random.once_in(4));
    let cut = if wide {
        segment_wide(packet, indicator, reference)
    } else {
        segment(packet, indicator, reference as u8)
    };
    let uds = cut.unwrap_or_else(|_| segment(packet, indicator, reference as u8).unwrap());
    let wide = wide && segment_wide(packet, indicator, reference).is_ok();
    let deliver = indicator == Indicator::Command && random.once_in(2);
    let type_octet = random.one_of(&[0x81, 0x91, 0xA1, 0xB1]);
    // A dissector looks up the country of an international number, so it gets one that exists.
    let number = match type_octet {
        0x91 => format!("358{}", random.digits(3, 12)),
        _ => random.digits(1, 20),
    };
    let address = Address::new(type_octet, &number).unwrap();
    let (pid, dcs) = (random.one_of(&[0x7F, 0x00]), random.one_of(&[0xF6, 0x16, 0x36, 0x56, 0x04]));
    let (stamp, flags) = (random.below(1 << 32), random.octet());
    let validity = match random.below(4) {
        0 => None,
        1 => Some(Validity::Relative(random.octet())),
        2 => Some(Validity::Absolute(Scts::from_unix(stamp).0)),
        _ => Some(Validity::Enhanced([0; 7])),
    };
    let tpdus: Vec<_> = uds
        .iter()
        .map(|ud| {
            let user_data = UserData::octets(ud.clone()).unwrap();
            if deliver {
                let scts = Scts::from_unix(stamp);
                let mut deliver = SmsDeliver::download(address.clone(), scts, Vec::new()).unwrap();
                (deliver.no_more_messages, deliver.status_report) = (flags & 1 != 0, flags & 2 != 0);
                (deliver.pid, deliver.dcs, deliver.user_data) = (pid, dcs, user_data);
                hex::encode(deliver.encode())
            } else {
                let mut submit = SmsSubmit::from_card(flags, address.clone(), Vec::new()).unwrap();
                (submit.reject_duplicates, submit.status_report) = (flags & 1 != 0, flags & 2 != 0);
                (submit.pid, submit.dcs, submit.user_data, submit.validity) = (pid, dcs, user_data, validity);
                hex::encode(submit.encode())
            }
        })
        .collect();
    line["direction"] = json!(if deliver { "deliver" } else { "submit" });
    line["number"] = json!(number);
    line["type_octet"] = json!(type_octet);
    line["flags"] = json!(flags);
    line["pid"] = json!(pid);
    line["dcs"] = json!(dcs);
    line["stamp"] = json!(stamp);
    line["validity"] = match validity {
        None => Value::Null,
        Some(Validity::Relative(octet)) => json!(hex::encode([octet])),
        Some(Validity::Absolute(octets) | Validity::Enhanced(octets)) => json!(hex::encode(octets)),
    };
    line["reference"] = json!(if wide { reference } else { reference & 0xFF });
    line["wide"] = json!(wide);
    line["uds"] = json!(uds.iter().map(hex::encode).collect::<Vec<_>>());
    line["tpdus"] = json!(tpdus);
}
