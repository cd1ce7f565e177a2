//! What a hostile Application Provider does with HTTP. Each attack says how many connections it made, and panics when it is
//! answered wrongly.
#![cfg(feature = "demo")]

pub(crate) mod http_1;
pub(crate) mod http_2;
