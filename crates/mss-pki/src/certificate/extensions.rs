use der::{
    Decode, Reader, SliceReader, Tag, TagNumber,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef},
};
use x509_cert::ext::{Extension, pkix::BasicConstraints};

use super::{CertificateError, ExtKeyUsage, KeyUsage};
use crate::oid;

/// Most extensions in a certificate.
const MAX_EXTENSIONS: usize = 32;
/// Most names in a subject alternative name.
const MAX_NAMES: usize = 64;

/// What the platform reads from a certificate's extensions.
#[derive(Default)]
pub(crate) struct Extensions {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u8>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) ext_key_usage: Option<ExtKeyUsage>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    /// The URIs in the subject alternative name.
    pub(crate) uris: Vec<String>,
    /// A critical extension that nobody here understands: a path with it is refused (RFC 5280 4.2).
    pub(crate) unknown_critical: bool,
}

impl Extensions {
    pub(crate) fn read(extensions: &[Extension]) -> Result<Self, CertificateError> {
        let malformed = |what| move |_: der::Error| CertificateError::Malformed(what);
        if extensions.len() > MAX_EXTENSIONS {
            return Err(CertificateError::Malformed("too many extensions"));
        }
        let mut read = Self::default();
        for (at, extension) in extensions.iter().enumerate() {
            let earlier = extensions.get(..at).unwrap_or(&[]);
            if earlier.iter().any(|other| other.extn_id == extension.extn_id) {
                return Err(CertificateError::Malformed("an extension stands twice"));
            }
            let value = extension.extn_value.as_bytes();
            match Known::of(extension.extn_id) {
                Some(Known::BasicConstraints) => {
                    let constraints =
                        BasicConstraints::from_der(value).map_err(malformed("basic constraints"))?;
                    read.ca = constraints.ca;
                    read.path_len = constraints.path_len_constraint;
                }
                Some(Known::KeyUsage) => {
                    read.key_usage = Some(key_usage(value).map_err(malformed("key usage"))?);
                }
                Some(Known::ExtKeyUsage) => {
                    read.ext_key_usage = Some(ext_key_usage(value).map_err(malformed("extended key usage"))?);
                }
                Some(Known::SubjectKeyId) => {
                    let id =
                        <&OctetStringRef>::from_der(value).map_err(malformed("subject key identifier"))?;
                    read.subject_key_id = Some(id.as_bytes().to_vec());
                }
                Some(Known::SubjectAltName) => {
                    read.uris = uris(value).map_err(malformed("subject alternative name"))?;
                }
                None => read.unknown_critical |= extension.critical,
            }
        }
        Ok(read)
    }
}

enum Known {
    BasicConstraints,
    KeyUsage,
    ExtKeyUsage,
    SubjectKeyId,
    SubjectAltName,
}

impl Known {
    fn of(id: ObjectIdentifier) -> Option<Self> {
        // The constants are whole elements, the identifier has the value's octets alone.
        let is = |element: &[u8]| element.get(2..) == Some(id.as_bytes());
        [
            (oid::BASIC_CONSTRAINTS, Self::BasicConstraints),
            (oid::KEY_USAGE, Self::KeyUsage),
            (oid::EXT_KEY_USAGE, Self::ExtKeyUsage),
            (oid::SUBJECT_KEY_IDENTIFIER, Self::SubjectKeyId),
            (oid::SUBJECT_ALT_NAME, Self::SubjectAltName),
        ]
        .into_iter()
        .find_map(|(element, known)| is(element).then_some(known))
    }
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, der::Error> {
    let bits = BitStringRef::from_der(value)?;
    let set = bits.bits().take(16).enumerate().filter(|(_, set)| *set);
    Ok(KeyUsage(set.fold(0, |usage, (bit, _)| usage | 1 << bit)))
}

fn ext_key_usage(value: &[u8]) -> Result<ExtKeyUsage, der::Error> {
    let mut usage = ExtKeyUsage::default();
    each(value, |purpose| {
        match purpose {
            oid::SERVER_AUTH => usage.server_auth = true,
            oid::CLIENT_AUTH => usage.client_auth = true,
            _ => {
                AnyRef::from_der(purpose)?.decode_as::<ObjectIdentifier>()?;
                usage.other = true;
            }
        }
        Ok(())
    })?;
    Ok(usage)
}

/// The `uniformResourceIdentifier [6]` names. Others are not looked at: TLS has compared them already.
fn uris(value: &[u8]) -> Result<Vec<String>, der::Error> {
    let uri = Tag::ContextSpecific { constructed: false, number: TagNumber(6) };
    let mut uris = Vec::new();
    each(value, |name| {
        let name = AnyRef::from_der(name)?;
        if name.header().tag() == uri {
            let text = std::str::from_utf8(name.value()).map_err(|_| der::ErrorKind::Failed)?;
            uris.push(text.to_owned());
        }
        Ok(())
    })?;
    Ok(uris)
}

/// Calls `with` for every element of a non-empty SEQUENCE OF.
fn each(value: &[u8], mut with: impl FnMut(&[u8]) -> Result<(), der::Error>) -> Result<(), der::Error> {
    let mut reader = SliceReader::new(value)?;
    let mut count = 0_usize;
    reader.sequence(|reader| {
        while !reader.is_finished() {
            with(reader.tlv_bytes()?)?;
            count += 1;
            if count > MAX_NAMES {
                return Err(der::ErrorKind::Overlength.into());
            }
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    if count == 0 { Err(der::ErrorKind::Failed.into()) } else { Ok(()) }
}
