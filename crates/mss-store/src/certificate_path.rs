//! A certificate path in one column: each certificate's length in four octets, then its DER.
use crate::StoreError;

pub(super) fn encode(path: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.iter().map(|der| der.len() + 4).sum());
    for der in path {
        out.extend_from_slice(&u32::try_from(der.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(der);
    }
    out
}

pub(super) fn decode(mut rest: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
    let corrupt = || StoreError::Corrupt("certificate path");
    let mut path = Vec::new();
    while !rest.is_empty() {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(corrupt)?;
        let (der, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(corrupt)?;
        path.push(der.to_vec());
        rest = tail;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for path in [vec![], vec![vec![]], vec![vec![0x30; 700], vec![1, 2]]] {
            assert_eq!(decode(&encode(&path)).unwrap(), path);
        }
        for wrong in [&[0_u8; 3][..], &[0, 0, 0, 2, 1]] {
            assert!(decode(wrong).is_err());
        }
    }
}
