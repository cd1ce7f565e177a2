//! What is fuzzed: a function for each decoder and engine, which panics when an invariant breaks.
//!
//! Start at [`TARGETS`]. A target's `run` takes any octets; its `seeds` are inputs made by the platform's own encoders,
//! from which a corpus starts. [`corpus`] reads what `fuzz/corpus` and `fuzz/regressions` keep. The package is built by the
//! stable compiler and tested like any other; `fuzz/` beside it runs the same functions under libFuzzer.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target's panic is its finding; seeds are made of values known to be right"
)]
pub mod ca_json;
mod choices;
pub mod cms;
pub mod config;
pub mod corpus;
pub mod gsm7;
mod keys;
pub mod mutator;
pub mod osap;
pub mod ota_packet;
mod pki_world;
pub mod put_key;
pub mod reassembly;
pub mod role_ae_events;
pub mod role_home_events;
pub mod signed_attributes;
pub mod smpp_pdu;
pub mod smpp_session;
pub mod sms_tpdu;
pub mod soap;
pub mod words;
pub mod x509;

/// One thing that is fuzzed.
pub struct Target {
    /// Name of the target, of its corpus and of its binary.
    pub name: &'static str,
    /// Takes any octets; panics when an invariant breaks.
    pub run: fn(&[u8]),
    /// Inputs made by our own encoders.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident => $run:path, $seeds:path;)*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[
            $(Target { name: stringify!($name), run: $run, seeds: $seeds },)*
        ];
    };
}

targets! {
    soap => soap::run, soap::seeds;
    soap_response => soap::run_response, soap::response_seeds;
    ca_json => ca_json::run, ca_json::seeds;
    words => words::run, words::seeds;
    sms_tpdu => sms_tpdu::run, sms_tpdu::seeds;
    reassembly => reassembly::run, reassembly::seeds;
    gsm7 => gsm7::run, gsm7::seeds;
    ota_packet => ota_packet::run, ota_packet::seeds;
    put_key => put_key::run, put_key::seeds;
    osap => osap::run, osap::seeds;
    smpp_pdu => smpp_pdu::run, smpp_pdu::seeds;
    smpp_session => smpp_session::run, smpp_session::seeds;
    cms => cms::run, cms::seeds;
    x509 => x509::run, x509::seeds;
    signed_attributes => signed_attributes::run, signed_attributes::seeds;
    config => config::run, config::seeds;
    role_home_events => role_home_events::run, role_home_events::seeds;
    role_ae_events => role_ae_events::run, role_ae_events::seeds;
}
