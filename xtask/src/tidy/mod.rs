//! `cargo xtask tidy`: the house's walls as a table, and the documents that must stay true.
mod documents;
mod files;
mod legacy;
mod walls;

use crate::command::output;

/// Every finding at once, so that one run is enough to mend them.
#[expect(clippy::print_stderr, reason = "the command's output")]
pub(crate) fn run() -> Result<(), String> {
    let metadata = output("cargo", &["metadata", "--format-version", "1", "--locked", "--no-deps"])?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = walls::packages(&metadata);
    let mut findings = walls::check(&packages);
    findings.extend(legacy::check(&metadata));
    findings.extend(walls::lock()?);
    findings.extend(walls::graph()?);
    findings.extend(walls::ae_build()?);
    findings.extend(files::check()?);
    findings.extend(documents::check(&packages)?);
    if findings.is_empty() {
        eprintln!("tidy: {} crates, all walls stand", packages.len());
        Ok(())
    } else {
        Err(format!("tidy:\n  {}", findings.join("\n  ")))
    }
}
