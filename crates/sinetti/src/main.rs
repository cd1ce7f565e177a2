//! Sinetti: one binary, a thin shell for each role. Start at `cli`; a role's folder is named after it.
//!
//! A shell reads its configuration, opens its store, starts its engine's thread and its sockets, and carries octets
//! between them. It decides nothing: decisions are the role crates' work.
#![cfg_attr(
    not(feature = "demo"),
    allow(
        dead_code,
        unused_imports,
        reason = "a role that is built alone uses a part of what the roles share"
    )
)]
#[cfg(feature = "ae")]
mod ae;
mod ap_client;
#[cfg(feature = "demo")]
mod bench;
#[cfg(feature = "ca")]
mod ca;
mod cli;
mod command_error;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod descriptors;
mod engine_thread;
mod file;
#[cfg(feature = "home")]
mod home;
mod last_word;
mod line_budget;
mod logging;
#[cfg(feature = "me")]
mod me;
mod metrics;
#[cfg(any(feature = "home", feature = "me"))]
mod operator_client;
#[cfg(feature = "demo")]
mod page_client;
mod privileges;
#[cfg(any(feature = "home", feature = "me"))]
mod registration_front;
mod reload;
mod runtime;
#[cfg(feature = "smsc")]
mod smsc;
mod soap_answer;
mod stranger;
mod supervised;
mod system;

fn main() -> std::process::ExitCode {
    cli::run()
}
