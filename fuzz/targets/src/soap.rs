//! SOAP: requests as an AE, HMSSP or ME reads them, and answers as a client or the next role reads them.
use mss_core::{
    ApId, ApPassword, ApTransId, Fault, FaultCode, MeshMember, Msisdn, MsspTransId, StatusCode, Timestamp,
    message::{
        AdditionalService, ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo,
        ProfileQuery, ProfileResp, RoamingEntry, SignatureReq, SignatureResp, StatusQuery, StatusResp,
        UserCertificate,
    },
    registration::{
        self, MregKind, MregOperation, MregOutput, MregParameter, RegistrationReq, RegistrationResp,
    },
};
use mss_wire::{
    Envelope, Limits, Request, RequestRef, Response, ResponseRef, SoapVersion, decode, decode_response,
    encode_request, encode_response, encode_role_fault,
};

/// Small enough to be reached by a fuzzer.
const TIGHT: Limits =
    Limits { max_octets: 1_024, max_depth: 6, max_elements: 12, max_attributes: 6, max_namespaces: 6 };

/// What a decoder may say of a request (`mss_wire::decode`).
const REFUSALS: [u16; 4] = [101, 102, 108, 710];

/// A request, under the limits of the field and under tight ones.
///
/// # Panics
/// When what was read is not read again from its own encoding, a refusal is none of those documented or cannot be
/// answered, or tighter limits read something else.
pub fn run(octets: &[u8]) {
    let read = decode(octets, Limits::MESSAGE);
    let tight = decode(octets, TIGHT);
    assert!(tight.is_err() || octets.len() <= TIGHT.max_octets, "a limit is passed");
    let decoded = match read {
        Ok(decoded) => decoded,
        Err(failure) => {
            assert!(tight.is_err(), "tight limits read more than wide ones");
            assert!(REFUSALS.contains(&failure.fault.code.0), "{}", failure.fault);
            assert!(failure.fault.detail.len() < 512, "a refusal quotes the request: {}", failure.fault);
            check_fault(&failure.fault, &failure.envelope);
            return;
        }
    };
    let Some(request) = request_ref(&decoded.request) else { return };
    let written = encode_request(request, &decoded.envelope);
    if let Ok(tight) = tight
        && let Some(request) = request_ref(&tight.request)
    {
        assert_eq!(encode_request(request, &tight.envelope), written, "limits change what is read");
    }
    let again = match decode(&written, Limits::MESSAGE.with_max_octets(usize::MAX)) {
        Ok(again) => again,
        Err(failure) => panic!("{failure}: {}", String::from_utf8_lossy(&written)),
    };
    assert_eq!(again.envelope, decoded.envelope);
    // What masks itself when shown is in the octets below.
    assert_eq!(format!("{:?}", again.request), format!("{:?}", decoded.request), "lost on the way");
    let rewritten = request_ref(&again.request).map(|request| encode_request(request, &again.envelope));
    assert_eq!(
        rewritten.as_deref().map(String::from_utf8_lossy),
        Some(String::from_utf8_lossy(&written)),
        "not stable"
    );
}

/// An answer or a fault.
///
/// # Panics
/// When what was read is not read again from its own encoding.
pub fn run_response(octets: &[u8]) {
    let tight = decode_response(octets, TIGHT);
    let response = match decode_response(octets, Limits::MESSAGE) {
        Ok(response) => response,
        Err(error) => {
            assert!(tight.is_err(), "tight limits read more than wide ones");
            assert!(error.0.detail.len() < 512, "{error}");
            return;
        }
    };
    assert!(tight.is_err() || octets.len() <= TIGHT.max_octets, "a limit is passed");
    for envelope in [Envelope::SHAPE_A, Envelope { soap: SoapVersion::V1_1, ..Envelope::SHAPE_D }] {
        let Some(answer) = response_ref(&response) else {
            if let Response::Fault(fault) = &response {
                check_fault(fault, &envelope);
            }
            return;
        };
        let written = encode_response(answer, &envelope);
        let again = match decode_response(&written, Limits::MESSAGE.with_max_octets(usize::MAX)) {
            Ok(again) => again,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&written)),
        };
        assert_eq!(format!("{again:?}"), format!("{response:?}"), "lost on the way");
        let rewritten = response_ref(&again).map(|answer| encode_response(answer, &envelope));
        assert_eq!(
            rewritten.as_deref().map(String::from_utf8_lossy),
            Some(String::from_utf8_lossy(&written)),
            "not stable"
        );
    }
}

