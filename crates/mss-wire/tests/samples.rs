//! The shared samples: what clients and servers of the field really send.
#![expect(clippy::panic, reason = "a check stands outside the test functions")]

mod support;

use mss_core::{FaultCode, StatusCode, message::MessagingMode};
use mss_wire::{
    Decoded, Envelope, Limits, Request, Response, SoapVersion, WrapperNamespace, decode, decode_response,
    encode_request, encode_response, encode_role_fault,
};
use support::*;

/// Whether the sample is something that a server is asked; the name says it. The quirks all are.
fn is_request(name: &str) -> bool {
    name.contains("-req") || name.contains("notification-resp") || name.starts_with(char::is_alphabetic)
}

fn read(name: &str) -> Option<Decoded> {
    Some(decode(&sample(name)?, Limits::MESSAGE).unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[test]
fn requests_are_read_as_what_they_are() {
    for (name, octets) in samples().into_iter().filter(|(name, _)| is_request(name)) {
        let decoded = decode(&octets, Limits::MESSAGE);
        // A signature over the message must be understood, and is not.
        if name == "70-roaming-signature-req" {
            assert_eq!(decoded.unwrap_err().fault.code, FaultCode::INCOMPATIBLE_INTERFACE);
            continue;
        }
        if name == "53-notification-resp" {
            assert_eq!(decoded.unwrap_err().fault.code, FaultCode::INCOMPATIBLE_INTERFACE);
            continue;
        }
        let decoded = decoded.unwrap_or_else(|e| panic!("{name}: {e}"));
        let right = match &decoded.request {
            Request::Signature(_) => name.contains("signature-req"),
            Request::Status(_) => name.contains("status-req"),
            Request::Profile(_) => name.contains("profile-req"),
            Request::Registration(_) => name.contains("registration-req"),
            Request::Unsupported("MSS_Receipt") => name.contains("receipt-req"),
            Request::Unsupported("MSS_Handshake") => name.contains("handshake-req"),
            Request::Unsupported(_) => name.contains("notification-req"),
        };
        // The names of the quirks say what is strange about them.
        assert!(right || !name.starts_with(|c: char| c.is_ascii_digit()), "{name}: {:?}", decoded.request);
        let Some(request) = request_ref(&decoded.request) else { continue };
        let written = encode_request(request, &decoded.envelope);
        let again = decode(&written, Limits::MESSAGE).unwrap();
        assert_eq!(again.envelope, decoded.envelope, "{name}");
        assert_eq!(format!("{:?}", again.request), format!("{:?}", decoded.request), "{name}");
    }
}

#[test]
fn answers_are_read_as_what_they_are() {
    for (name, octets) in samples().into_iter().filter(|(name, _)| !is_request(name)) {
        let decoded = decode_response(&octets, Limits::MESSAGE);
        if name.contains("receipt") || name.contains("handshake") || name == "71-roaming-signature-resp" {
            assert_eq!(decoded.unwrap_err().0.code, FaultCode::INCOMPATIBLE_INTERFACE, "{name}");
            continue;
        }
        let decoded = decoded.unwrap_or_else(|e| panic!("{name}: {e}"));
        let right = match &decoded {
            Response::Signature(_) => name.contains("signature-resp"),
            Response::Status(_) => name.contains("status-resp"),
            Response::Profile(_) => name.contains("profile-resp"),
            Response::Registration(_) => name.contains("registration-resp"),
            Response::Fault(_) => name.contains("fault"),
        };
        assert!(right, "{name}: {decoded:?}");
        let written = match (&decoded, response_ref(&decoded)) {
            (_, Some(response)) => encode_response(response, &Envelope::SHAPE_D),
            (Response::Fault(fault), None) => encode_role_fault(fault, &Envelope::SHAPE_A),
            (_, None) => continue,
        };
        let again = decode_response(&written, Limits::MESSAGE).unwrap();
        assert_eq!(format!("{again:?}"), format!("{decoded:?}"), "{name}");
    }
}

#[test]
fn the_shapes_of_the_clients_are_seen() {
    let shape =
        |soap, wrapper, qualified_accessor, version| Envelope { soap, wrapper, qualified_accessor, version };
    for (name, expected) in [
        ("44-laverca-signature-req", Envelope::SHAPE_A),
        ("45-axis14-signature-req", Envelope::SHAPE_A),
        ("30-ficom-signature-req-services", Envelope::SHAPE_A),
        ("48-zeep-signature-req", Envelope::SHAPE_B),
        ("61-valimo-signature-req-unqualified-accessor", Envelope::SHAPE_B),
        ("47-cxf-signature-req", Envelope::SHAPE_D),
        ("46-jaxwsri-signature-req", Envelope { version: (1, 2), ..Envelope::SHAPE_D }),
        ("49-jaxwsri-profile-req-v2", Envelope { version: (2, 0), ..Envelope::SHAPE_D }),
        ("ts-soap11-status-req", shape(SoapVersion::V1_1, WrapperNamespace::Mss, true, (1, 1))),
    ] {
        if let Some(decoded) = read(name) {
            assert_eq!(decoded.envelope, expected, "{name}");
        }
    }
}

#[test]
fn the_contents_of_requests_are_right() {
    let Some(Decoded { request: Request::Signature(request), .. }) =
        read("38-ficom-signature-req-personidentity")
    else {
        return;
    };
    assert_eq!(request.ap_info.ap_id.as_str(), "http://ap.example.com");
    assert_eq!(request.ap_info.ap_pwd.expose(), "secret");
    assert_eq!(request.mobile_user.msisdn.unwrap().digits(), "358501234567");
    assert_eq!((request.mode, request.timeout_s), (MessagingMode::Synch, None));
    let services: Vec<_> = request.services.iter().map(|s| s.parameter.as_deref()).collect();
    assert_eq!(services, [Some("A1B2"), Some("A1B2"), Some("fi"), Some("Example Oy"), None]);
    assert_eq!(request.dtbs.encoding.as_deref(), Some("utf-8"));

    let Some(Decoded { request: Request::Signature(request), .. }) = read("30-ficom-signature-req-services")
    else {
        panic!()
    };
    assert_eq!(request.dtbs.text, "24F56B879D6ADF71027E65A7095D1162EAF17C7A");
    assert!(request.profile_uri.unwrap().ends_with("authentication-profile.xml"));

    let Some(Decoded { request: Request::Signature(request), .. }) = read("php-timeout-as-element") else {
        panic!()
    };
    assert_eq!(request.timeout_s, Some(80));
    for name in ["valimo-status-req-transid-element", "ts-soap11-status-req"] {
        let Some(Decoded { request: Request::Status(query), .. }) = read(name) else { panic!() };
        assert_eq!(query.mssp_trans_id.as_str(), "h4dhx");
    }
    for (name, expected) in [("09-profile-req-v2-params", true), ("42-laverca-profile-req", false)] {
        let Some(Decoded { request: Request::Profile(query), .. }) = read(name) else { panic!() };
        assert_eq!(query.with_certificates, expected, "{name}");
    }
    let Some(Decoded { request: Request::Registration(request), .. }) = read("54-registration-req-mreg")
    else {
        panic!()
    };
    assert_eq!(request.operations[0].parameter("MSISDN"), Some("+358501234567"));
    assert_eq!(request.target.msisdn.unwrap().digits(), "358501234567");
}

#[test]
fn the_contents_of_answers_are_right() {
    let Some(octets) = sample("10-profile-resp-v2") else { return };
    let Ok(Response::Profile(answer)) = decode_response(&octets, Limits::MESSAGE) else { panic!() };
    let seen: Vec<_> =
        answer.certificates.iter().map(|c| (c.state.as_str(), c.algorithm.as_str(), c.path.len())).collect();
    assert_eq!(seen, [("INACTIVE", "RSA", 2), ("INACTIVE", "EC", 2), ("ACTIVE", "RSA", 2)]);
    assert_eq!(answer.profile_uris.len(), 4);

    let read = |name: &str| decode_response(&sample(name).unwrap(), Limits::MESSAGE).unwrap();
    let Response::Status(answer) = read("26-tns-status-resp-500") else { panic!() };
    assert_eq!(answer.status, StatusCode::SIGNATURE);
    assert_eq!(answer.signature.unwrap().first(), Some(&0x30));
    let Response::Fault(fault) = read("16-fault-404-relayed-by-ae") else { panic!() };
    assert_eq!(
        (fault.code, fault.node.as_deref()),
        (FaultCode::NO_KEY_FOUND, Some("http://mid.swisscom.ch/"))
    );
    assert!(
        fault.detail.starts_with("Fault received from URL") && fault.detail.ends_with("state REGISTERED")
    );
    let Response::Fault(fault) = read("37-ficom-fault-nested-subcode") else { panic!() };
    assert_eq!((fault.code, fault.sub), (FaultCode::WRONG_PARAM, Some(1014)));
    let Response::Registration(answer) = read("55-registration-resp-mreg") else { panic!() };
    assert_eq!((answer.outputs.len(), answer.outputs[0].parameters[0].value.as_str()), (1, "ACTIVE"));
}

#[test]
fn the_roaming_header_is_read_when_nothing_else_must_be_understood() {
    let Some(octets) = sample("70-roaming-signature-req") else { return };
    let document = String::from_utf8(octets).unwrap();
    let signature = "<mss:MSS_MessageSignature xmlns:mss=\"http://uri.etsi.org/TS102204/v1.1.2#\" env:mustUnderstand=\"true\"";
    assert!(document.contains(signature));
    let document = document.replace(signature, &signature.replace("true", "false"));
    let decoded = decode(document.as_bytes(), Limits::MESSAGE).unwrap();
    let Request::Signature(request) = decoded.request else { panic!() };
    let seen: Vec<_> = request.roaming.iter().map(|e| (e.transaction_id.as_str(), e.timeout_s)).collect();
    assert_eq!(seen, [("AEd2u5", 59), ("REx91", 58)]);
    assert_eq!(request.roaming[0].sender.uri.as_deref(), Some("http://ae.example.com"));
    assert_eq!(decoded.envelope, Envelope::SHAPE_G);
}
