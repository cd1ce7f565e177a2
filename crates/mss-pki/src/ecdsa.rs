//! The two written forms of an ECDSA P-256 signature: r and s of 32 octets each, as cards answer, and DER
//! `Ecdsa-Sig-Value`, as certificates and CMS carry it.
use der::{Decode, Reader, SliceReader, asn1::UintRef};

use crate::tlv;

/// DER from r and s.
pub(crate) fn der_from_raw(raw: &[u8; 64]) -> Vec<u8> {
    let (r, s) = raw.split_at(32);
    tlv::sequence(&[&tlv::unsigned(r), &tlv::unsigned(s)])
}

/// r and s from strict DER: minimal positive integers of at most 32 octets, nothing behind them.
pub(crate) fn raw_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let mut reader = SliceReader::new(der).ok()?;
    let (r, s) = reader
        .sequence(|reader| Ok::<_, der::Error>((UintRef::decode(reader)?, UintRef::decode(reader)?)))
        .ok()?;
    reader.finish().ok()?;
    let mut raw = [0; 64];
    let (high, low) = raw.split_at_mut(32);
    place(high, r.as_bytes())?;
    place(low, s.as_bytes())?;
    Some(raw)
}

/// Right-aligns `digits`; `None` when they do not fit.
fn place(to: &mut [u8], digits: &[u8]) -> Option<()> {
    let start = to.len().checked_sub(digits.len())?;
    to.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_lead_to_each_other() {
        for fill in [[0x01_u8; 64], [0x80; 64], [0xff; 64]] {
            assert_eq!(raw_from_der(&der_from_raw(&fill)), Some(fill));
        }
        let mut short = [0; 64];
        short[31] = 5;
        short[63] = 0x80;
        assert_eq!(der_from_raw(&short), [0x30, 7, 2, 1, 5, 2, 2, 0, 0x80]);
        assert_eq!(raw_from_der(&der_from_raw(&short)), Some(short));
    }

    #[test]
    fn only_strict_der_is_read() {
        for wrong in [
            &[0x30, 6, 2, 1, 5, 2, 1, 5, 0][..], // octet behind
            &[0x30, 7, 2, 2, 0, 5, 2, 1, 5],     // padded integer
            &[0x30, 6, 2, 1, 0x80, 2, 1, 5],     // negative
            &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 5],  // long length
            &[0x30, 3, 2, 1, 5],
            &[],
        ] {
            assert_eq!(raw_from_der(wrong), None, "{wrong:?}");
        }
        let long = tlv::sequence(&[&tlv::unsigned(&[1; 33]), &tlv::unsigned(&[1])]);
        assert_eq!(raw_from_der(&long), None);
    }
}
