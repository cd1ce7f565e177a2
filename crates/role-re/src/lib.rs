//! The Routing Entity: which home MSSP serves this user?
//!
//! A library inside the AE until roaming comes. Start at [`RoutingTable`]. Absent on purpose: roaming header blocks,
//! number portability look-ups and routes by `UserIdentifier`; a user is found by number prefix only.
mod routing_table;

pub use routing_table::{RoutingError, RoutingTable, route};
