//! `sinetti check-config` and `sinetti print-config`.
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::command_error::CommandError;
use crate::config::{self, Config};

/// Which role's file, and where it is.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  sinetti check-config ae /etc/sinetti/ae.toml")]
pub(crate) struct Args {
    /// Whose configuration it is
    role: Role,
    /// The TOML file
    file: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    #[cfg(feature = "ae")]
    Ae,
    #[cfg(feature = "home")]
    Home,
    #[cfg(feature = "me")]
    Me,
    #[cfg(feature = "ca")]
    Ca,
    #[cfg(feature = "smsc")]
    Smsc,
}

/// Checks a file and says so.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(crate) fn check(args: &Args) -> Result<(), CommandError> {
    render(args)?;
    println!("{} is right", args.file.display());
    Ok(())
}

/// Prints the file as the role reads it. Secrets are only named by file, so nothing needs masking.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(crate) fn print(args: &Args) -> Result<(), CommandError> {
    print!("{}", render(args)?);
    Ok(())
}

fn render(args: &Args) -> Result<String, CommandError> {
    match args.role {
        #[cfg(feature = "ae")]
        Role::Ae => toml_of::<config::ae::AeConfig>(&args.file),
        #[cfg(feature = "home")]
        Role::Home => toml_of::<config::home::HomeConfig>(&args.file),
        #[cfg(feature = "me")]
        Role::Me => toml_of::<config::me::MeConfig>(&args.file),
        #[cfg(feature = "ca")]
        Role::Ca => toml_of::<config::ca::CaConfig>(&args.file),
        #[cfg(feature = "smsc")]
        Role::Smsc => toml_of::<config::smsc::SmscConfig>(&args.file),
    }
}

fn toml_of<C: Config>(file: &Path) -> Result<String, CommandError> {
    Ok(toml::to_string(&config::load::<C>(file)?)?)
}
