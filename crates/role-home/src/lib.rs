//! Home MSSP: turns one signature request into one answer from the card.
//!
//! Start at [`HomeEngine`]: [`HomeInput`]s go in, one [`Commit`] and [`HomeOutput`]s come out. What one transaction does
//! with an event is `transaction`, a pure step; what is durable is [`row`](TransactionRow); what the engine reads is
//! [`HomeReader`]; public-key work is a [`Check`] that the shell runs elsewhere.
//!
//! [`CardLink`] stands between the engine and the short-message centre: it has messages sealed, cuts and joins them.
//!
//! Absent on purpose: sockets, TLS and SMPP sessions, every key and what is done with it ([`PacketVault`]), SQL, clocks and chance (arguments of a turn), revocation (so every signature is answered with 500, never 502).
mod acceptance;
mod answer;
mod audit;
mod card;
mod card_link;
mod card_message;
mod check;
mod commit;
mod config;
mod content_hash;
mod deadlines;
mod engine;
mod input;
mod notice;
mod order;
mod output;
mod reader;
mod row;
mod row_id;
mod subscriber;
mod title;
mod transaction;

pub use answer::{HomeAnswer, SignatureAnswer, SignedParts, StatusAnswer};
pub use audit::{AuditEvent, AuditRecord};
pub use card::{CardAddress, CardRecord, Iccid, ImportedCard, MoWindow};
pub use card_link::{CardLink, LinkNote, LinkProfile, LinkWork, PacketVault};
pub use check::{Check, CheckResult, ProvenKey};
pub use commit::{CardUpdate, Commit, KeyUpdate, TransactionUpdate};
pub use config::{ApGrants, Delivery, EngineConfig, Limits, PinPolicy};
pub use engine::{HomeEngine, HomeLoad, ResumeError};
pub use input::{HomeInput, LinkInput, Submission};
pub use notice::{Notice, Odd};
pub use output::{HomeOutput, SendToCard};
pub use reader::{HomeReader, ReadError};
pub use row::{Asker, Opening, Outcome, SignTask, Task, TransactionRow};
pub use row_id::{CardId, KeyId, LastRows, RowId, UserId};
pub use subscriber::{KeyRecord, KeyState, Subscriber, UserRecord};
