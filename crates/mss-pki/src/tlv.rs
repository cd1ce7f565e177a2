//! Writing DER. Lengths are always the shortest; nesting is a function call, so what a structure looks like in the standard is
//! what it looks like here.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Context-specific, primitive.
pub(crate) const fn implicit(number: u8) -> u8 {
    0x80 | number
}

/// Context-specific, constructed.
pub(crate) const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

/// Octets that a length field takes.
pub(crate) const fn length_octets(length: usize) -> usize {
    match length {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xff_ffff => 4,
        _ => 5,
    }
}

/// Octets of a whole element whose value has `length` octets.
pub(crate) const fn element_len(length: usize) -> usize {
    1 + length_octets(length) + length
}

/// Appends tag and length of an element whose value follows.
pub(crate) fn header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    let octets = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let [a, b, c, d] = octets;
    match length_octets(length) {
        1 => out.push(d),
        2 => out.extend([0x81, d]),
        3 => out.extend([0x82, c, d]),
        4 => out.extend([0x83, b, c, d]),
        _ => out.extend([0x84, a, b, c, d]),
    }
}

/// One element around `parts`, joined.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(element_len(length));
    header(&mut out, tag, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

/// A positive INTEGER from big-endian octets; leading zeros are dropped and a sign octet added where needed.
pub(crate) fn unsigned(octets: &[u8]) -> Vec<u8> {
    let start = octets.iter().position(|octet| *octet != 0);
    let digits = start.and_then(|start| octets.get(start..)).unwrap_or(&[0]);
    let sign: &[u8] = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits])
}

/// A BIT STRING with no unused bits.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], octets])
}

/// A time as X.509 and CMS want it: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5, RFC 5652 11.3).
pub(crate) fn time(at: mss_core::Timestamp) -> Vec<u8> {
    let (year, month, day, hour, minute, second) = at.civil();
    if (1950..2050).contains(&year) {
        let short = year % 100;
        let text = format!("{short:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
        element(UTC_TIME, &[text.as_bytes()])
    } else {
        let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
        element(GENERALIZED_TIME, &[text.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_shortest() {
        for (length, head) in [
            (0_usize, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (255, vec![4, 0x81, 255]),
            (256, vec![4, 0x82, 1, 0]),
            (65_536, vec![4, 0x83, 1, 0, 0]),
        ] {
            let written = element(OCTET_STRING, &[&vec![7; length]]);
            assert_eq!(&written[..head.len()], head, "{length}");
            assert_eq!(written.len(), element_len(length));
        }
    }

    #[test]
    fn integers_are_positive_and_minimal() {
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn the_century_turns_in_2050() {
        let at = |text| time(mss_core::Timestamp::parse_xml(text).unwrap());
        assert_eq!(at("2049-12-31T23:59:59Z"), b"\x17\x0d491231235959Z");
        assert_eq!(at("2050-01-01T00:00:00Z"), b"\x18\x0f20500101000000Z");
    }
}
