//! Runs that take too long for CI, on this machine only. Their figures belong into the notes of a release.
use crate::command::step;

pub(crate) fn run() -> Result<(), String> {
    step("cargo", &["build", "--release", "--package", "sinetti", "--locked"])?;
    step(
        "cargo",
        &["test", "--release", "--package", "sinetti", "--test", "kill", "--", "--ignored", "--nocapture"],
    )?;
    step("target/release/sinetti", &["bench", "--transactions", "60000", "--concurrency", "256"])
}
