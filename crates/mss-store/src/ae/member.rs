//! A `MeshMember` in one column: for each of its four texts the length plus one in four octets, zero when absent.
use mss_core::MeshMember;

use crate::StoreError;

pub(super) fn encode(member: Option<&MeshMember>) -> Option<Vec<u8>> {
    let member = member?;
    let mut out = Vec::new();
    for text in [&member.dns_name, &member.ip_address, &member.uri, &member.identifier_string] {
        let length = text.as_ref().map_or(0, |text| text.len().saturating_add(1));
        out.extend_from_slice(&u32::try_from(length).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(text.as_deref().unwrap_or("").as_bytes());
    }
    Some(out)
}

pub(super) fn decode(octets: Option<Vec<u8>>) -> Result<Option<MeshMember>, StoreError> {
    let Some(octets) = octets else { return Ok(None) };
    let mut rest = octets.as_slice();
    let member = MeshMember {
        dns_name: text(&mut rest)?,
        ip_address: text(&mut rest)?,
        uri: text(&mut rest)?,
        identifier_string: text(&mut rest)?,
    };
    if rest.is_empty() { Ok(Some(member)) } else { Err(corrupt()) }
}

fn text(rest: &mut &[u8]) -> Result<Option<String>, StoreError> {
    let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(corrupt)?;
    let length = u32::from_be_bytes(*length) as usize;
    let Some(length) = length.checked_sub(1) else {
        *rest = tail;
        return Ok(None);
    };
    let (text, tail) = tail.split_at_checked(length).ok_or_else(corrupt)?;
    *rest = tail;
    String::from_utf8(text.to_vec()).map(Some).map_err(|_| corrupt())
}

fn corrupt() -> StoreError {
    StoreError::Corrupt("mesh member")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let full = MeshMember {
            dns_name: Some("ä.example".into()),
            ip_address: None,
            uri: Some(String::new()),
            identifier_string: Some("x".into()),
        };
        for member in [None, Some(MeshMember::default()), Some(full)] {
            assert_eq!(decode(encode(member.as_ref())).unwrap(), member);
        }
        for wrong in [&[0_u8; 3][..], &[0; 17], &[0, 0, 0, 9, 65]] {
            assert!(decode(Some(wrong.to_vec())).is_err());
        }
    }
}
