use card_ota::packet::codec::{self, CodecKeys, CodecOptions};
use card_ota::packet::{CheckKey, CipherKey, Spi};
use card_ota::reassembly::{Outcome, Reassembly};
use card_ota::segment::Indicator;
use card_ota::tpdu::{Address, SmsDeliver, SmsSubmit};
use card_ota::udh::Udh;
use serde_json::{Value, json};

use crate::names::{CHECKS, CIPHERS};

pub(crate) fn run() {
    for line in std::io::stdin().lines() {
        let line: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let mut answer = decode(&line).unwrap_or_else(|refused| json!({ "refused": refused }));
        answer["n"] = line["n"].clone();
        println!("{answer}");
    }
}

fn octets(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hex")
}

fn decode(line: &Value) -> Result<Value, String> {
    let mut reassembly = Reassembly::<String>::new();
    let mut messages = Vec::new();
    let mut joined = None;
    for tpdu in line["tpdus"].as_array().expect("TPDUs") {
        let (message, source, ud) = tpdu_of(line["direction"] == "deliver", &octets(tpdu))?;
        messages.push(message);
        if let Outcome::Complete { indicator, packet } = reassembly.accept(&source, &ud, 0) {
            joined = Some((indicator, packet));
        }
    }
    let (indicator, packet) = joined.ok_or("no complete packet")?;
    let mut answer = packet_of(line, indicator, &packet)?;
    answer["messages"] = json!(messages);
    answer["packet"] = json!(hex::encode(packet));
    Ok(answer)
}

fn tpdu_of(deliver: bool, octets: &[u8]) -> Result<(Value, String, Vec<u8>), String> {
    let (mut message, address, ud) = if deliver {
        let deliver = SmsDeliver::decode(octets).map_err(|error| error.to_string())?;
        assert_eq!(deliver.encode(), octets, "encoded again");
        let message = json!({
            "pid": deliver.pid, "dcs": deliver.dcs, "stamp": deliver.scts.to_unix(),
            "flags": [deliver.no_more_messages, deliver.status_report, deliver.reply_path],
        });
        (message, deliver.originator, deliver.user_data.into_vec())
    } else {
        let submit = SmsSubmit::decode(octets).map_err(|error| error.to_string())?;
        assert_eq!(submit.encode(), octets, "encoded again");
        let message = json!({
            "pid": submit.pid, "dcs": submit.dcs, "reference": submit.reference,
            "flags": [submit.reject_duplicates, submit.status_report, submit.reply_path],
        });
        (message, submit.destination, submit.user_data.into_vec())
    };
    let (number, name) = (address.digits(), address.name());
    message["number"] = json!(number);
    message["name"] = json!(name);
    message["type_octet"] = json!(address.ton_npi());
    let (udh, _) = Udh::split(&ud).map_err(|error| error.to_string())?;
    let elements: Vec<_> =
        udh.elements().map(|element| json!([element.id, hex::encode(element.data)])).collect();
    message["elements"] = json!(elements);
    let source = Address::digits(&address).unwrap_or_default();
    Ok((message, source, ud))
}

fn packet_of(line: &Value, indicator: Indicator, packet: &[u8]) -> Result<Value, String> {
    let cipher = CIPHERS.iter().find(|(name, ..)| line["cipher"] == *name);
    let check = CHECKS.iter().find(|(name, ..)| line["check"] == *name);
    let kic = cipher.map(|(_, algorithm, _)| CipherKey::new(*algorithm, &octets(&line["kic_key"])).unwrap());
    let kid = check.map(|(_, algorithm, _)| CheckKey::new(*algorithm, &octets(&line["kid_key"])).unwrap());
    let keys = CodecKeys { kic: kic.as_ref(), kid: kid.as_ref() };
    let cc_length = line["cc_length"].as_u64().expect("a length") as usize;
    let options = CodecOptions { cc_length, ..CodecOptions::default() };
    match indicator {
        Indicator::Command => {
            let opened = codec::open_command(packet, keys, &options).map_err(|error| error.to_string())?;
            let header = &opened.header;
            let again = codec::seal_command(header, keys, opened.counter, opened.data(), &options);
            Ok(json!({
                "kind": "command",
                "spi": hex::encode(header.spi.0), "kic": header.kic, "kid": header.kid,
                "tar": hex::encode(header.tar.0), "cntr": hex::encode(opened.counter.octets()),
                "data": hex::encode(opened.data()), "padding": hex::encode(opened.padding()),
                "cc": hex::encode(opened.cc()), "again": again.ok().map(hex::encode),
            }))
        }
        Indicator::Response => {
            let spi = Spi(octets(&line["spi"]).try_into().expect("two octets"));
            let opened =
                codec::open_response(packet, spi, keys, &options).map_err(|error| error.to_string())?;
            let again = codec::seal_response(
                spi,
                opened.tar,
                keys,
                opened.counter,
                opened.rsc,
                opened.data(),
                &options,
            );
            Ok(json!({
                "kind": "response", "spi": line["spi"], "rsc": opened.rsc.0, "checked": opened.checked,
                "proven": opened.proven,
                "tar": hex::encode(opened.tar.0), "cntr": hex::encode(opened.counter.octets()),
                "data": hex::encode(opened.data()), "padding": hex::encode(opened.padding()),
                "cc": hex::encode(opened.cc()), "again": again.ok().map(hex::encode),
            }))
        }
    }
}
