//! Certificates, certificate requests, CMS and signature verification for the mobile signature service.
//!
//! Start at [`verify`]: it turns what a card answered into a [`VerifiedSignature`], the only proof that a transaction's
//! signature is good, and at [`cms::assemble`], which turns that proof into the octets an AP receives. [`issuance`] makes
//! certificates, [`csr`] requests for them, [`peer`] tells a listener who called, [`path`] checks a certificate up to a root.
//!
//! Deliberately absent: fetching anything (mss-net), keeping CA keys (mss-vault), and so far revocation (CRL, OCSP), RSA and
//! curves other than P-256. The crate is pure: time is an argument, and chance too where the provider allows it (aws-lc-rs
//! draws the nonce of a signature from the operating system itself).
pub mod certificate;
pub mod cms;
pub mod csr;
mod digest;
mod ecdsa;
pub mod issuance;
mod node_key;
mod oid;
#[cfg(test)]
mod openssl_tests;
pub mod path;
pub mod peer;
pub mod pem;
mod public_key;
mod signed_attributes;
mod signer;
#[cfg(test)]
mod test_entropy;
#[cfg(test)]
mod test_world;
mod tlv;
mod user_certificate;
#[cfg(test)]
mod vector_tests;
mod verification;

pub use certificate::Certificate;
pub use digest::{hex_lower, sha256};
pub use node_key::{InvalidKey, NodeKey};
pub use public_key::{InvalidPublicKey, PublicKey};
pub use signed_attributes::SignedAttributes;
pub use signer::{SignError, Signer};
pub use user_certificate::{UserCertificate, UserCertificateError};
pub use verification::{Content, Expected, VerifiedSignature, VerifyError, verify};
