use crate::civil::Civil;

/// The DER of the CAdES signed attributes, as the SET OF (tag 31) that is hashed and signed, RFC 5652 5.4:
/// contentType id-data, signingTime, messageDigest, signingCertificateV2 (RFC 5035, SHA-256 by default, certHash alone).
#[must_use]
pub fn signed_attributes(text_digest: [u8; 32], time_unix_s: u32, cert_hash: [u8; 32]) -> Vec<u8> {
    // A DER SET OF is sorted by its members' octets. All four are SEQUENCEs (30) of different lengths, so the order is that
    // of the lengths, and always this one.
    let time = signing_time(time_unix_s);
    let mut octets = Vec::with_capacity(168);
    let members = CONTENT_TYPE.len() + time.len() + MESSAGE_DIGEST.len() + CERTIFICATE.len() + 64;
    // Between 128 and 255 octets: the length takes the form 81 LL.
    octets.extend_from_slice(&[0x31, 0x81, members as u8]);
    octets.extend_from_slice(&CONTENT_TYPE);
    octets.extend_from_slice(&time);
    octets.extend_from_slice(&MESSAGE_DIGEST);
    octets.extend_from_slice(&text_digest);
    octets.extend_from_slice(&CERTIFICATE);
    octets.extend_from_slice(&cert_hash);
    octets
}

/// contentType (1.2.840.113549.1.9.3): id-data (1.2.840.113549.1.7.1).
const CONTENT_TYPE: [u8; 26] = [
    0x30, 0x18, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03, //
    0x31, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01,
];

/// messageDigest (1.2.840.113549.1.9.4), up to the 32 octets of its value.
const MESSAGE_DIGEST: [u8; 17] = [
    0x30, 0x2F, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04, //
    0x31, 0x22, 0x04, 0x20,
];

/// signingCertificateV2 (1.2.840.113549.1.9.16.2.47): certs, one ESSCertIDv2, up to the 32 octets of its certHash.
const CERTIFICATE: [u8; 25] = [
    0x30, 0x37, 0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x2F, //
    0x31, 0x28, 0x30, 0x26, 0x30, 0x24, 0x30, 0x22, 0x04, 0x20,
];

/// signingTime (1.2.840.113549.1.9.5): UTCTime before 2050, GeneralizedTime from then on (RFC 5652 11.3).
fn signing_time(time_unix_s: u32) -> Vec<u8> {
    let Civil { year, month, day, hour, minute, second } = Civil::from_unix(u64::from(time_unix_s));
    let (tag, century) = if year < 2050 { (UTC_TIME, None) } else { (GENERALIZED_TIME, Some(year / 100)) };
    let digits = if century.is_some() { 15 } else { 13 };
    let mut octets =
        vec![0x30, digits + 15, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];
    octets.extend_from_slice(&[0x31, digits + 2, tag, digits]);
    for pair in century.into_iter().chain([year % 100, month, day, hour, minute, second]) {
        // Each pair is below 100.
        octets.extend_from_slice(&[b'0' + (pair / 10) as u8, b'0' + (pair % 10) as u8]);
    }
    octets.push(b'Z');
    octets
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The DTBS_ID of a result: the first four octets of SHA-256 over the UTF-8 text (SIGN_TEXT), or of the digest (SIGN_DIGEST).
#[must_use]
pub const fn dtbs_id(digest: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = *digest;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_der() {
        let octets = signed_attributes([0xAA; 32], 1_709_210_096, [0xBB; 32]);
        let expected = [
            "3181a2301806092a864886f70d010903310b06092a864886f70d010701",
            "301c06092a864886f70d010905310f170d3234303232393132333435365a",
            "302f06092a864886f70d01090431220420",
            &"aa".repeat(32),
            "3037060b2a864886f70d010910022f31283026302430220420",
            &"bb".repeat(32),
        ];
        assert_eq!(hex::encode(octets), expected.concat());
    }

    #[test]
    fn times_around_2050() {
        let before = signed_attributes([0; 32], 2_524_607_999, [0; 32]);
        assert!(before.windows(15).any(|w| w == b"\x17\x0d491231235959Z"));
        let after = signed_attributes([0; 32], 2_524_608_000, [0; 32]);
        assert!(after.windows(17).any(|w| w == b"\x18\x0f20500101000000Z"));
        assert_eq!((before.len(), after.len()), (165, 167));
        for octets in [before, after] {
            // Lengths fit, and the members are in ascending order.
            let mut rest = &octets[3..];
            assert_eq!(usize::from(octets[2]), rest.len());
            let mut last: &[u8] = &[];
            while !rest.is_empty() {
                let (member, left) = rest.split_at(2 + usize::from(rest[1]));
                assert!(member > last);
                (last, rest) = (member, left);
            }
        }
    }
}
