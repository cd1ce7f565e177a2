//! PEM (RFC 7468) around DER.
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The label of a certificate.
pub const CERTIFICATE: &str = "CERTIFICATE";
/// The label of a PKCS#10 request.
pub const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";
/// The label of a PKCS#8 private key.
pub const PRIVATE_KEY: &str = "PRIVATE KEY";
/// Largest text that is read.
pub const MAX_TEXT: usize = 1024 * 1024;

/// One PEM block, lines of 64 characters.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    // 48 octets fill a line. Room for everything at once, so that no piece of a secret stays behind in a moved buffer.
    let lines = der.len().div_ceil(48);
    let mut out = String::with_capacity(2 * (label.len() + 20) + lines * 65);
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in der.chunks(48) {
        STANDARD.encode_string(line, &mut out);
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Every block with this label, in order; text between blocks and other blocks are skipped.
///
/// # Errors
/// When a block with this label is not closed or not base64, or the text is larger than [`MAX_TEXT`].
pub fn decode_all(label: &str, text: &str) -> Result<Vec<Vec<u8>>, PemError> {
    if text.len() > MAX_TEXT {
        return Err(PemError);
    }
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(&begin) {
        let (body, behind) = behind.split_once(&end).ok_or(PemError)?;
        let mut digits = Zeroizing::new(String::with_capacity(body.len()));
        digits.extend(body.chars().filter(|character| !character.is_ascii_whitespace()));
        blocks.push(STANDARD.decode(digits.as_bytes()).map_err(|_| PemError)?);
        rest = behind;
    }
    Ok(blocks)
}

/// The text holds a broken block, or is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("broken PEM")]
pub struct PemError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_other_text() {
        for length in [0, 1, 47, 48, 49, 500] {
            let der = vec![0xa5; length];
            let text = format!(
                "# note\r\n{}between\n{}",
                encode("A", &[1]),
                encode("B", &der).replace('\n', "\r\n")
            );
            assert_eq!(decode_all("B", &text), Ok(vec![der]));
            assert_eq!(decode_all("A", &text), Ok(vec![vec![1]]));
            assert_eq!(decode_all("C", &text), Ok(vec![]));
            assert!(text.lines().all(|line| line.len() <= 64));
        }
    }

    #[test]
    fn broken_blocks_are_refused() {
        assert!(decode_all("A", "-----BEGIN A-----\nAAAA\n").is_err());
        assert!(decode_all("A", "-----BEGIN A-----\nAA*A\n-----END A-----\n").is_err());
        assert!(decode_all("A", &" ".repeat(MAX_TEXT + 1)).is_err());
    }
}
