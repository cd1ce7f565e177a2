//! The part of CI that needs nothing but Rust, in the order in which mistakes are cheapest to hear of.
use crate::{command::step, tidy};

pub(crate) fn run() -> Result<(), String> {
    step("cargo", &["fmt", "--all", "--check"])?;
    tidy::run()?;
    step(
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"],
    )?;
    // What an operator builds for a machine that runs one role alone.
    for role in ["ae", "home", "me", "ca", "smsc"] {
        step(
            "cargo",
            &[
                "check",
                "--package",
                "sinetti",
                "--no-default-features",
                "--features",
                role,
                "--locked",
                "--quiet",
            ],
        )?;
    }
    step("cargo", &["test", "--workspace", "--all-features"])?;
    // A link in the documents that leads nowhere is a failure, too.
    let strict = "build.rustdocflags=[\"-Dwarnings\"]";
    step(
        "cargo",
        &[
            "--config",
            strict,
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--locked",
            "--quiet",
        ],
    )
}
