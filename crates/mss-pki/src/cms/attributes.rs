use der::{
    Decode, Encode, Reader, SliceReader, Tag, TagNumber,
    asn1::{AnyRef, OctetStringRef},
};
use mss_core::Timestamp;
use x509_cert::time::Time;

use super::{VerifyCmsError, signed_data::elements};
use crate::{oid, tlv};

/// Most signed attributes that are read.
const MAX_ATTRIBUTES: usize = 32;

/// What the signed attributes say.
pub(super) struct Attributes {
    /// The OID element.
    pub(super) content_type: Vec<u8>,
    pub(super) message_digest: Vec<u8>,
    pub(super) signing_time: Option<Timestamp>,
    /// certHash of the first ESSCertIDv2.
    pub(super) certificate_hash: Vec<u8>,
    /// The octets that are signed: SET OF instead of `[0]`.
    pub(super) signed: Vec<u8>,
}

impl Attributes {
    /// Reads the `[0]` element.
    pub(super) fn read(element: &[u8]) -> Result<Self, VerifyCmsError> {
        let implicit = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        let malformed = |_: der::Error| VerifyCmsError::Malformed("the signed attributes");
        let members = AnyRef::from_der(element)
            .and_then(|any| elements(any, implicit, MAX_ATTRIBUTES))
            .map_err(malformed)?;
        // DER: ascending, and so none twice with the same value.
        if !members.is_sorted_by(|earlier, later| earlier < later) {
            return Err(VerifyCmsError::Malformed("the signed attributes are not in DER order"));
        }
        let attributes =
            members.into_iter().map(attribute).collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        let find = |kind: &[u8], name| single(&attributes, kind, name);
        let required = |kind: &[u8], name| find(kind, name)?.ok_or(VerifyCmsError::Attribute(name));
        let digest = required(oid::MESSAGE_DIGEST, "messageDigest")?;
        let time = find(oid::SIGNING_TIME, "signingTime")?;
        let signed = element.get(1..).unwrap_or_default();
        Ok(Self {
            content_type: required(oid::CONTENT_TYPE, "contentType")?.to_vec(),
            message_digest: <&OctetStringRef>::from_der(digest).map_err(malformed)?.as_bytes().to_vec(),
            signing_time: time.map(signing_time).transpose().map_err(malformed)?,
            certificate_hash: certificate_hash(required(
                oid::SIGNING_CERTIFICATE_V2,
                "signingCertificateV2",
            )?)
            .map_err(malformed)?
            .to_vec(),
            signed: [&[tlv::SET], signed].concat(),
        })
    }
}

/// The type's element and the values' elements.
type Attribute<'a> = (&'a [u8], Vec<&'a [u8]>);

fn attribute(der: &[u8]) -> Result<Attribute<'_>, der::Error> {
    SliceReader::new(der)?.sequence(|reader| {
        let kind = reader.tlv_bytes()?;
        Ok((kind, elements(AnyRef::decode(reader)?, Tag::Set, 8)?))
    })
}

/// The only value of the only attribute of a kind (RFC 5652 11): twice is as wrong as two values.
fn single<'a>(
    attributes: &[Attribute<'a>],
    kind: &[u8],
    name: &'static str,
) -> Result<Option<&'a [u8]>, VerifyCmsError> {
    let mut found = attributes.iter().filter(|(other, _)| *other == kind);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((_, values)), None) => match values[..] {
            [value] => Ok(Some(value)),
            _ => Err(VerifyCmsError::Attribute(name)),
        },
        (Some(_), Some(_)) => Err(VerifyCmsError::Attribute(name)),
    }
}

fn signing_time(der: &[u8]) -> Result<Timestamp, der::Error> {
    let seconds = Time::from_der(der)?.to_unix_duration().as_secs();
    let seconds = i64::try_from(seconds).map_err(|_| der::ErrorKind::DateTime)?;
    let time = Timestamp::from_secs(seconds);
    // The choice of the two forms is fixed, too (RFC 5652 11.3).
    if tlv::time(time) == der { Ok(time) } else { Err(der::ErrorKind::DateTime.into()) }
}

/// SigningCertificateV2 (RFC 5035): the first ESSCertIDv2 names the signer. Only SHA-256, the default, is read; DER leaves a
/// default out, and makers that write it nevertheless are forgiven.
fn certificate_hash(der: &[u8]) -> Result<&[u8], der::Error> {
    let certs = SliceReader::new(der)?.sequence(|reader| {
        let certs = elements(AnyRef::decode(reader)?, Tag::Sequence, 16)?;
        skip_rest(reader)?;
        Ok::<_, der::Error>(certs)
    })?;
    let first = certs.first().ok_or(der::ErrorKind::Failed)?;
    SliceReader::new(first)?.sequence(|reader| {
        if Tag::peek(reader)? == Tag::Sequence {
            is_sha256(reader.tlv_bytes()?).then_some(()).ok_or(der::ErrorKind::Failed)?;
        }
        let hash = <&OctetStringRef>::decode(reader)?.as_bytes();
        skip_rest(reader)?;
        Ok(hash)
    })
}

fn skip_rest(reader: &mut SliceReader<'_>) -> Result<(), der::Error> {
    while !reader.is_finished() {
        reader.tlv_bytes()?;
    }
    Ok(())
}

/// AlgorithmIdentifier of SHA-256, parameters absent or NULL (RFC 5754 2).
pub(super) fn is_sha256(algorithm: &[u8]) -> bool {
    let null = AnyRef::NULL.to_der().unwrap_or_default();
    algorithm == oid::SHA256_ALGORITHM || algorithm == tlv::sequence(&[oid::SHA256, &null])
}
