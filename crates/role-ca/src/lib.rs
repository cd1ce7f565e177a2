//! The process that holds the certificate authorities' keys: roles enrol with one-time codes, ME orders people's
//! certificates.
//!
//! Start at [`CaEngine`]. Its inputs are [`CaInput`], what it decides leaves as [`CaOutput`] once its [`CaCommit`] is
//! durable. [`mint`] makes an enrolment code, [`found`] a new authority's certificate. Refusals are [`Refusal`]s.
//!
//! Deliberately absent: sockets, files, the keys themselves (they sign behind `mss_pki::Signer`), and so far revocation:
//! no CRL is made yet, a node is shut out by the allow-list of whoever it calls.
mod authority;
mod code;
mod commit;
mod config;
mod engine;
mod enrolment;
mod input;
mod order;
mod output;
mod port;
mod refusal;
mod row;

pub use authority::{Authorities, FoundError, Founding, Issued, Issuing, NotAPair, authority_word, found};
pub use code::{CodeHash, CodeText, MintedCode, mint};
pub use commit::{AuditEvent, AuditRecord, CaCommit, CodeUse};
pub use config::CaConfig;
pub use engine::{CaEngine, CaParts, ResumeError, ResumeState};
pub use enrolment::{Enrolment, EnrolmentError};
pub use input::{BadOrder, CaInput};
pub use order::{OrderId, OrderedSubject, UserOrder};
pub use output::{CaAnswer, CaOutput, Notice};
pub use port::{CaReader, ReadError};
pub use refusal::Refusal;
pub use row::{CertificateRow, CodeRow, Purpose};
