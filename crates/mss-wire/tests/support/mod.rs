//! What several tests need.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the makers of test values stand outside the test functions; a skip is printed"
)]
#![allow(dead_code, reason = "each test uses its part")]

use std::{fs, path::PathBuf};

use mss_core::{
    ApId, ApPassword, ApTransId, MeshMember, Msisdn, MsspTransId, StatusCode, Timestamp,
    message::{
        AdditionalService, ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo,
        ProfileQuery, ProfileResp, RoamingEntry, SignatureReq, SignatureResp, StatusQuery, StatusResp,
        UserCertificate,
    },
    registration::{MregKind, MregOperation, MregOutput, MregParameter, RegistrationReq, RegistrationResp},
};
use mss_wire::{Envelope, Request, RequestRef, Response, ResponseRef, SoapVersion};

pub(crate) const SHAPES: [Envelope; 4] =
    [Envelope::SHAPE_A, Envelope::SHAPE_B, Envelope::SHAPE_D, Envelope::SHAPE_G];

/// Every shape in both versions of SOAP.
pub(crate) fn envelopes() -> impl Iterator<Item = Envelope> {
    [SoapVersion::V1_2, SoapVersion::V1_1]
        .into_iter()
        .flat_map(|soap| SHAPES.into_iter().map(move |shape| Envelope { soap, ..shape }))
}

/// The samples by name, those in `quirks/` too; nothing when the folder is neither named nor there.
pub(crate) fn samples() -> Vec<(String, Vec<u8>)> {
    #[expect(clippy::disallowed_methods, reason = "the place of the samples is given by the environment")]
    let given = std::env::var("SINETTI_SCHEMAS");
    let by_default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/schemas");
    let folder = PathBuf::from(given.as_deref().unwrap_or(by_default)).join("samples");
    if given.is_err() && !folder.exists() {
        println!("skipped: no samples at {}", folder.display());
        return Vec::new();
    }
    let mut all = Vec::new();
    let quirks = Some(folder.join("quirks")).filter(|quirks| quirks.exists());
    for folder in [Some(folder.clone()), quirks].into_iter().flatten() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                all.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    assert!(!all.is_empty(), "no samples in {}", folder.display());
    all.sort();
    all
}

pub(crate) fn sample(name: &str) -> Option<Vec<u8>> {
    samples().into_iter().find(|(have, _)| have == name).map(|(_, octets)| octets)
}

pub(crate) fn request_ref(request: &Request) -> Option<RequestRef<'_>> {
    match request {
        Request::Signature(request) => Some(request.into()),
        Request::Status(query) => Some(query.into()),
        Request::Profile(query) => Some(query.into()),
        Request::Registration(request) => Some(request.into()),
        Request::Unsupported(_) => None,
    }
}

pub(crate) fn response_ref(response: &Response) -> Option<ResponseRef<'_>> {
    match response {
        Response::Signature(response) => Some(response.into()),
        Response::Status(response) => Some(response.into()),
        Response::Profile(response) => Some(response.into()),
        Response::Registration(response) => Some(response.into()),
        Response::Fault(_) => None,
    }
}

pub(crate) fn ap_info() -> ApInfo {
    ApInfo {
        ap_id: ApId::parse("http://ap.example/a?b&c").unwrap(),
        ap_trans_id: ApTransId::parse("3f2b1c7e-0000-4000-8000-000000000001").unwrap(),
        ap_pwd: ApPassword::new("p<&\"w ".to_owned()),
        instant: Instant {
            at: Timestamp::from_secs(1_736_935_200),
            text: "2025-01-15T11:00:00+01:00".to_owned(),
        },
        ap_url: Some("https://ap.example/notify".to_owned()),
    }
}

pub(crate) fn mssp_info() -> MsspInfo {
    MsspInfo {
        mssp_id: MeshMember::from_uri("http://mssp.example"),
        instant: Some(Timestamp::from_millis(1_736_935_201_234)),
    }
}

pub(crate) fn user() -> MobileUser {
    MobileUser {
        identity_issuer: Some(MeshMember { dns_name: Some("ii.example".into()), ..MeshMember::default() }),
        user_identifier: Some("maija@op.example".to_owned()),
        home_mssp: Some(MeshMember::default()),
        msisdn: Some(Msisdn::parse("358501234567").unwrap()),
        msisdn_with_plus: false,
    }
}