/// A fault reaches the other role as it is.
fn check_fault(fault: &Fault, envelope: &Envelope) {
    let written = encode_role_fault(fault, envelope);
    match decode_response(&written, Limits::MESSAGE.with_max_octets(usize::MAX)) {
        Ok(Response::Fault(again)) => assert_eq!(again, *fault),
        other => panic!("{fault}: {other:?}"),
    }
}

fn request_ref(request: &Request) -> Option<RequestRef<'_>> {
    match request {
        Request::Signature(request) => Some(request.into()),
        Request::Status(query) => Some(query.into()),
        Request::Profile(query) => Some(query.into()),
        Request::Registration(request) => Some(request.into()),
        Request::Unsupported(_) => None,
    }
}

fn response_ref(response: &Response) -> Option<ResponseRef<'_>> {
    match response {
        Response::Signature(response) => Some(response.into()),
        Response::Status(response) => Some(response.into()),
        Response::Profile(response) => Some(response.into()),
        Response::Registration(response) => Some(response.into()),
        Response::Fault(_) => None,
    }
}

/// Every request in every shape of the field.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for envelope in envelopes() {
        seeds.push(encode_request(&signature_request(true), &envelope));
        seeds.push(encode_request(&signature_request(false), &envelope));
        seeds.push(encode_request(
            &StatusQuery {
                version: (1, 1),
                ap_info: ap_info(),
                mssp_info: mssp_info(),
                mssp_trans_id: trans_id(),
            },
            &envelope,
        ));
        let query = ProfileQuery {
            version: (2, 0),
            ap_info: ap_info(),
            mssp_info: mssp_info(),
            mobile_user: user(),
            with_certificates: true,
        };
        seeds.push(encode_request(&query, &envelope));
        seeds.push(encode_request(&registration_request(), &envelope));
    }
    seeds
}

/// Every answer in every shape of the field, and faults.
#[must_use]
pub fn response_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for envelope in envelopes() {
        let signature = SignatureResp {
            ap_info: ap_info(),
            mssp_info: mssp_info(),
            mobile_user: user(),
            signature: Some((0..=64).collect()),
            profile_uri: Some("mss::sign:loa4:sim".into()),
            status: StatusCode::VALID_SIGNATURE,
            mssp_trans_id: trans_id(),
        };
        seeds.push(encode_response(&signature, &envelope));
        let status = StatusResp {
            ap_info: ap_info(),
            mssp_info: mssp_info(),
            mobile_user: user(),
            signature: None,
            status: StatusCode::OUTSTANDING_TRANSACTION,
        };
        seeds.push(encode_response(&status, &envelope));
        let profile = ProfileResp {
            ap_info: ap_info(),
            mssp_info: mssp_info(),
            profile_uris: vec!["mss::sign:loa4:sim".into(), "mss::authn:loa4:sim".into()],
            certificates: vec![UserCertificate {
                state: "ACTIVE".into(),
                algorithm: "EC".into(),
                profile_uris: vec!["mss::sign:loa4:sim".into()],
                path: vec![vec![0x30; 40], vec![1]],
            }],
        };
        seeds.push(encode_response(&profile, &envelope));
        let output = MregOutput { name: "Key".into(), parameters: parameters() };
        let registration = RegistrationResp {
            ap_info: ap_info(),
            mssp_info: mssp_info(),
            status: StatusCode::REGISTRATION_OK,
            outputs: vec![output],
        };
        seeds.push(encode_response(&registration, &envelope));
        let mut fault = Fault::new(FaultCode::WRONG_PARAM, "a \"detail\" <with> & marks\r\n").with_sub(1014);
        seeds.push(encode_role_fault(&fault, &envelope));
        fault.node = Some("http://home.example".into());
        fault.sub = None;
        seeds.push(encode_role_fault(&fault, &envelope));
    }
    seeds
}

