//! Every message in every shape: what is written is read again, and looks as clients of the field expect.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the checks stand outside the test functions")]

mod support;

use mss_core::{Fault, FaultCode, PublicFault};
use mss_wire::{
    Envelope, Limits, Request, RequestRef, Response, ResponseRef, SoapVersion, decode, decode_response,
    encode_fault, encode_home_fault, encode_request, encode_response, encode_role_fault,
};
use support::*;

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

/// Decoded and written again, a request is the same octets; so nothing of it is lost, masked fields included.
fn check_request<'a>(request: impl Into<RequestRef<'a>>, envelope: &Envelope) -> Request {
    let octets = encode_request(request, envelope);
    let decoded = decode(&octets, Limits::MESSAGE).unwrap_or_else(|e| panic!("{envelope:?}: {e}"));
    let version = decoded.envelope.version;
    assert_eq!(decoded.envelope, Envelope { version, ..*envelope });
    let again = encode_request(request_ref(&decoded.request).unwrap(), &decoded.envelope);
    assert_eq!(text(again), text(octets));
    decoded.request
}

fn check_response<'a>(response: impl Into<ResponseRef<'a>>, envelope: &Envelope) -> (Response, String) {
    let octets = encode_response(response, envelope);
    let decoded = decode_response(&octets, Limits::MESSAGE).unwrap_or_else(|e| panic!("{envelope:?}: {e}"));
    let again = text(encode_response(response_ref(&decoded).unwrap(), envelope));
    assert_eq!(again, text(octets));
    (decoded, again)
}

fn same(one: &dyn std::fmt::Debug, other: &dyn std::fmt::Debug) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[test]
fn requests_survive_every_shape() {
    for envelope in envelopes() {
        let request = signature_request(" Pay 10 €?\r\n ");
        let Request::Signature(read) = check_request(&request, &envelope) else { panic!() };
        same(&read, &request);
        assert_eq!(read.ap_info.ap_pwd.expose(), request.ap_info.ap_pwd.expose());
        assert_eq!(read.mobile_user.msisdn, request.mobile_user.msisdn);
        let Request::Status(read) = check_request(&status_query(), &envelope) else { panic!() };
        same(&read, &status_query());
        for version in [(1, 1), (2, 0)] {
            let Request::Profile(read) = check_request(&profile_query(version), &envelope) else { panic!() };
            same(&read, &profile_query(version));
        }
        let request = registration_request();
        let Request::Registration(read) = check_request(&request, &envelope) else { panic!() };
        same(&read, &request);
    }
}

#[test]
fn responses_survive_every_shape() {
    for envelope in envelopes() {
        let (Response::Signature(read), _) = check_response(&signature_response(), &envelope) else {
            panic!()
        };
        same(&read, &signature_response());
        let (Response::Status(read), _) = check_response(&status_response(), &envelope) else { panic!() };
        same(&read, &status_response());
        let (Response::Profile(read), _) = check_response(&profile_response(), &envelope) else { panic!() };
        same(&read, &profile_response());
        let (Response::Registration(read), _) = check_response(&registration_response(), &envelope) else {
            panic!()
        };
        same(&read, &registration_response());
    }
}