pub(crate) fn signature_request(text: &str) -> SignatureReq {
    let data = |text: &str| DataToBeSigned {
        mime_type: Some("text/plain".to_owned()),
        encoding: Some("utf-8".to_owned()),
        text: text.to_owned(),
    };
    let service = |uri: &str, parameter: Option<&str>| AdditionalService {
        uri: uri.to_owned(),
        parameter: parameter.map(str::to_owned),
    };
    SignatureReq {
        version: (1, 2),
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mobile_user: user(),
        dtbs: data(text),
        dtbd: Some(DataToBeSigned { mime_type: None, encoding: None, ..data("who asks") }),
        profile_uri: Some("mss::sign:loa4:sim".to_owned()),
        services: vec![
            service("http://mss.ficom.fi/TS102204/v1.0.0#userLang", Some("fi")),
            service("http://mss.ficom.fi/TS102204/v1.0.0#displayName", Some("Pankki <Oy> & Co")),
            service("http://uri.etsi.org/TS102204/v1.1.2#validate", None),
            service("http://example.org/#other", Some("x")),
        ],
        format_uri: Some("http://uri.etsi.org/TS102204/v1.1.2#PKCS7".to_owned()),
        has_key_reference: true,
        profile_comparison: Some("minimum".to_owned()),
        validity_date: Some(Timestamp::from_secs(1_800_000_000)),
        timeout_s: Some(80),
        mode: MessagingMode::AsynchClientServer,
        roaming: vec![
            RoamingEntry {
                transaction_id: "AEd2u5".to_owned(),
                instant: Timestamp::from_secs(1_736_935_200),
                timeout_s: 79,
                sender: MeshMember::from_uri("http://ae.example"),
            },
            RoamingEntry {
                transaction_id: "RE-1".to_owned(),
                instant: Timestamp::from_secs(1_736_935_201),
                timeout_s: 78,
                sender: MeshMember::from_uri("http://re.example"),
            },
        ],
    }
}

pub(crate) fn signature_response() -> SignatureResp {
    SignatureResp {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mobile_user: user(),
        signature: Some((0..=255).collect()),
        profile_uri: Some("mss::sign:loa4:sim".to_owned()),
        status: StatusCode::VALID_SIGNATURE,
        mssp_trans_id: MsspTransId::parse("S1f-00ff").unwrap(),
    }
}

pub(crate) fn status_query() -> StatusQuery {
    StatusQuery {
        version: (1, 1),
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mssp_trans_id: MsspTransId::parse("S1f-00ff").unwrap(),
    }
}

pub(crate) fn status_response() -> StatusResp {
    StatusResp {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mobile_user: user(),
        signature: None,
        status: StatusCode::OUTSTANDING_TRANSACTION,
    }
}

pub(crate) fn profile_query(version: (u8, u8)) -> ProfileQuery {
    ProfileQuery {
        version,
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        mobile_user: user(),
        with_certificates: true,
    }
}

pub(crate) fn profile_response() -> ProfileResp {
    ProfileResp {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        profile_uris: vec!["mss::sign:loa4:sim".to_owned(), "mss::authn:loa4:sim".to_owned()],
        certificates: vec![UserCertificate {
            state: "ACTIVE".to_owned(),
            algorithm: "EC".to_owned(),
            profile_uris: vec!["mss::sign:loa4:sim".to_owned(), "x".to_owned()],
            path: vec![vec![0x30; 300], vec![1]],
        }],
    }
}

pub(crate) fn parameters() -> Vec<MregParameter> {
    let parameter = |name: &str, value: String| MregParameter { name: name.to_owned(), value };
    vec![
        parameter("MSISDN", "+358501234567".to_owned()),
        parameter("Empty", String::new()),
        parameter("Lines", " a\r\n\tb<&>\" ".to_owned()),
        parameter("Long", "\n long text \n".repeat(1_000)),
    ]
}

pub(crate) fn registration_request() -> RegistrationReq {
    let kinds = [MregKind::Wireless, MregKind::Certification, MregKind::Provisioning, MregKind::Entity];
    let operation = |kind| MregOperation {
        kind,
        name: "Some\"Name".to_owned(),
        namespace: Some("urn:sinetti:mreg:1".to_owned()),
        parameters: parameters(),
    };
    RegistrationReq {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        target: user(),
        operations: kinds.into_iter().map(operation).collect(),
    }
}

pub(crate) fn registration_response() -> RegistrationResp {
    let output = |name: &str| MregOutput { name: name.to_owned(), parameters: parameters() };
    RegistrationResp {
        ap_info: ap_info(),
        mssp_info: mssp_info(),
        status: StatusCode::REGISTRATION_OK,
        outputs: vec![output("One"), output("Two")],
    }
}