fn envelopes() -> impl Iterator<Item = Envelope> {
    let shapes = [Envelope::SHAPE_A, Envelope::SHAPE_B, Envelope::SHAPE_D, Envelope::SHAPE_G];
    let versions = [SoapVersion::V1_2, SoapVersion::V1_1];
    versions.into_iter().flat_map(move |soap| shapes.into_iter().map(move |shape| Envelope { soap, ..shape }))
}

fn ap_info() -> ApInfo {
    ApInfo {
        ap_id: ApId::parse("http://ap.example/a?b&c").unwrap(),
        ap_trans_id: ApTransId::parse("A-0001").unwrap(),
        ap_pwd: ApPassword::new("p<&\"w ".into()),
        instant: Instant {
            at: Timestamp::from_secs(1_736_935_200),
            text: "2025-01-15T11:00:00+01:00".into(),
        },
        ap_url: Some("https://ap.example/notify".into()),
    }
}

fn mssp_info() -> MsspInfo {
    MsspInfo {
        mssp_id: MeshMember::from_uri("http://mssp.example"),
        instant: Some(Timestamp::from_millis(1_736_935_201_234)),
    }
}

fn user() -> MobileUser {
    MobileUser {
        identity_issuer: Some(MeshMember { dns_name: Some("ii.example".into()), ..MeshMember::default() }),
        user_identifier: Some("maija@op.example".into()),
        home_mssp: Some(MeshMember::default()),
        msisdn: Some(Msisdn::parse("358501234567").unwrap()),
        msisdn_with_plus: false,
    }
}

fn trans_id() -> MsspTransId {
    MsspTransId::parse("S1f-00ff").unwrap()
}

fn signature_request(full: bool) -> SignatureReq {
    let data = |text: &str| DataToBeSigned {
        mime_type: Some("text/plain".into()),
        encoding: Some("utf-8".into()),
        text: text.into(),
    };
    let service = |uri: &str, text: Option<&str>| AdditionalService {
        uri: uri.into(),
        parameter: text.map(Into::into),
    };
    let entry = |name: &str, timeout_s| RoamingEntry {
        transaction_id: name.into(),
        instant: Timestamp::from_secs(1_736_935_200),
        timeout_s,
        sender: MeshMember::from_uri("http://ae.example"),
    };
    let services = vec![
        service("http://mss.ficom.fi/TS102204/v1.0.0#userLang", Some("fi")),
        service("http://mss.ficom.fi/TS102204/v1.0.0#displayName", Some("Pankki <Oy> & Co")),
        service("http://uri.etsi.org/TS102204/v1.1.2#validate", None),
    ];
    SignatureReq {
        version: (1, 2),
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mobile_user: user(),
        dtbs: data(" Pay 10 €?\r\n "),
        dtbd: full.then(|| data("who asks")),
        profile_uri: full.then(|| "mss::sign:loa4:sim".into()),
        services: if full { services } else { vec![] },
        format_uri: full.then(|| "http://uri.etsi.org/TS102204/v1.1.2#PKCS7".into()),
        has_key_reference: full,
        profile_comparison: full.then(|| "minimum".into()),
        validity_date: full.then(|| Timestamp::from_secs(1_800_000_000)),
        timeout_s: Some(80),
        mode: if full { MessagingMode::AsynchClientServer } else { MessagingMode::Synch },
        roaming: if full { vec![entry("AEd2u5", 79), entry("RE-1", 78)] } else { vec![] },
    }
}

fn parameters() -> Vec<MregParameter> {
    let parameter = |name: &str, value: &str| MregParameter { name: name.into(), value: value.into() };
    vec![parameter("MSISDN", "+358501234567"), parameter("Empty", ""), parameter("Lines", " a\r\n\tb<&>\" ")]
}

fn registration_request() -> RegistrationReq {
    let kinds = [MregKind::Wireless, MregKind::Certification, MregKind::Provisioning, MregKind::Entity];
    let operation = |kind| MregOperation {
        kind,
        name: "BindUser".into(),
        namespace: Some(registration::NAMESPACE.into()),
        parameters: parameters(),
    };
    RegistrationReq {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        target: user(),
        operations: kinds.into_iter().map(operation).collect(),
    }
}
