//! Sockets: mutual TLS, HTTP and SMPP. No routes and no rules: what a request means is decided elsewhere.
//!
//! Start at [`tls`] for identities and configurations, at [`http_server::serve`] for a listener, at [`http_client::Node`]
//! for calls between nodes and at [`http_client::Pool`] for calls as an Application Provider makes them. [`AllowList`]
//! says who may come in; a handler asks it per request, so that a connection does not outlive a revocation.
//!
//! Deliberately absent: HTTP without TLS, session resumption and 0-RTT (a resumed session would skip the checks of the
//! certificate), the process-wide crypto provider, SOAP, and any knowledge of what the bodies are.
mod allow_list;
mod gathered;
pub mod http_client;
pub mod http_server;
mod peer;
#[cfg(feature = "smpp")]
pub mod smpp;
pub mod tls;

pub use allow_list::{AllowList, Allowed};
pub use peer::{Fingerprint, Peer};
