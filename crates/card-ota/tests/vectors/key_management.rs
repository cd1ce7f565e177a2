//! Key check values, PUT KEY commands and install parameters.
use card_ota::global_platform::{
    InstallParameters, KeyBlock, KeyKind, KeyMaterial, PutKey, PutKeyError, ReceivedKeys,
};

use crate::vector::Vector;

pub(crate) fn check(vector: &Vector<'_>) {
    match vector.text("kind") {
        "kcv" => {
            let key = KeyMaterial::new(kind(vector, "key_type"), &vector.hex("key")).unwrap();
            assert_eq!(key.check_value(), vector.octets("kcv"));
        }
        "put_key" => put_key(vector),
        "install_parameters" => install_parameters(vector),
        other => panic!("unknown kind {other}"),
    }
}

fn kind(vector: &Vector<'_>, field: &str) -> KeyKind {
    let [octet] = vector.octets(field);
    KeyKind::from_octet(octet).expect("a key type")
}

fn put_key(vector: &Vector<'_>) {
    let key_kind = kind(vector, "key_type");
    let dek_kind = if vector.has("dek_type") { kind(vector, "dek_type") } else { key_kind };
    let dek = KeyMaterial::new(dek_kind, &vector.hex("dek")).unwrap();
    let keys = vector.list("keys");
    let keys: Vec<_> = keys.iter().map(|key| KeyMaterial::new(key_kind, key).unwrap()).collect();
    let block = match vector.value["inner_length_octet"].as_bool() {
        Some(true) => KeyBlock::ClearLengthFirst,
        _ => KeyBlock::Plain,
    };
    let ([old_kvn], [new_kvn]) = (vector.octets("old_kvn"), vector.octets("new_kvn"));
    let first_id = vector.value["key_id"].as_str().map_or(1, |_| vector.octets::<1>("key_id")[0]);
    let put = PutKey { old_kvn, new_kvn, first_id, keys: &keys, block };
    let apdu = vector.hex("apdu");
    // The last octet Le is optional.
    let encoded = put.encode(&dek).unwrap();
    assert!(apdu == encoded || apdu == [&encoded[..], &[0]].concat());

    let received = ReceivedKeys::decode(&apdu, &dek, block).ok().unwrap();
    assert_eq!((received.old_kvn, received.new_kvn), (old_kvn, new_kvn));
    assert!(received.keys.iter().map(KeyMaterial::expose).eq(keys.iter().map(KeyMaterial::expose)));
    assert!(put.confirmed_by(&put.answer()));
    // Under any other key nothing comes out.
    let mut other = vector.hex("dek");
    other[0] ^= 0x02;
    let other = KeyMaterial::new(dek_kind, &other).unwrap();
    let refused = ReceivedKeys::decode(&apdu, &other, block).err();
    assert_eq!(refused, Some(PutKeyError::CheckValue));
}

fn install_parameters(vector: &Vector<'_>) {
    let memory = |field: &str| vector.has(field).then(|| u16::try_from(vector.number(field)).unwrap());
    let octets = |field: &str| vector.has(field).then(|| vector.hex(field));
    let (application, toolkit) = (octets("application"), octets("stk"));
    let parameters = InstallParameters {
        application: application.as_deref().unwrap_or_default(),
        volatile: memory("volatile"),
        non_volatile: memory("non_volatile"),
        toolkit: toolkit.as_deref(),
    };
    assert_eq!(parameters.encode().unwrap(), vector.hex("out"));
}
