use mss_core::Timestamp;

use crate::{oid, tlv};

/// The signed attributes of one signature, as the DER SET OF that is signed (RFC 5652 5.4): contentType id-data, signingTime,
/// messageDigest and signingCertificateV2 (RFC 5035, without issuerSerial).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttributes(Vec<u8>);

/// contentType with id-data: SEQUENCE { OID, SET { OID } }.
const CONTENT_TYPE_LEN: usize = 26;
/// SEQUENCE { OID, SET { OCTET STRING of 32 } }.
const MESSAGE_DIGEST_LEN: usize = 49;
/// SEQUENCE { OID, SET { SEQUENCE { SEQUENCE { SEQUENCE { OCTET STRING of 32 } } } } }.
const CERTIFICATE_LEN: usize = 57;

impl SignedAttributes {
    /// Builds them. `message_digest` is SHA-256 of the content, `signing_time` counts in whole seconds, `certificate_hash` is
    /// SHA-256 of the signer's certificate. The same octets that the card makes.
    #[must_use]
    pub fn build(message_digest: &[u8; 32], signing_time: Timestamp, certificate_hash: &[u8; 32]) -> Self {
        let time = tlv::time(signing_time);
        // SET OF is sorted by the members' octets (X.690 11.6). All are SEQUENCEs of different lengths below 128, so that the
        // order is that of their lengths and always this one.
        let time_len = 2 + oid::SIGNING_TIME.len() + 2 + time.len();
        let members = CONTENT_TYPE_LEN + time_len + MESSAGE_DIGEST_LEN + CERTIFICATE_LEN;
        let mut out = Vec::with_capacity(tlv::element_len(members));
        tlv::header(&mut out, tlv::SET, members);

        attribute(&mut out, CONTENT_TYPE_LEN, oid::CONTENT_TYPE, oid::DATA.len());
        out.extend_from_slice(oid::DATA);

        attribute(&mut out, time_len, oid::SIGNING_TIME, time.len());
        out.extend_from_slice(&time);

        attribute(&mut out, MESSAGE_DIGEST_LEN, oid::MESSAGE_DIGEST, 34);
        tlv::header(&mut out, tlv::OCTET_STRING, 32);
        out.extend_from_slice(message_digest);

        attribute(&mut out, CERTIFICATE_LEN, oid::SIGNING_CERTIFICATE_V2, 40);
        for length in [38, 36, 34] {
            tlv::header(&mut out, tlv::SEQUENCE, length);
        }
        tlv::header(&mut out, tlv::OCTET_STRING, 32);
        out.extend_from_slice(certificate_hash);
        Self(out)
    }

    /// The DER SET OF (tag 31), as it is hashed and signed.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// SHA-256 of the DER: what SIGN_DIGEST asks the card to sign.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        crate::sha256(&self.0)
    }
}

/// An attribute up to its only value: SEQUENCE, type, SET. `whole` counts the attribute, `value` its value.
fn attribute(out: &mut Vec<u8>, whole: usize, kind: &[u8], value: usize) {
    tlv::header(out, tlv::SEQUENCE, whole - 2);
    out.extend_from_slice(kind);
    tlv::header(out, tlv::SET, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_are_those_of_the_card() {
        let built = SignedAttributes::build(&[0xaa; 32], Timestamp::from_secs(1_709_210_096), &[0xbb; 32]);
        let expected = [
            "3181a2301806092a864886f70d010903310b06092a864886f70d010701",
            "301c06092a864886f70d010905310f170d3234303232393132333435365a",
            "302f06092a864886f70d01090431220420",
            &"aa".repeat(32),
            "3037060b2a864886f70d010910022f31283026302430220420",
            &"bb".repeat(32),
        ];
        assert_eq!(hex::encode(built.der()), expected.concat());
        assert_eq!(built.sha256(), crate::sha256(built.der()));
    }

    #[test]
    fn the_set_stays_sorted_when_times_grow_longer() {
        for (time, octets) in [("2049-12-31T23:59:59Z", 165), ("2050-01-01T00:00:00Z", 167)] {
            let time = Timestamp::parse_xml(time).unwrap();
            let built = SignedAttributes::build(&[0; 32], time, &[0; 32]);
            assert_eq!(built.der().len(), octets);
            assert_eq!(usize::from(built.der()[2]), octets - 3);
            let mut rest = &built.der()[3..];
            let mut last: &[u8] = &[];
            while !rest.is_empty() {
                let (member, left) = rest.split_at(2 + usize::from(rest[1]));
                assert!(member > last);
                (last, rest) = (member, left);
            }
        }
    }
}
