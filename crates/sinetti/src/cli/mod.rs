//! The command line. Each command is a file; each has `--help` with an example.
mod check_config;
pub(crate) mod enrol;
#[cfg(feature = "me")]
pub(crate) mod operator;
pub(crate) mod sign;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An open mobile signature service platform (ETSI TS 102 204).
#[derive(Parser)]
#[command(name = "sinetti", version, arg_required_else_help = true)]
#[command(
    after_help = "Start here:\n  sinetti demo\n  sinetti sign --demo demo-data +358401000001 \"Pay 12 EUR?\""
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a whole platform on this machine, with phones on a page
    #[cfg(feature = "demo")]
    Demo(crate::demo::Args),
    /// Ask a person to sign, as an Application Provider does
    Sign(sign::Args),
    /// Measure the whole chain on this machine
    #[cfg(feature = "demo")]
    Bench(crate::bench::Args),
    /// The Acquiring Entity, which Application Providers talk to
    #[cfg(feature = "ae")]
    #[command(subcommand)]
    Ae(crate::ae::Command),
    /// The Home MSSP, which reaches the SIM card
    #[cfg(feature = "home")]
    #[command(subcommand)]
    Home(crate::home::Command),
    /// The management entity, which registers people and cards
    #[cfg(feature = "me")]
    #[command(subcommand)]
    Me(crate::me::Command),
    /// The process that holds the certificate authorities' keys
    #[cfg(feature = "ca")]
    #[command(subcommand)]
    Ca(crate::ca::Command),
    /// A short-message centre with software SIM cards behind it
    #[cfg(feature = "smsc")]
    #[command(subcommand)]
    Smsc(crate::smsc::Command),
    /// Get a role's certificate for a one-time code
    Enrol(enrol::Args),
    /// Order things at ME: import cards, register people
    #[cfg(feature = "me")]
    #[command(subcommand)]
    Operator(operator::Command),
    /// Check a role's configuration file
    CheckConfig(check_config::Args),
    /// Print a role's configuration with every default filled in
    PrintConfig(check_config::Args),
}

/// Runs the command line.
pub(crate) fn run() -> ExitCode {
    let done = match Cli::parse().command {
        #[cfg(feature = "demo")]
        Command::Demo(args) => crate::demo::run(args),
        Command::Sign(args) => sign::run(args),
        #[cfg(feature = "demo")]
        Command::Bench(args) => crate::bench::run(args),
        #[cfg(feature = "ae")]
        Command::Ae(command) => crate::ae::run(command),
        #[cfg(feature = "home")]
        Command::Home(command) => crate::home::run(command),
        #[cfg(feature = "me")]
        Command::Me(command) => crate::me::run(command),
        #[cfg(feature = "ca")]
        Command::Ca(command) => crate::ca::run(command),
        #[cfg(feature = "smsc")]
        Command::Smsc(command) => crate::smsc::run(command),
        Command::Enrol(args) => enrol::run(args),
        #[cfg(feature = "me")]
        Command::Operator(command) => operator::run(command),
        Command::CheckConfig(args) => check_config::check(&args),
        Command::PrintConfig(args) => check_config::print(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command's last word to the person who typed it")]
fn say_error(error: &(dyn std::error::Error + 'static)) {
    eprint!("sinetti: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprint!(": {error}");
        cause = error.source();
    }
    eprintln!();
}
