//! DataToBeSigned and DataToBeDisplayed: which MIME types and encodings are taken, and within which limits (mss-soap 8).
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    Dtbd, Dtbs, DtbsContent, Fault, FaultCode, Operation, TextLimits, is_gsm_text,
    message::{DataToBeDisplayed, DataToBeSigned},
};

/// Sub-code: MIME type or encoding not supported (FiCom).
const UNSUPPORTED_MIME: u16 = 1016;
/// Base64 of 32 octets is 44 characters; line breaks inside are tolerated up to here.
const MAX_DIGEST_TEXT: usize = 64;

enum Kind {
    Text(Alphabet),
    Sha256,
}

/// What a parameter of `text/plain` says about the device's alphabet. The signed octets are UTF-8 all the same.
#[derive(PartialEq)]
enum Alphabet {
    Any,
    Gsm,
    Ucs2,
}

/// Checks DataToBeSigned.
pub(crate) fn check_signed(data: &DataToBeSigned, limits: TextLimits) -> Result<DtbsContent, Fault> {
    match kind(data)? {
        Kind::Text(alphabet) => {
            let dtbs = Dtbs::text(data.text.clone(), narrowed(limits, &alphabet, &data.text)?)?;
            Ok(dtbs.content().clone())
        }
        Kind::Sha256 => digest(&data.text).map(DtbsContent::Sha256),
    }
}

/// Checks DataToBeDisplayed, which is always a text.
pub(crate) fn check_displayed(data: &DataToBeDisplayed, limits: TextLimits) -> Result<String, Fault> {
    match kind(data)? {
        Kind::Text(alphabet) => {
            let limits = narrowed(limits, &alphabet, &data.text)?;
            Ok(Dtbd::parse(data.text.clone(), limits)?.as_str().to_owned())
        }
        Kind::Sha256 => Err(unsupported("DataToBeDisplayed must be text/plain")),
    }
}

/// Digests belong to the digest profile and texts to the others.
pub(crate) fn check_fit(content: &DtbsContent, operation: Operation) -> Result<(), Fault> {
    match (content, operation) {
        (DtbsContent::Text(_), Operation::Sign | Operation::Authn)
        | (DtbsContent::Sha256(_), Operation::Digest) => Ok(()),
        (DtbsContent::Text(_), Operation::Digest) => {
            Err(unsupported("the digest profile needs application/x-sha256"))
        }
        (DtbsContent::Sha256(_), _) => Err(unsupported("application/x-sha256 needs the digest profile")),
    }
}

fn kind(data: &DataToBeSigned) -> Result<Kind, Fault> {
    let mime = data.mime_type.as_deref().map_or("text/plain", str::trim);
    let encoding = data.encoding.as_deref().map_or("", str::trim);
    if mime == "application/x-sha256" {
        return match encoding {
            "base64" => Ok(Kind::Sha256),
            _ => Err(unsupported("application/x-sha256 needs Encoding base64")),
        };
    }
    let alphabet =
        mime.strip_prefix("text/plain").and_then(|parameters| match parameters.trim_matches([';', ' ']) {
            "" | "utf-8" | "utf8" | "charset=utf-8" | "charset=\"utf-8\"" => Some(Alphabet::Any),
            "gsm" => Some(Alphabet::Gsm),
            "ucs2" => Some(Alphabet::Ucs2),
            _ => None,
        });
    match (alphabet, encoding) {
        (Some(alphabet), "" | "utf-8" | "utf8") => Ok(Kind::Text(alphabet)),
        (Some(_), _) => Err(unsupported("text/plain needs Encoding UTF-8")),
        (None, _) => Err(unsupported("MimeType must be text/plain or application/x-sha256")),
    }
}

fn narrowed(limits: TextLimits, alphabet: &Alphabet, text: &str) -> Result<TextLimits, Fault> {
    match alphabet {
        Alphabet::Any => Ok(limits),
        Alphabet::Ucs2 => Ok(TextLimits { gsm: limits.ucs2, ..limits }),
        Alphabet::Gsm if is_gsm_text(text) => Ok(limits),
        Alphabet::Gsm => {
            Err(Fault::new(FaultCode::INAPPROPRIATE_DATA, "the text has characters outside the GSM alphabet"))
        }
    }
}

