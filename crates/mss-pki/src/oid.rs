//! Object identifiers, as whole DER elements (tag, length, value).

/// id-data, 1.2.840.113549.1.7.1.
pub(crate) const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// id-signedData, 1.2.840.113549.1.7.2.
pub(crate) const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// id-contentType, 1.2.840.113549.1.9.3.
pub(crate) const CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
/// id-messageDigest, 1.2.840.113549.1.9.4.
pub(crate) const MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// id-signingTime, 1.2.840.113549.1.9.5.
pub(crate) const SIGNING_TIME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
/// id-aa-signingCertificateV2, 1.2.840.113549.1.9.16.2.47.
pub(crate) const SIGNING_CERTIFICATE_V2: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
/// extensionRequest, 1.2.840.113549.1.9.14.
pub(crate) const EXTENSION_REQUEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";
/// SHA-256, 2.16.840.1.101.3.4.2.1.
pub(crate) const SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";

/// AlgorithmIdentifier of SHA-256, parameters absent (RFC 5754 2).
pub(crate) const SHA256_ALGORITHM: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// AlgorithmIdentifier of ecdsa-with-SHA256 (1.2.840.10045.4.3.2), parameters absent (RFC 5758 3.2).
pub(crate) const ECDSA_WITH_SHA256_ALGORITHM: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

/// id-at-commonName.
pub(crate) const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
/// id-at-surname.
pub(crate) const SURNAME: &[u8] = b"\x06\x03\x55\x04\x04";
/// id-at-serialNumber.
pub(crate) const SERIAL_NUMBER: &[u8] = b"\x06\x03\x55\x04\x05";
/// id-at-organizationName.
pub(crate) const ORGANIZATION: &[u8] = b"\x06\x03\x55\x04\x0a";
/// id-at-organizationalUnitName.
pub(crate) const ORGANIZATIONAL_UNIT: &[u8] = b"\x06\x03\x55\x04\x0b";
/// id-at-givenName.
pub(crate) const GIVEN_NAME: &[u8] = b"\x06\x03\x55\x04\x2a";

/// id-ce-subjectKeyIdentifier.
pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = b"\x06\x03\x55\x1d\x0e";
/// id-ce-keyUsage.
pub(crate) const KEY_USAGE: &[u8] = b"\x06\x03\x55\x1d\x0f";
/// id-ce-subjectAltName.
pub(crate) const SUBJECT_ALT_NAME: &[u8] = b"\x06\x03\x55\x1d\x11";
/// id-ce-basicConstraints.
pub(crate) const BASIC_CONSTRAINTS: &[u8] = b"\x06\x03\x55\x1d\x13";
/// id-ce-authorityKeyIdentifier.
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x06\x03\x55\x1d\x23";
/// id-ce-extKeyUsage.
pub(crate) const EXT_KEY_USAGE: &[u8] = b"\x06\x03\x55\x1d\x25";
/// id-kp-serverAuth, 1.3.6.1.5.5.7.3.1.
pub(crate) const SERVER_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
/// id-kp-clientAuth, 1.3.6.1.5.5.7.3.2.
pub(crate) const CLIENT_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
