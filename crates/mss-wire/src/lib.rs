//! TS 102 204 and TS 102 207 messages: octets to typed values and back, faults and our WSDL.
//!
//! Start at [`decode`] and [`encode_response`] for a server, at [`encode_request`] and [`decode_response`] for a
//! client. An [`Envelope`] remembers the shape of a request, so that its answer or fault comes back in kind. The API
//! of the CA process is in [`ca`], what HTTP carries around a message in [`http`].
//!
//! Reading is lax in form (mss-soap 2.5: order, unknown content, three shapes) and strict in syntax: one pass over
//! the XML events, no DTD, no tree, limits on everything. Deliberately absent: sockets, the meaning of a message,
//! XML signatures, and a schema check of requests.
pub mod ca;
mod envelope;
mod fault;
pub mod http;
mod limits;
mod message;
mod request;
mod response;
mod roaming;
mod soap;
mod wsdl;
mod xml;

pub use envelope::{Envelope, SoapVersion, WrapperNamespace};
pub use fault::{encode_fault, encode_home_fault, encode_role_fault};
pub use limits::Limits;
pub use request::{DecodeFailure, Decoded, Request, RequestRef, decode, encode_request};
pub use response::{Response, ResponseRef, UnreadableResponse, decode_response, encode_response};
pub use wsdl::wsdl;