fn digest(text: &str) -> Result<[u8; 32], Fault> {
    let length = || Fault::new(FaultCode::WRONG_DATA_LENGTH, "a SHA-256 digest has 32 octets");
    if text.len() > MAX_DIGEST_TEXT {
        return Err(length());
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let octets = STANDARD
        .decode(packed)
        .map_err(|_| Fault::new(FaultCode::INAPPROPRIATE_DATA, "the digest is not base64"))?;
    octets.try_into().map_err(|_| length())
}

fn unsupported(why: &str) -> Fault {
    Fault::new(FaultCode::INAPPROPRIATE_DATA, why).with_sub(UNSUPPORTED_MIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(mime: &str, encoding: &str, text: &str) -> DataToBeSigned {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        DataToBeSigned { mime_type: some(mime), encoding: some(encoding), text: text.into() }
    }

    fn code(data: &DataToBeSigned) -> Result<DtbsContent, (u16, Option<u16>)> {
        check_signed(data, TextLimits::SIGNED).map_err(|fault| (fault.code.0, fault.sub))
    }

    #[test]
    fn every_spelling_of_text_is_taken_as_it_is() {
        for mime in [
            "",
            "text/plain",
            "text/plain;gsm",
            "text/plain;ucs2",
            "text/plain; utf-8",
            "text/plain;charset=utf-8",
        ] {
            for encoding in ["", "utf-8"] {
                let text = " Pay 10 € ";
                assert_eq!(code(&data(mime, encoding, text)), Ok(DtbsContent::Text(text.into())), "{mime}");
            }
        }
    }

    #[test]
    fn a_digest_is_base64_of_32_octets() {
        let digest = STANDARD.encode([7; 32]);
        let mime = "application/x-sha256";
        assert_eq!(code(&data(mime, "base64", &digest)), Ok(DtbsContent::Sha256([7; 32])));
        assert_eq!(code(&data(mime, "base64", &format!("\n {digest}\n"))), Ok(DtbsContent::Sha256([7; 32])));
        assert_eq!(code(&data(mime, "base64", &STANDARD.encode([7; 20]))), Err((103, None)));
        assert_eq!(code(&data(mime, "base64", &"A".repeat(10_000))), Err((103, None)));
        assert_eq!(code(&data(mime, "base64", "not base64!")), Err((107, None)));
        assert_eq!(code(&data(mime, "", &digest)), Err((107, Some(1016))));
    }

    #[test]
    fn the_rest_is_refused_with_the_right_code() {
        for (mime, encoding, text, expected) in [
            ("application/octet-stream", "base64", "AAAA", (107, Some(1016))),
            ("application/x-sha1", "base64", "AAAA", (107, Some(1016))),
            ("text/plain;latin1", "utf-8", "a", (107, Some(1016))),
            ("text/plainer", "", "a", (107, Some(1016))),
            ("text/plain", "base64", "YQ==", (107, Some(1016))),
            ("text/html", "", "a", (107, Some(1016))),
            ("text/plain", "utf-8", "", (103, None)),
            ("text/plain", "utf-8", "a\u{202E}b", (107, None)),
            ("text/plain;gsm", "utf-8", "ж", (107, None)),
        ] {
            assert_eq!(code(&data(mime, encoding, text)), Err(expected), "{mime} {encoding}");
        }
        assert_eq!(code(&data("", "", &"a".repeat(240))), Err((103, None)));
        assert_eq!(code(&data("text/plain;ucs2", "", &"a".repeat(120))), Err((103, None)));
        assert!(check_displayed(&data("application/x-sha256", "base64", ""), TextLimits::DISPLAYED).is_err());
        assert!(check_displayed(&data("", "", &"a".repeat(111)), TextLimits::DISPLAYED).is_err());
    }

    #[test]
    fn digests_and_texts_keep_to_their_profiles() {
        let (text, digest) = (DtbsContent::Text("a".into()), DtbsContent::Sha256([0; 32]));
        assert!(check_fit(&text, Operation::Sign).is_ok() && check_fit(&text, Operation::Authn).is_ok());
        assert!(check_fit(&digest, Operation::Digest).is_ok());
        for (content, operation) in
            [(&text, Operation::Digest), (&digest, Operation::Sign), (&digest, Operation::Authn)]
        {
            let fault = check_fit(content, operation).unwrap_err();
            assert_eq!((fault.code.0, fault.sub), (107, Some(1016)));
        }
    }
}
