use der::{
    Decode, Reader, SliceReader, Tag, TagNumber,
    asn1::{AnyRef, OctetStringRef},
};

use super::VerifyCmsError;
use crate::{oid, path::MAX_PATH};

/// Most certificates that are looked at: a path, its root, and a few that some makers add.
const MAX_CERTIFICATES: usize = MAX_PATH + 5;

/// A SignedData with one signer, as spans of the octets that were read.
pub(super) struct SignedData<'a> {
    pub(super) version: &'a [u8],
    /// AlgorithmIdentifier elements.
    pub(super) digest_algorithms: Vec<&'a [u8]>,
    /// The OID element.
    pub(super) content_type: &'a [u8],
    pub(super) content: Option<&'a [u8]>,
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signer: SignerInfo<'a>,
}

pub(super) struct SignerInfo<'a> {
    pub(super) version: &'a [u8],
    pub(super) id: SignerId<'a>,
    pub(super) digest_algorithm: &'a [u8],
    /// The `[0]` element.
    pub(super) attributes: &'a [u8],
    pub(super) signature_algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

pub(super) enum SignerId<'a> {
    /// The IssuerAndSerialNumber element.
    IssuerAndSerial(&'a [u8]),
    /// The subject key identifier's octets.
    KeyId(&'a [u8]),
}

const fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(number) }
}

impl<'a> SignedData<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, VerifyCmsError> {
        let signed_data =
            content_info(der).map_err(|_| VerifyCmsError::Malformed("no ContentInfo in DER"))?;
        let parts =
            Outer::read(signed_data).map_err(|_| VerifyCmsError::Malformed("no SignedData in DER"))?;
        let [signer] = parts.signers[..] else { return Err(VerifyCmsError::Signers(parts.signers.len())) };
        let signer =
            SignerInfo::read(signer).map_err(|_| VerifyCmsError::Malformed("no SignerInfo in DER"))?;
        Ok(Self {
            version: parts.version,
            digest_algorithms: parts.digest_algorithms,
            content_type: parts.content_type,
            content: parts.content,
            certificates: parts.certificates,
            signer: signer.ok_or(VerifyCmsError::Attribute("no signed attributes"))?,
        })
    }
}

/// The SignedData element inside.
fn content_info(der: &[u8]) -> Result<&[u8], der::Error> {
    let mut reader = SliceReader::new(der)?;
    let (kind, signed_data) =
        reader.sequence(|reader| Ok::<_, der::Error>((reader.tlv_bytes()?, explicit(reader, 0)?)))?;
    reader.finish()?;
    if kind == oid::SIGNED_DATA { Ok(signed_data) } else { Err(der::ErrorKind::Failed.into()) }
}

/// The one element inside an EXPLICIT tag.
fn explicit<'a>(reader: &mut SliceReader<'a>, number: u32) -> Result<&'a [u8], der::Error> {
    let outer = AnyRef::decode(reader)?;
    if outer.header().tag() != context(number, true) {
        return Err(der::ErrorKind::Failed.into());
    }
    let mut inner = SliceReader::new(outer.value())?;
    let element = inner.tlv_bytes()?;
    inner.finish()?;
    Ok(element)
}

struct Outer<'a> {
    version: &'a [u8],
    digest_algorithms: Vec<&'a [u8]>,
    content_type: &'a [u8],
    content: Option<&'a [u8]>,
    certificates: Vec<&'a [u8]>,
    signers: Vec<&'a [u8]>,
}

impl<'a> Outer<'a> {
    fn read(der: &'a [u8]) -> Result<Self, der::Error> {
        let mut reader = SliceReader::new(der)?;
        let outer = reader.sequence(|reader| {
            let version = reader.tlv_bytes()?;
            let digest_algorithms = elements(AnyRef::decode(reader)?, Tag::Set, 4)?;
            let (content_type, content) = reader.sequence(|reader| {
                let kind = reader.tlv_bytes()?;
                let content = if reader.is_finished() {
                    None
                } else {
                    Some(<&OctetStringRef>::from_der(explicit(reader, 0)?)?.as_bytes())
                };
                Ok::<_, der::Error>((kind, content))
            })?;
            let mut certificates = Vec::new();
            if Tag::peek(reader)? == context(0, true) {
                certificates = elements(AnyRef::decode(reader)?, context(0, true), MAX_CERTIFICATES)?;
            }
            if Tag::peek(reader)? == context(1, true) {
                // Revocation lists are not looked at yet.
                reader.tlv_bytes()?;
            }
            let signers = elements(AnyRef::decode(reader)?, Tag::Set, 8)?;
            Ok::<_, der::Error>(Self {
                version,
                digest_algorithms,
                content_type,
                content,
                certificates,
                signers,
            })
        })?;
        reader.finish()?;
        Ok(outer)
    }
}

impl<'a> SignerInfo<'a> {
    /// `None` when there are no signed attributes.
    fn read(der: &'a [u8]) -> Result<Option<Self>, der::Error> {
        let mut reader = SliceReader::new(der)?;
        let read = reader.sequence(|reader| {
            let version = reader.tlv_bytes()?;
            let id = if Tag::peek(reader)? == context(0, false) {
                SignerId::KeyId(AnyRef::decode(reader)?.value())
            } else {
                SignerId::IssuerAndSerial(reader.tlv_bytes()?)
            };
            let digest_algorithm = reader.tlv_bytes()?;
            let attributes =
                if Tag::peek(reader)? == context(0, true) { Some(reader.tlv_bytes()?) } else { None };
            let signature_algorithm = reader.tlv_bytes()?;
            let signature = <&OctetStringRef>::decode(reader)?.as_bytes();
            if !reader.is_finished() && Tag::peek(reader)? == context(1, true) {
                // Unsigned attributes: nobody vouches for them.
                reader.tlv_bytes()?;
            }
            Ok::<_, der::Error>(attributes.map(|attributes| Self {
                version,
                id,
                digest_algorithm,
                attributes,
                signature_algorithm,
                signature,
            }))
        })?;
        reader.finish()?;
        Ok(read)
    }
}

/// The elements of a SET OF or SEQUENCE OF, at most `most`.
pub(super) fn elements<'a>(any: AnyRef<'a>, tag: Tag, most: usize) -> Result<Vec<&'a [u8]>, der::Error> {
    if any.header().tag() != tag {
        return Err(der::ErrorKind::Failed.into());
    }
    let mut reader = SliceReader::new(any.value())?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes()?);
        if elements.len() > most {
            return Err(der::ErrorKind::Overlength.into());
        }
    }
    Ok(elements)
}
