use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, asn1::BitStringRef};
use mss_core::Timestamp;
use x509_cert::{TbsCertificate, certificate::Version, time::Time};

use super::{CertificateError, Extensions, MAX_DER, Validity};
use crate::oid;

/// The parts of a certificate, as they stand in its octets: what is signed is never written anew.
pub(crate) struct Fields<'a> {
    pub(crate) tbs: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) ecdsa_with_sha256: bool,
    /// Value octets of the INTEGER.
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) spki: &'a [u8],
    pub(crate) validity: Validity,
    pub(crate) extensions: Extensions,
}

impl<'a> Fields<'a> {
    /// Reads a certificate of any key and algorithm.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_DER {
            return Err(CertificateError::TooLarge);
        }
        let (tbs, algorithm, signature) =
            signed(der).map_err(|_| CertificateError::Malformed("not a certificate in DER"))?;
        let tbs_error = |_| CertificateError::Malformed("the part that is signed");
        let parsed = TbsCertificate::from_der(tbs).map_err(tbs_error)?;
        let spans = Spans::read(tbs).map_err(tbs_error)?;
        let inner = parsed.signature().to_der().map_err(tbs_error)?;
        if inner != algorithm {
            return Err(CertificateError::Malformed("two different signature algorithms"));
        }
        if parsed.extensions().is_some() && parsed.version() != Version::V3 {
            return Err(CertificateError::Malformed("extensions before version 3"));
        }
        let validity = Validity {
            not_before: timestamp(parsed.validity().not_before)?,
            not_after: timestamp(parsed.validity().not_after)?,
        };
        Ok(Self {
            tbs,
            signature: signature
                .as_bytes()
                .ok_or(CertificateError::Malformed("the signature is no whole octets"))?,
            ecdsa_with_sha256: algorithm == oid::ECDSA_WITH_SHA256_ALGORITHM,
            serial: spans.serial,
            issuer: spans.issuer,
            subject: spans.subject,
            spki: spans.spki,
            validity,
            extensions: Extensions::read(parsed.extensions().map_or(&[], Vec::as_slice))?,
        })
    }

    /// RFC 5280 4.1.2.2: positive, at most 20 octets.
    pub(crate) fn check_serial(&self) -> Result<(), CertificateError> {
        let positive = self.serial.first().is_some_and(|first| first & 0x80 == 0) && self.serial != [0];
        if positive && self.serial.len() <= 20 {
            Ok(())
        } else {
            Err(CertificateError::Malformed("the serial number"))
        }
    }
}

/// SEQUENCE { anything, AlgorithmIdentifier, BIT STRING }: the shape of certificates and requests.
pub(crate) fn signed(der: &[u8]) -> Result<(&[u8], &[u8], BitStringRef<'_>), der::Error> {
    let mut reader = SliceReader::new(der)?;
    let parts = reader.sequence(|reader| {
        Ok::<_, der::Error>((reader.tlv_bytes()?, reader.tlv_bytes()?, BitStringRef::decode(reader)?))
    })?;
    reader.finish()?;
    Ok(parts)
}

struct Spans<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    spki: &'a [u8],
}

impl<'a> Spans<'a> {
    fn read(tbs: &'a [u8]) -> Result<Self, der::Error> {
        let version = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        SliceReader::new(tbs)?.sequence(|reader| {
            if Tag::peek(reader)? == version {
                reader.tlv_bytes()?;
            }
            let serial = der::asn1::AnyRef::decode(reader)?.value();
            reader.tlv_bytes()?;
            let issuer = reader.tlv_bytes()?;
            reader.tlv_bytes()?;
            let (subject, spki) = (reader.tlv_bytes()?, reader.tlv_bytes()?);
            while !reader.is_finished() {
                reader.tlv_bytes()?;
            }
            Ok(Self { serial, issuer, subject, spki })
        })
    }
}

fn timestamp(time: Time) -> Result<Timestamp, CertificateError> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds.map(Timestamp::from_secs).map_err(|_| CertificateError::Malformed("the validity"))
}
