//! The Acquiring Entity without its sockets: may this AP ask this? It accepts, forwards, answers and discloses.
//!
//! Start at [`authenticate`], which turns a certificate and an AP_ID into an [`AuthenticatedAp`], then at [`AeEngine`],
//! which owns every transaction from its acceptance to its one final answer. [`disclose`] decides what an outsider
//! learns of a fault; [`accept_profile_query`] is the gate of the one operation that has no state.
//!
//! Absent on purpose: SOAP and TLS (the wire crate and the shell), routing tables (handed in as a [`HomeRouter`]),
//! cryptography (handed in as a hash function), cards and user attributes (the AE never has any).
mod acceptance;
mod authentication;
mod commit;
mod config;
mod content;
mod data;
mod disclosure;
mod engine;
mod home_reply;
mod input;
mod join_index;
mod output;
mod port;
mod profile_query;
mod recent;
mod row;
mod service;

pub use authentication::{ApDirectory, ApEntry, AuthenticatedAp, DirectoryError, authenticate};
pub use commit::{AeCommit, AuditEvent, AuditRecord, AuditSubject, FinalUpdate};
pub use config::AeConfig;
pub use disclosure::disclose;
pub use engine::{AeEngine, AeLoad, AeParts, ResumeError, ResumeState};
pub use home_reply::HomeReply;
pub use input::{AeInput, HomeSignature, TroubleKind};
pub use output::{AeAnswer, AeOutput, AskStatus, Forward, Notice, NoticeEvent};
pub use port::{AeReader, Hasher, HomeRouter, ReadError};
pub use profile_query::{ProfileForward, accept_profile_query, answer_profile_query};
pub use row::{JoinRow, Outcome, StoredTransaction, TransactionRow};
