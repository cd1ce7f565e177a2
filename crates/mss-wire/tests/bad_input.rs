//! Requests that are refused, each with its code; and strange ones that are read all the same.
#![expect(clippy::panic, reason = "the checks stand outside the test functions")]

mod support;

use mss_core::{FaultCode, message::SignatureReq};
use mss_wire::{Envelope, Limits, Request, SoapVersion, decode, decode_response};

const GOOD: &str = r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header></e:Header><e:Body><MSS_Signature>
<m:MSS_SignatureReq MajorVersion="1" MinorVersion="1" MessagingMode="synch" TimeOut="80" xmlns:m="http://uri.etsi.org/TS102204/v1.1.2#">
<m:AP_Info AP_ID="http://ap" AP_TransID="A1" AP_PWD="" Instant="2026-01-02T03:04:05"/>
<m:MSSP_Info><m:MSSP_ID/></m:MSSP_Info>
<m:MobileUser><m:MSISDN>+358501234567</m:MSISDN></m:MobileUser>
<m:DataToBeSigned MimeType="text/plain" Encoding="UTF-8">hello</m:DataToBeSigned>
<m:SignatureProfile><m:mssURI> http://p
</m:mssURI></m:SignatureProfile>
</m:MSS_SignatureReq></MSS_Signature></e:Body></e:Envelope>"#;

fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replace(from, to)
}

fn read(document: &str) -> SignatureReq {
    match decode(document.as_bytes(), Limits::MESSAGE) {
        Ok(decoded) => match decoded.request {
            Request::Signature(request) => request,
            other => panic!("{other:?}"),
        },
        Err(failure) => panic!("{failure}\n{document}"),
    }
}

fn code(document: &[u8]) -> u16 {
    match decode(document, Limits::MESSAGE) {
        Ok(decoded) => panic!("{decoded:?}\n{}", String::from_utf8_lossy(document)),
        Err(failure) => failure.fault.code.0,
    }
}

#[test]
fn the_table_starts_from_a_good_message() {
    let request = read(GOOD);
    assert_eq!(request.profile_uri.as_deref(), Some("http://p"));
    assert_eq!(request.ap_info.instant.text, "2026-01-02T03:04:05");
    assert_eq!(request.ap_info.instant.at.to_string(), "2026-01-02T03:04:05.000Z");
}

