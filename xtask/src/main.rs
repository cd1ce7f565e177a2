//! `cargo xtask tidy | ci | campaign`: what a developer runs before a commit, what CI runs, and what takes too long for it.
mod campaign;
mod ci;
mod command;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy | ci | campaign
  tidy      walls between crates, file sizes, documents that must stay true
  ci        what CI runs first: format, tidy, clippy, tests, documents; .ci/run adds browsers and SOAP clients
  campaign  long runs, by hand: crashes at every point, loss, fuzzing, hostile peers; without a name lists them";

#[expect(clippy::print_stderr, reason = "the command's output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let what = std::env::args().nth(1);
    let done = match what.as_deref() {
        Some("tidy") => tidy::run(),
        Some("ci") => ci::run(),
        Some("campaign") => campaign::run(&arguments),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
