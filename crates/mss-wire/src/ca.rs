//! The API of the CA process: JSON over mutual TLS, with the binary parts in base64.
//!
//! Each message has `decode`, which checks the length before it parses, and `encode`.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{Network, Operation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Longest JSON body in octets.
pub const MAX_OCTETS: usize = 65_536;

/// Why a body of the CA's API could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiDecodeError {
    /// Longer than the limit.
    #[error("longer than {0} octets")]
    TooLong(usize),
    /// No JSON, or a field is missing, unknown or of another type.
    #[error("not the JSON that was expected")]
    Json,
    /// A field that should hold base64 does not.
    #[error("{0} is not base64")]
    Base64(&'static str),
    /// A word that is none of the known ones.
    #[error("{0} has an unknown value")]
    Word(&'static str),
}

/// An enrolment code, 256 bits in text form. Never shown, wiped when dropped.
pub struct EnrolmentCode(Zeroizing<String>);

impl EnrolmentCode {
    /// Wraps a code.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The code, for the one comparison of its hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A role asks for its first certificate.
pub struct EnrolRequest {
    /// The one-time code.
    pub code: EnrolmentCode,
    /// PKCS#10 in DER.
    pub csr_der: Vec<u8>,
}

/// The role's certificate and what it shall trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolResponse {
    /// Certificates in DER: the role's own first, then intermediates.
    pub path: Vec<Vec<u8>>,
    /// The root of each network that the role meets.
    pub roots: Vec<NetworkRoot>,
}

/// The root certificate of one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRoot {
    /// Which network.
    pub network: Network,
    /// The root in DER.
    pub der: Vec<u8>,
}

/// ME orders a person's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOrder {
    /// ME's number of the order; a repeat gets the same certificate.
    pub order_id: String,
    /// SubjectPublicKeyInfo in DER.
    pub public_key_spki: Vec<u8>,
    /// What the key is for.
    pub operation: Operation,
    /// Whose certificate it is.
    pub subject: Subject,
}

/// The names in a person's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// `givenName`.
    pub given_name: String,
    /// `surname`.
    pub surname: String,
    /// `serialNumber`.
    pub serial_number: String,
    /// `commonName`.
    pub common_name: String,
}

/// The certificate that was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAnswer {
    /// Certificates in DER: the person's first, then intermediates.
    pub path: Vec<Vec<u8>>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiError {
    /// A word for programs, such as `code_expired`.
    pub code: String,
    /// A sentence for people. Names nothing secret.
    pub message: String,
}

/// The JSON forms. `TryFrom` stands between them and the typed values.
mod json {
    use super::{Deserialize, Serialize, Subject};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct EnrolRequest {
        pub(super) code: String,
        pub(super) csr_der_b64: String,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct EnrolResponse {
        pub(super) path: Vec<String>,
        pub(super) roots: Vec<NetworkRoot>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct NetworkRoot {
        pub(super) network: String,
        pub(super) der_b64: String,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct CertificateOrder {
        pub(super) order_id: String,
        pub(super) public_key_spki_b64: String,
        pub(super) operation: String,
        pub(super) subject: Subject,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct CertificateAnswer {
        pub(super) path: Vec<String>,
    }
}

impl TryFrom<json::EnrolRequest> for EnrolRequest {
    type Error = ApiDecodeError;

    fn try_from(wire: json::EnrolRequest) -> Result<Self, ApiDecodeError> {
        let csr_der = octets(&wire.csr_der_b64, "csr_der_b64")?;
        Ok(Self { code: EnrolmentCode::new(wire.code), csr_der })
    }
}

impl TryFrom<json::EnrolResponse> for EnrolResponse {
    type Error = ApiDecodeError;

    fn try_from(wire: json::EnrolResponse) -> Result<Self, ApiDecodeError> {
        let roots = wire.roots.into_iter().map(|root| {
            let network = Network::from_word(&root.network).ok_or(ApiDecodeError::Word("network"))?;
            Ok(NetworkRoot { network, der: octets(&root.der_b64, "der_b64")? })
        });
        Ok(Self { path: path(&wire.path)?, roots: roots.collect::<Result<_, _>>()? })
    }
}

impl TryFrom<json::CertificateOrder> for CertificateOrder {
    type Error = ApiDecodeError;

    fn try_from(wire: json::CertificateOrder) -> Result<Self, ApiDecodeError> {
        Ok(Self {
            public_key_spki: octets(&wire.public_key_spki_b64, "public_key_spki_b64")?,
            operation: Operation::from_word(&wire.operation).ok_or(ApiDecodeError::Word("operation"))?,
            order_id: wire.order_id,
            subject: wire.subject,
        })
    }
}

impl TryFrom<json::CertificateAnswer> for CertificateAnswer {
    type Error = ApiDecodeError;

    fn try_from(wire: json::CertificateAnswer) -> Result<Self, ApiDecodeError> {
        Ok(Self { path: path(&wire.path)? })
    }
}

impl EnrolRequest {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// See [`ApiDecodeError`].
    pub fn decode(body: &[u8], max_octets: usize) -> Result<Self, ApiDecodeError> {
        parse::<json::EnrolRequest>(body, max_octets)?.try_into()
    }

    /// Writes the JSON form; wiped when dropped, because it holds the code.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let code = self.code.expose().to_owned();
        let mut wire = json::EnrolRequest { code, csr_der_b64: STANDARD.encode(&self.csr_der) };
        let body = Zeroizing::new(render(&wire));
        zeroize::Zeroize::zeroize(&mut wire.code);
        body
    }
}

impl EnrolResponse {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// See [`ApiDecodeError`].
    pub fn decode(body: &[u8], max_octets: usize) -> Result<Self, ApiDecodeError> {
        parse::<json::EnrolResponse>(body, max_octets)?.try_into()
    }

    /// Writes the JSON form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let root = |root: &NetworkRoot| json::NetworkRoot {
            network: root.network.word().to_owned(),
            der_b64: STANDARD.encode(&root.der),
        };
        render(&json::EnrolResponse { path: texts(&self.path), roots: self.roots.iter().map(root).collect() })
    }
}

impl CertificateOrder {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// See [`ApiDecodeError`].
    pub fn decode(body: &[u8], max_octets: usize) -> Result<Self, ApiDecodeError> {
        parse::<json::CertificateOrder>(body, max_octets)?.try_into()
    }

