//! The Management Entity without its sockets: people are registered here, and here alone their attributes are kept.
//!
//! Start at [`MeEngine`]: an operator's `MSS_RegistrationReq` becomes a registration that goes step by step, across
//! restarts, through the home MSSP (bind the card, make a key, install its certificate) and the CA, until the person is
//! active. [`Step`] is the order of the steps, [`RegistrationRow`] what is durable.
//!
//! Absent on purpose: sockets, keys of cards and CAs, and any part in signing; ME may stop and signing goes on.
mod certificate_check;
mod commit;
mod config;
mod engine;
mod home_order;
mod input;
mod operator;
mod output;
mod person;
mod port;
mod row;
mod step;

pub use certificate_check::{CertificateCheck, ExpectedCertificate, PkiCheck};
pub use commit::{AuditEvent, AuditRecord, MeCommit};
pub use config::MeConfig;
pub use engine::{MeEngine, MeParts, ResumeError, ResumeState};
pub use input::{CaTrouble, HomeTrouble, MeInput};
pub use operator::{AuthenticatedOperator, authenticate};
pub use output::{CertificateOrder, MeOutput, Notice, NoticeEvent, OrderAtHome};
pub use person::Person;
pub use port::{HomeOf, MeReader, ReadError};
pub use row::{KeyRecord, RegistrationRow, RegistrationState};
pub use step::Step;
