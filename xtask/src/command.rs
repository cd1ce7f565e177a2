//! Running other programs from the workspace's root.
use std::{path::PathBuf, process::Command};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Runs a program and lets its output through.
#[expect(clippy::print_stderr, reason = "says what runs")]
pub(crate) fn step(program: &str, arguments: &[&str]) -> Result<(), String> {
    eprintln!("== {program} {}", arguments.join(" "));
    let status = Command::new(program).args(arguments).current_dir(root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program} {}` failed: {status}", arguments.join(" "))),
        Err(error) => Err(format!("`{program}` cannot be started: {error}")),
    }
}

/// Runs a program and returns what it prints.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => Err(format!("`{program}` failed: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("`{program}` cannot be started: {error}")),
    }
}
