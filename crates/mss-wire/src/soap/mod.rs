//! The SOAP envelope around a message: [`incoming`] reads it, [`Outgoing`] writes it, in four shapes and two versions.
pub(crate) mod incoming;
mod outgoing;

pub(crate) use outgoing::{Outgoing, close_envelope, open_envelope};