#[test]
fn role_faults_survive_every_shape() {
    let plain = Fault::new(FaultCode::UNKNOWN_CLIENT, "no such user");
    let nested = Fault::new(FaultCode::WRONG_PARAM, "\n <service> & \"co\" \r\n").with_sub(1014);
    let faults = [
        Fault { node: Some("http://hmssp.example".to_owned()), ..plain.clone() },
        Fault { node: Some(String::new()), ..nested.clone() },
        Fault::new(FaultCode(603), ""),
        plain,
        nested,
    ];
    for envelope in envelopes() {
        for fault in &faults {
            let octets = encode_role_fault(fault, &envelope);
            match decode_response(&octets, Limits::MESSAGE).unwrap() {
                Response::Fault(read) => assert_eq!(&read, fault),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn answers_have_the_text_that_clients_look_for() {
    let mss = "xmlns:mss=\"http://uri.etsi.org/TS102204/v1.1.2#\"";
    let fi = "xmlns:fi=\"http://mss.ficom.fi/TS102204/v1.0.0#\"";
    let versions = "MajorVersion=\"1\" MinorVersion=\"1\" MSSP_TransID=\"S1f-00ff\"";
    let tns = "xmlns=\"http://uri.etsi.org/TS102204/etsi204-kiuru.wsdl\"";
    let table = [
        (Envelope::SHAPE_A, format!("<MSS_SignatureResponse><mss:MSS_SignatureResp {versions} {mss} {fi}>")),
        (Envelope::SHAPE_B, format!("<MSS_SignatureResponse><MSS_SignatureResp {versions}>")),
        (
            Envelope::SHAPE_D,
            format!("<MSS_SignatureResponse {tns}><MSS_SignatureResp {versions} xmlns=\"\">"),
        ),
        (
            Envelope::SHAPE_G,
            format!("<mss:MSS_SignatureResponse {mss}><mss:MSS_SignatureResp {versions} {mss} {fi}>"),
        ),
    ];
    for (envelope, start) in table {
        let (_, answer) = check_response(&signature_response(), &envelope);
        let repeated = if envelope.qualified_accessor { String::new() } else { format!(" {mss} {fi}") };
        for part in [
            &format!("<soapenv:Body>{start}<mss:AP_Info AP_ID=\"http://ap.example/a?b&amp;c\""),
            "AP_TransID=\"3f2b1c7e-0000-4000-8000-000000000001\" AP_PWD=\"p&lt;&amp;&quot;w \" Instant=\"2025-01-15T11:00:00+01:00\"",
            &format!("<mss:MobileUser{repeated}>"),
            "<mss:MSISDN>358501234567</mss:MSISDN>",
            &format!("<mss:Status{repeated}><mss:StatusCode Value=\"502\"/>"),
            "<mss:StatusMessage>VALID_SIGNATURE</mss:StatusMessage>",
        ] {
            assert!(answer.contains(part), "{part}\nis not in\n{answer}");
        }
        assert_eq!(
            answer.matches(mss).count(),
            if envelope.qualified_accessor { 1 } else { 6 } + usize::from(envelope == Envelope::SHAPE_G)
        );
    }
}

#[test]
fn faults_have_the_text_that_clients_look_for() {
    let fault = PublicFault {
        code: FaultCode::WRONG_PARAM,
        sub: Some(1014),
        detail: "Illegal <msisdn>".to_owned(),
        node: "http://ae.example".to_owned(),
    };
    let written = text(encode_fault(&fault, &Envelope::SHAPE_D));
    for part in [
        "<soapenv:Envelope xmlns:soapenv=\"http://www.w3.org/2003/05/soap-envelope\"><soapenv:Body><soapenv:Fault>",
        "<soapenv:Code><soapenv:Value>soapenv:Sender</soapenv:Value><soapenv:Subcode xmlns:mss=",
        "<soapenv:Value>mss:_101</soapenv:Value><soapenv:Subcode><soapenv:Value>fi:_1014</soapenv:Value></soapenv:Subcode>",
        "<soapenv:Text xml:lang=\"en\">WRONG_PARAM</soapenv:Text>",
        "<soapenv:Node>http://ae.example</soapenv:Node>\
         <soapenv:Role>http://uri.etsi.org/TS102207/v1.1.3#role_AcquiringEntity</soapenv:Role><soapenv:Detail>",
        "<ns1:detail xmlns:ns1=\"http://kiuru.methics.fi/mssp\">Illegal &lt;msisdn&gt;</ns1:detail></soapenv:Detail>",
    ] {
        assert!(written.contains(part), "{part}\nis not in\n{written}");
    }
    let empty = PublicFault { sub: None, detail: String::new(), ..fault.clone() };
    assert!(text(encode_fault(&empty, &Envelope::SHAPE_A)).contains("mssp\"></ns1:detail>"));
    let old = Envelope { soap: SoapVersion::V1_1, ..Envelope::SHAPE_G };
    let written = text(encode_fault(&fault, &old));
    assert!(
        written.contains(">mss:_101._1014</faultcode><faultstring>WRONG_PARAM</faultstring>"),
        "{written}"
    );
    assert!(!written.contains("role_"), "{written}");
}

#[test]
fn a_fault_of_a_home_names_its_role_and_is_read_as_before() {
    let fault = Fault { node: Some("http://home.example".into()), ..Fault::new(FaultCode::WRONG_PARAM, "x") };
    let octets = encode_home_fault(&fault, &Envelope::SHAPE_A);
    let role =
        "</soapenv:Node><soapenv:Role>http://uri.etsi.org/TS102207/v1.1.3#role_HomeMSSP</soapenv:Role>";
    assert!(text(octets.clone()).contains(role));
    let Ok(Response::Fault(read)) = decode_response(&octets, Limits::default()) else { panic!("a fault") };
    assert_eq!(read, fault);
    // Nobody's role where nobody is named.
    let nameless = Fault { node: None, ..fault };
    assert!(!text(encode_home_fault(&nameless, &Envelope::SHAPE_A)).contains("Role"));
}

#[test]
fn a_card_batch_of_megabytes_travels_when_the_limit_allows() {
    let mut request = registration_request();
    let batch = "QUJD".repeat(1 << 20);
    request.operations[0].parameters[0].value.clone_from(&batch);
    let octets = encode_request(&request, &Envelope::SHAPE_A);
    let limits = Limits::MESSAGE.with_max_octets(8 << 20);
    let Request::Registration(read) = decode(&octets, limits).unwrap().request else { panic!() };
    assert_eq!(read.operations[0].parameters[0].value, batch);
    let refused = decode(&octets, Limits::MESSAGE).unwrap_err();
    assert_eq!(refused.fault.code, FaultCode::WRONG_PARAM);
}
