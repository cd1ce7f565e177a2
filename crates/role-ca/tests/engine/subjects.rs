use mss_core::Operation;
use mss_pki::Signer;
use role_ca::{OrderId, OrderedSubject, Refusal, UserOrder};

use crate::world::{SERIAL, World};

#[test]
fn what_cannot_stand_in_a_name_is_refused() {
    let key = World::new().key();
    let long = "x".repeat(200);
    let parse = |given_name: &str, surname: &str, serial_number: &str, common_name: &str| {
        let subject = OrderedSubject { given_name, surname, serial_number, common_name };
        let order_id = OrderId::parse("S1").unwrap();
        UserOrder::parse(order_id, key.public_key().spki_der(), Operation::Sign, subject)
    };
    assert!(parse("Väinö", "Ääri", SERIAL, "Väinö Ääri").is_ok());
    for (given, surname, serial) in [
        ("", "Ääri", SERIAL),
        ("Väinö", "", SERIAL),
        ("Väinö", "Ääri", ""),
        (&long, "Ääri", SERIAL),
        ("Väinö", &long, SERIAL),
        ("Väinö", "Ääri", &long),
        ("Väi\nnö", "Ääri", SERIAL),
        ("Väinö", "Ää\0ri", SERIAL),
        ("Väinö", "Ääri", "FI-0123456789ABCDÉF"),
        ("Väinö", "Ääri", "FI-1"),
    ] {
        let refused = parse(given, surname, serial, &format!("{given} {surname}"));
        assert!(matches!(refused, Err(Refusal::Subject(_))), "{given:?} {surname:?} {serial:?}");
    }
    for common_name in ["", "Ääri", "Väinö  Ääri", "Väinö Ääri ", "Ääri Väinö"] {
        let refused = parse("Väinö", "Ääri", SERIAL, common_name);
        assert_eq!(refused.err(), Some(Refusal::CommonName), "{common_name:?}");
    }
}

#[test]
fn only_p256_keys_are_certified() {
    let subject = OrderedSubject {
        given_name: "Väinö",
        surname: "Ääri",
        serial_number: SERIAL,
        common_name: "Väinö Ääri",
    };
    let mut spki = World::new().key().public_key().spki_der().to_vec();
    let parse =
        |spki: &[u8]| UserOrder::parse(OrderId::parse("S1").unwrap(), spki, Operation::Sign, subject).err();
    assert_eq!(parse(&spki), None);
    assert_eq!(parse(&[]), Some(Refusal::PublicKey));
    *spki.last_mut().unwrap() ^= 1;
    assert_eq!(parse(&spki), Some(Refusal::PublicKey), "off the curve");
}
