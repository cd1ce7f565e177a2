//! Documents that must stay true: the map of the house and the list of what it is built on.
use std::fs;

use super::walls::Package;
use crate::command::root;

pub(crate) fn check(packages: &[Package]) -> Result<Vec<String>, String> {
    let read = |path: &str| fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"));
    let mut findings = architecture(packages, &read("ARCHITECTURE.md")?);
    findings.extend(dependencies(packages, &read("docs/dependencies.md")?));
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        findings.extend(links(document, &read(document)?));
    }
    Ok(findings)
}

/// Names every crate, and is at most two screens long.
fn architecture(packages: &[Package], text: &str) -> Vec<String> {
    let missing = packages.iter().filter(|package| !text.contains(&format!("`{}`", package.name)));
    let mut findings: Vec<_> =
        missing.map(|package| format!("ARCHITECTURE.md does not name {}", package.name)).collect();
    if text.lines().count() > 120 {
        findings.push("ARCHITECTURE.md is longer than two screens (120 lines)".to_owned());
    }
    findings
}

/// Every dependency that is not ours has its line.
fn dependencies(packages: &[Package], text: &str) -> Vec<String> {
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut names: Vec<_> = packages.iter().flat_map(|package| &package.dependencies).collect();
    names.sort();
    names.dedup();
    let missing = names.into_iter().filter(|name| !ours(name) && !text.contains(&format!("`{name}`")));
    missing.map(|name| format!("docs/dependencies.md does not name {name}")).collect()
}

/// Relative links, and paths in backticks that begin at a top folder, lead somewhere.
fn links(document: &str, text: &str) -> Vec<String> {
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let linked = linked.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let quoted = text.split('`').skip(1).step_by(2);
    let quoted = quoted.filter(|path| {
        ["crates/", "docs/", "xtask/", "fuzz/", ".ci/"].iter().any(|top| path.starts_with(top))
            && !path.contains([' ', '*', '<', '{'])
    });
    let broken = linked.chain(quoted).map(|target| target.split('#').next().unwrap_or(target));
    let broken = broken.filter(|target| !root().join(target).exists());
    broken.map(|target| format!("{document} names {target}, which does not exist")).collect()
}