    /// Writes the JSON form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        render(&json::CertificateOrder {
            order_id: self.order_id.clone(),
            public_key_spki_b64: STANDARD.encode(&self.public_key_spki),
            operation: self.operation.word().to_owned(),
            subject: self.subject.clone(),
        })
    }
}

impl CertificateAnswer {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// See [`ApiDecodeError`].
    pub fn decode(body: &[u8], max_octets: usize) -> Result<Self, ApiDecodeError> {
        parse::<json::CertificateAnswer>(body, max_octets)?.try_into()
    }

    /// Writes the JSON form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        render(&json::CertificateAnswer { path: texts(&self.path) })
    }
}

impl ApiError {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// See [`ApiDecodeError`].
    pub fn decode(body: &[u8], max_octets: usize) -> Result<Self, ApiDecodeError> {
        parse(body, max_octets)
    }

    /// Writes the JSON form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        render(self)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], max_octets: usize) -> Result<T, ApiDecodeError> {
    if body.len() > max_octets {
        return Err(ApiDecodeError::TooLong(max_octets));
    }
    // serde's own message may quote the body, and with it an enrolment code.
    serde_json::from_slice(body).map_err(|_| ApiDecodeError::Json)
}

/// The forms above are structs of strings, for which serialisation has no way to fail.
fn render<T: Serialize>(wire: &T) -> Vec<u8> {
    serde_json::to_vec(wire).unwrap_or_default()
}

fn octets(text: &str, field: &'static str) -> Result<Vec<u8>, ApiDecodeError> {
    STANDARD.decode(text).map_err(|_| ApiDecodeError::Base64(field))
}

fn path(texts: &[String]) -> Result<Vec<Vec<u8>>, ApiDecodeError> {
    texts.iter().map(|text| octets(text, "path")).collect()
}

fn texts(path: &[Vec<u8>]) -> Vec<String> {
    path.iter().map(|der| STANDARD.encode(der)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> CertificateOrder {
        CertificateOrder {
            order_id: "S1-aa:sign".into(),
            public_key_spki: vec![0x30, 0x59, 0xFF],
            operation: Operation::Sign,
            subject: Subject {
                given_name: "Maija".into(),
                surname: "Meikäläinen".into(),
                serial_number: "FI-1".into(),
                common_name: "Maija Meikäläinen".into(),
            },
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(CertificateOrder::decode(&order().encode(), MAX_OCTETS), Ok(order()));
        let answer = CertificateAnswer { path: vec![vec![1, 2], vec![]] };
        assert_eq!(CertificateAnswer::decode(&answer.encode(), MAX_OCTETS), Ok(answer));
        let root = |network| NetworkRoot { network, der: vec![9; 40] };
        let roots = Network::ALL.iter().copied().map(root).collect();
        let response = EnrolResponse { path: vec![vec![7; 300]], roots };
        assert_eq!(EnrolResponse::decode(&response.encode(), MAX_OCTETS), Ok(response));
        let error = ApiError { code: "code_used".into(), message: "Ask for a new code.".into() };
        assert_eq!(ApiError::decode(&error.encode(), MAX_OCTETS), Ok(error));
        let request = EnrolRequest { code: EnrolmentCode::new("c0de".into()), csr_der: vec![1, 2, 3] };
        let again = EnrolRequest::decode(&request.encode(), MAX_OCTETS).ok().unwrap();
        assert_eq!((again.code.expose(), again.csr_der), ("c0de", vec![1, 2, 3]));
    }

    #[test]
    fn the_field_names_are_the_api() {
        let json: serde_json::Value = serde_json::from_slice(&order().encode()).unwrap();
        assert_eq!(json["public_key_spki_b64"], "MFn/");
        assert_eq!(json["operation"], "sign");
        assert_eq!(json["subject"]["serial_number"], "FI-1");
    }

    #[test]
    fn bad_bodies_are_refused_without_a_quote_of_them() {
        let table: &[(&[u8], ApiDecodeError)] = &[
            (b"", ApiDecodeError::Json),
            (b"{\"path\":[\"AA==\"],\"more\":1}", ApiDecodeError::Json),
            (b"{\"path\":\"AA==\"}", ApiDecodeError::Json),
            (b"{\"path\":[\"A\"]}", ApiDecodeError::Base64("path")),
            (&[b' '; MAX_OCTETS + 1], ApiDecodeError::TooLong(MAX_OCTETS)),
        ];
        for (body, error) in table {
            assert_eq!(CertificateAnswer::decode(body, MAX_OCTETS), Err(*error));
        }
        let mut wrong = String::from_utf8(order().encode()).unwrap();
        wrong = wrong.replace("\"sign\"", "\"seal\"");
        assert_eq!(
            CertificateOrder::decode(wrong.as_bytes(), MAX_OCTETS),
            Err(ApiDecodeError::Word("operation"))
        );
    }
}
