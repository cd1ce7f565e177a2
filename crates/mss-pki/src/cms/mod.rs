//! CMS SignedData (RFC 5652) as mobile signatures use it: one signer, signed attributes, SHA-256, ECDSA P-256.
mod assemble;
mod attributes;
mod signed_data;
#[cfg(test)]
mod tests;
mod verify;

pub use assemble::{Encapsulated, Parts, assemble};
pub use verify::{MAX_DER, SignatureReport, VerifyCmsError, verify};
