//! Whatever comes, nothing panics; and every text comes back as it was sent.
mod support;

use mss_core::{Fault, FaultCode};
use mss_wire::{
    Envelope, Limits, Request, Response, decode, decode_response, encode_request, encode_role_fault,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use support::*;

/// Documents to be damaged: the samples, or our own where there are none.
fn documents() -> Vec<Vec<u8>> {
    let mut all: Vec<_> =
        samples().into_iter().map(|(_, octets)| octets).filter(|o| o.len() < 20_000).collect();
    all.push(encode_request(&signature_request("text"), &Envelope::SHAPE_D));
    all.push(encode_request(&registration_request(), &Envelope::SHAPE_A));
    all
}

fn read_both(document: &[u8]) {
    let _ = decode(document, Limits::MESSAGE);
    let _ = decode_response(document, Limits::MESSAGE);
}

/// Characters that XML can hold.
fn any_text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            4 => prop::sample::select(vec!['\n', '\r', '\t', ' ', '<', '&', '>', ']', '"', '\'', 'a', 'ä', '😀']),
            1 => any::<char>().prop_filter("allowed by XML", |c| {
                !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')
            }),
        ],
        0..40,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn random_octets_do_no_harm(octets in vec(any::<u8>(), 0..300)) {
        read_both(&octets);
    }

    #[test]
    fn random_markup_does_no_harm(parts in vec(prop::sample::select(vec![
        "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&", ";", "#x", "\"", "=", " ", "a",
        "xmlns", ":", "<a>", "</a>", "<!DOCTYPE", "\u{e4}", "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'>",
        "<e:Body>", "<MSS_Signature>", "<e:Fault>",
    ]), 0..60)) {
        read_both(parts.concat().as_bytes());
    }

    #[test]
    fn every_text_to_be_signed_comes_back(text in any_text(), shape in 0_usize..4) {
        let octets = encode_request(&signature_request(&text), &SHAPES[shape]);
        match decode(&octets, Limits::MESSAGE).map(|decoded| decoded.request) {
            Ok(Request::Signature(read)) => prop_assert_eq!(read.dtbs.text, text),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn every_role_fault_comes_back(detail in any_text(), node in prop::option::of(any_text()),
                                   code in any::<u16>(), sub in prop::option::of(any::<u16>())) {
        let fault = Fault { code: FaultCode(code), sub, detail, node };
        for envelope in envelopes() {
            match decode_response(&encode_role_fault(&fault, &envelope), Limits::MESSAGE) {
                Ok(Response::Fault(read)) => prop_assert_eq!(&read, &fault),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

#[test]
fn damaged_messages_do_no_harm() {
    let documents = documents();
    let damage = vec((any::<Index>(), any::<u8>(), 0_u8..4), 1..6);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(any::<Index>(), damage), |(which, damage)| {
        let mut document = which.get(&documents).clone();
        for (place, octet, how) in damage {
            if document.is_empty() {
                break;
            }
            let at = place.index(document.len());
            match how {
                0 => document[at] = octet,
                1 => drop(document.remove(at)),
                2 => document.insert(at, octet),
                _ => document.truncate(at),
            }
        }
        read_both(&document);
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn every_beginning_of_a_message_is_refused() {
    let whole = encode_request(&signature_request("text"), &Envelope::SHAPE_A);
    for end in 0..whole.len() {
        assert!(decode(&whole[..end], Limits::MESSAGE).is_err(), "{end}");
    }
    assert!(decode(&whole, Limits::MESSAGE).is_ok());
}
