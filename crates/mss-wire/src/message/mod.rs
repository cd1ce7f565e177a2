//! Each message read from and written to XML, and the types that several messages share.
//!
//! A reader is `read(cursor, element)`; it takes its children in any order by namespace and local name, skips what it
//! does not know, and refuses what stands twice, because two readers of the message could then see two messages.
mod ap_info;
mod certificate;
mod data;
mod field;
mod mesh_member;
mod mobile_user;
pub(crate) mod profile_query;
pub(crate) mod registration;
mod service;
pub(crate) mod signature;
mod status;
pub(crate) mod status_query;

pub(crate) use field::{incompatible, malformed, missing, once, required};
pub(crate) use mesh_member::{read as read_mesh_member, write as write_mesh_member};
