//! The words that every room of the house shares: identifiers, times, codes, faults, profiles and messages.
//!
//! Start at [`message`] for what travels, at [`Fault`] for how a request is refused and at [`engine`] for how a role
//! turns inputs into one commit and its outputs. Nothing here reads a clock, draws randomness or touches a socket.
mod ap;
mod clock;
mod display_text;
pub mod engine;
mod fault;
mod fault_catalogue;
mod mesh_member;
pub mod message;
mod msisdn;
mod mssp_trans_id;
mod network_role;
mod profile;
pub mod registration;
mod status;
mod text_limits;
mod timers;
mod timestamp;

pub use ap::{ApId, ApPassword, ApTransId};
pub use clock::{Clock, Entropy};
pub use display_text::{Dtbd, Dtbs, DtbsContent};
pub use fault::{Fault, PublicFault};
pub use fault_catalogue::{CATALOGUE, CatalogueEntry, FaultCode, Side};
pub use mesh_member::MeshMember;
pub use msisdn::Msisdn;
pub use mssp_trans_id::MsspTransId;
pub use network_role::{Network, NetworkRole, NodeName, RoleIdentity};
pub use profile::{Operation, SignatureFormat, SignatureProfile};
pub use status::StatusCode;
pub use text_limits::{TextError, TextLimits, is_gsm_text};
pub use timers::Timers;
pub use timestamp::Timestamp;
