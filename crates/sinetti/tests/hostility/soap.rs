//! Requests as text, so that they can be cut, dripped and lied about.
use std::sync::atomic::{AtomicU64, Ordering};

use mss_core::{StatusCode, Timestamp};
use mss_wire::{Limits, Response, decode_response};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A synchronous signature request with a number of its own.
pub(crate) fn signature_request(ap_id: &str, msisdn: &str) -> String {
    request_of("synch", 120, ap_id, msisdn).0
}

/// One that is answered at once with the transaction's name, and the text to be signed.
pub(crate) fn asynch_request(ap_id: &str, msisdn: &str) -> (String, String) {
    request_of("asynchClientServer", 90, ap_id, msisdn)
}

/// How a transaction stands.
pub(crate) fn status_query(ap_id: &str, transaction: &str) -> String {
    let (number, instant) = fresh();
    format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><MSS_StatusQuery>\
         <m:MSS_StatusReq xmlns:m=\"http://uri.etsi.org/TS102204/v1.1.2#\" MajorVersion=\"1\" MinorVersion=\"1\" \
         MSSP_TransID=\"{transaction}\">\
         <m:AP_Info AP_ID=\"{ap_id}\" AP_TransID=\"N{number}\" AP_PWD=\"\" Instant=\"{instant}\"/>\
         <m:MSSP_Info><m:MSSP_ID/></m:MSSP_Info></m:MSS_StatusReq></MSS_StatusQuery></e:Body></e:Envelope>"
    )
}

fn fresh() -> (u64, Timestamp) {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    let instant = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap());
    (NEXT.fetch_add(1, Ordering::Relaxed), instant)
}

fn request_of(mode: &str, timeout_s: u32, ap_id: &str, msisdn: &str) -> (String, String) {
    let (number, instant) = fresh();
    let text = format!("Number {number}");
    let xml = request(mode, timeout_s, (ap_id, number, instant), msisdn, &text);
    (xml, text)
}

fn request(
    mode: &str,
    timeout_s: u32,
    (ap_id, number, instant): (&str, u64, Timestamp),
    msisdn: &str,
    text: &str,
) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><MSS_Signature>\
         <m:MSS_SignatureReq xmlns:m=\"http://uri.etsi.org/TS102204/v1.1.2#\" MajorVersion=\"1\" MinorVersion=\"1\" \
         MessagingMode=\"{mode}\" TimeOut=\"{timeout_s}\">\
         <m:AP_Info AP_ID=\"{ap_id}\" AP_TransID=\"N{number}\" AP_PWD=\"\" Instant=\"{instant}\"/>\
         <m:MSSP_Info><m:MSSP_ID/></m:MSSP_Info><m:MobileUser><m:MSISDN>{msisdn}</m:MSISDN></m:MobileUser>\
         <m:DataToBeSigned MimeType=\"text/plain\" Encoding=\"UTF-8\">{text}</m:DataToBeSigned>\
         <m:SignatureProfile><m:mssURI>mss::sign:loa4:sim</m:mssURI></m:SignatureProfile>\
         </m:MSS_SignatureReq></MSS_Signature></e:Body></e:Envelope>"
    )
}

/// A POST of HTTP/1.1 with its length.
pub(crate) fn post(body: &str) -> String {
    format!(
        "POST /soap/services/MSS_SignaturePort HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/soap+xml;charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The code in the body of an answer: of a fault, or of a message with a signature.
pub(crate) fn code(body: &[u8]) -> Result<u16, String> {
    match decode_response(body, Limits::default()).map_err(|error| error.to_string())? {
        Response::Fault(fault) => Ok(fault.code.0),
        Response::Signature(answer)
            if answer.signature.is_none() && answer.status == StatusCode::SIGNATURE =>
        {
            Err("a signature without a signature".into())
        }
        Response::Signature(answer) => Ok(answer.status.0),
        _ => Err("another message than was asked for".into()),
    }
}

/// What says that a signature came.
pub(crate) const SIGNED: u16 = StatusCode::SIGNATURE.0;
/// What says that the HMSSP knows no such person.
pub(crate) const UNKNOWN_USER: u16 = 105;