#[test]
fn each_mistake_has_its_code() {
    let header = |block: &str| with("</e:Header>", &format!("{block}</e:Header>"));
    let roaming = |entry: &str| {
        header(&format!(
            "<r:RoamingHeader e:mustUnderstand='true' xmlns:r='http://uri.etsi.org/TS102207/v1.1.2#'>{entry}</r:RoamingHeader>"
        ))
    };
    let entry = "<r:RoamingHeaderEntry><r:RE_SenderInfo Instant='2026-01-02T03:04:05Z' RE_TransactionID='a' TimeOut='5'><r:RE_Sender/></r:RE_SenderInfo></r:RoamingHeaderEntry>";
    let dtbs = r#"<m:DataToBeSigned MimeType="text/plain" Encoding="UTF-8">hello</m:DataToBeSigned>"#;
    let ap_info = r#"<m:AP_Info AP_ID="http://ap" AP_TransID="A1" AP_PWD="" Instant="2026-01-02T03:04:05"/>"#;
    let mssp = "<m:MSSP_Info><m:MSSP_ID/></m:MSSP_Info>";
    let deep = format!("{}{}", "<x>".repeat(29), "</x>".repeat(29));
    let table: Vec<(u16, String)> = vec![
        // Syntax.
        (101, String::new()),
        (101, "hello".to_owned()),
        (101, "<html/>".to_owned()),
        (101, format!("<!DOCTYPE x>{GOOD}")),
        (101, format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{}", with("hello", "&a;"))),
        (101, format!("<?xml version='1.0' encoding='ISO-8859-1'?>{GOOD}")),
        (101, with("</e:Body>", "")),
        (101, format!("{GOOD}x")),
        (101, with("hello", "&nbsp;")),
        (101, with("hello", "<x/>")),
        (101, with("hello", "\u{1}")),
        (101, with("AP_PWD=\"\"", "AP_PWD=\"\" AP_PWD=\"\"")),
        (101, with("<m:MSSP_ID/>", &format!("<m:MSSP_ID/>{deep}"))),
        (101, with("hello", &"x".repeat(262_144))),
        // Envelope.
        (108, with("http://www.w3.org/2003/05/soap-envelope", "urn:x")),
        (101, with("</e:Body>", "</e:Body><e:Body/>")),
        (101, with("<e:Body>", "<e:Header/><e:Body>")),
        (101, with("</m:MSS_SignatureReq>", "</m:MSS_SignatureReq><MSS_SignatureReq/>")),
        (101, with("</MSS_Signature>", "</MSS_Signature><MSS_Signature/>")),
        (102, "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'/>".to_owned()),
        (
            102,
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope>".to_owned(),
        ),
        (108, header("<x:y xmlns:x='urn:x' e:mustUnderstand='true'/>")),
        (108, header("<x:y xmlns:x='urn:x' e:mustUnderstand=' 1 '/>")),
        (101, header("<x:y xmlns:x='urn:x' e:mustUnderstand='perhaps'/>")),
        (108, header("<y e:mustUnderstand='1' e:role='http://www.w3.org/2003/05/soap-envelope/role/next'/>")),
        (710, roaming("")),
        (710, roaming("<r:RoamingHeaderEntry/>")),
        (710, roaming(&entry.replace("<r:RE_Sender/>", ""))),
        (710, roaming(&entry.replace(" TimeOut='5'", ""))),
        (710, roaming(&entry.replace("='a'", "=''"))),
        (101, roaming(&entry.replace("='5'", "='x'"))),
        (101, roaming(&entry.replace("='2026", "='x"))),
        (101, roaming(&entry.repeat(33))),
        // Operation and version.
        (108, with("TS102204/v1.1.2#", "TS102204/v1.1.4#")),
        (108, with("MSS_Signature>", "MSS_Sign>")),
        (108, with("MSS_Signature>", "MSS_StatusQuery>")),
        (108, with("<MSS_Signature>", "<MSS_Signature xmlns='urn:x'>")),
        (108, with("MSS_SignatureReq", "MSS_SignatureResp")),
        (108, with("MajorVersion=\"1\"", "MajorVersion=\"2\"")),
        (108, with("MajorVersion=\"1\" MinorVersion=\"1\"", "MajorVersion=\"2\" MinorVersion=\"0\"")),
        (108, with("MinorVersion=\"1\"", "MinorVersion=\"3\"")),
        (108, with("MinorVersion=\"1\"", "MinorVersion=\"99999999999999999999\"")),
        (101, with("MinorVersion=\"1\"", "MinorVersion=\"-1\"")),
        (102, with("MinorVersion=\"1\"", "")),
        // Mandatory parts.
        (102, with("MessagingMode=\"synch\"", "")),
        (102, with("AP_ID=\"http://ap\"", "")),
        (102, with("AP_TransID=\"A1\"", "AP_TransID=\" \"")),
        (102, with("Instant=\"2026-01-02T03:04:05\"", "")),
        (102, with(ap_info, "")),
        (102, with(mssp, "")),
        (102, with("<m:MSSP_ID/>", "")),
        (102, with(dtbs, "")),
        (102, with("<m:MobileUser><m:MSISDN>+358501234567</m:MSISDN></m:MobileUser>", "")),
        (102, with("<m:mssURI> http://p\n</m:mssURI>", "")),
        (
            102,
            with(
                "<m:DataToBeSigned",
                "<m:AdditionalServices><m:Service/></m:AdditionalServices><m:DataToBeSigned",
            ),
        ),
        // Values.
        (101, with("+358501234567", "0501234567")),
        (101, with("+358501234567", "")),
        (101, with("2026-01-02T03:04:05", "yesterday")),
        (101, with("TimeOut=\"80\"", "TimeOut=\"0\"")),
        (101, with("TimeOut=\"80\"", "TimeOut=\"-5\"")),
        (101, with("TimeOut=\"80\"", "TimeOut=\"4294967296\"")),
        (101, with("\"synch\"", "\"batch\"")),
        (101, with("AP_PWD=\"\"", &format!("AP_PWD=\"{}\"", "x".repeat(257)))),
        (101, with("AP_TransID=\"A1\"", &format!("AP_TransID=\"{}\"", "x".repeat(65)))),
        (101, with(dtbs, &dtbs.repeat(2))),
        (101, with(mssp, &mssp.repeat(2))),
        (
            101,
            with(dtbs, &format!("{dtbs}<m:SignatureProfileComparison>best</m:SignatureProfileComparison>")),
        ),
    ];
    for (expected, document) in table {
        assert_eq!(code(document.as_bytes()), expected, "{document}");
    }
    assert_eq!(code(b"<a>\xFF</a>"), 101);
}

#[test]
fn the_sub_codes_and_the_heartbeat_text_are_there() {
    let failure =
        |document: String| decode(document.as_bytes(), Limits::MESSAGE).map(|_| ()).unwrap_err().fault;
    assert_eq!(failure(with("+358501234567", "+0")).detail, "Illegal msisdn");
    assert_eq!(failure(with("\"synch\"", "\"batch\"")).sub, Some(1013));
    assert_eq!(failure(with("m:DataToBeSigned", "m:DataToBeSinged")).sub, Some(1022));
}

#[test]
fn a_failure_keeps_what_was_seen_of_the_shape() {
    let document =
        with("<MSS_Signature>", "<MSS_Signature xmlns='http://uri.etsi.org/TS102204/etsi204-kiuru.wsdl'>");
    let document = document.replace("+358501234567", "x").replace("MinorVersion=\"1\"", "MinorVersion=\"2\"");
    let document = document
        .replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
    let failure = decode(document.as_bytes(), Limits::MESSAGE).map(|_| ()).unwrap_err();
    let shape = Envelope { version: (1, 2), qualified_accessor: true, ..Envelope::SHAPE_D };
    assert_eq!(failure.envelope, Envelope { soap: SoapVersion::V1_1, ..shape });
}

#[test]
fn what_is_unknown_is_skipped() {
    for (from, to) in [
        ("</e:Header>", "<x:y xmlns:x='urn:x'><z/></x:y><w e:mustUnderstand='0'/></e:Header>"),
        ("</e:Header>", "<y e:mustUnderstand='1' e:role='urn:someone-else'/></e:Header>"),
        ("<m:MSSP_ID/>", "<m:MSSP_ID><m:Color>red</m:Color>text</m:MSSP_ID><x/>"),
        ("AP_PWD=\"\"", "Color=\"red\" m:AP_ID=\"other\""),
        ("<e:Body>", "<!-- <e:Body> --><?pi?><e:Body>"),
        ("</e:Body>", "</e:Body><x/>"),
        ("</MSS_Signature>", "<x/></MSS_Signature>"),
        ("<m:MobileUser>", "<x:MobileUser xmlns:x='urn:x'/><m:MobileUser>"),
        ("<e:Envelope ", "\u{FEFF}<?xml version='1.0' encoding='utf-8'?>\n<e:Envelope "),
    ] {
        let request = read(&with(from, to));
        assert_eq!((request.dtbs.text.as_str(), request.ap_info.ap_id.as_str()), ("hello", "http://ap"));
    }
}

/// Stacks that miss that the schema's elements are qualified send the message's children without a namespace.
#[test]
fn children_in_no_namespace_are_the_messages_own() {
    let xml = with("", "")
        .replace("<m:MSS_SignatureReq ", "<MSS_SignatureReq ")
        .replace("</m:MSS_SignatureReq", "</MSS_SignatureReq");
    let request = read(&xml.replace("<m:", "<").replace("</m:", "</"));
    assert_eq!((request.dtbs.text.as_str(), request.ap_info.ap_id.as_str()), ("hello", "http://ap"));
}

#[test]
fn the_text_to_be_signed_is_kept() {
    for (sent, signed) in [
        ("a &lt;b&gt; &amp; &#228;&#x20AC;", "a <b> & ä€"),
        (" a ", " a "),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a&#13;&#10;b", "a\r\nb"),
        ("\n    a\n  b\n  ", "a\n  b"),
        ("one<!-- not this --> two", "one two"),
        ("<![CDATA[<a> & b]]>", "<a> & b"),
        ("x<![CDATA[]]>y", "xy"),
        ("", ""),
    ] {
        let document = with(">hello<", &format!(">{sent}<"));
        assert_eq!(read(&document).dtbs.text, signed, "{sent}");
    }
}

#[test]
fn an_operation_on_another_kind_of_target_is_refused() {
    let request = |target: &str, operation: &str| {
        let document = GOOD.replace("MSS_Signature", "MSS_Registration").replace(
            "<m:DataToBeSigned",
            &format!(
                "<g:RegistrationInput xmlns:g='http://www.methics.fi/MSSPRegistration/v1.0.0#'><g:Target>{target}</g:Target><g:MregRequest>{operation}</g:MregRequest></g:RegistrationInput><m:DataToBeSigned"
            ),
        );
        decode(document.as_bytes(), Limits::MESSAGE).map_err(|failure| failure.fault.code.0)
    };
    let operation =
        "<g:WirelessOperation Name='x'><g:Parameter Name='a'>\n b\n</g:Parameter></g:WirelessOperation>";
    let Ok(Request::Registration(read)) = request("<g:EndPointID/>", operation).map(|d| d.request) else {
        panic!()
    };
    assert_eq!(read.operations[0].parameter("a"), Some("b"));
    assert!(read.target.msisdn.is_some());
    for (target, operation) in [
        ("<g:SimCard/>", operation),
        ("<g:EntityUser/>", operation),
        ("", "<g:CompoundOperation Name='x'/>"),
        ("", "<WirelessOperation Name='x'/>"),
    ] {
        assert_eq!(request(target, operation).map(|_| ()), Err(101), "{target} {operation}");
    }
    assert_eq!(request("", "<g:WirelessOperation/>").map(|_| ()), Err(102));
}

#[test]
fn answers_that_are_none_are_refused() {
    let foreign = r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code><e:Reason><e:Text xml:lang="en">It <b>broke</b></e:Text></e:Reason></e:Fault></e:Body></e:Envelope>"#;
    match decode_response(foreign.as_bytes(), Limits::MESSAGE) {
        Ok(mss_wire::Response::Fault(fault)) => {
            assert_eq!((fault.code, fault.detail.as_str()), (FaultCode::INTERNAL_ERROR, "It broke"));
        }
        other => panic!("{other:?}"),
    }
    for (document, expected) in [("", 101), ("<html/>", 101), (GOOD, 108)] {
        let refused = decode_response(document.as_bytes(), Limits::MESSAGE).map(|_| ()).unwrap_err();
        assert_eq!(refused.0.code.0, expected);
    }
}
