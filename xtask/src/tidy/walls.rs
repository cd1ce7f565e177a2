//! Which crate may import which. The table is the house's plan; a line changes only with a record in `docs/adr/`.
use std::fs;

use serde_json::Value;

use crate::command::{output, root};

/// Crate, floor, and what it may import of ours.
const PLAN: &[(&str, u8, &[&str])] = &[
    ("mss-core", 0, &[]),
    ("mss-wire", 1, &["mss-core"]),
    ("mss-pki", 1, &["mss-core"]),
    ("card-ota", 1, &[]),
    ("smpp", 1, &[]),
    ("role-ae", 2, &["mss-core"]),
    ("role-re", 2, &["mss-core"]),
    ("role-home", 2, &["mss-core", "mss-pki", "card-ota", "smpp"]),
    ("role-me", 2, &["mss-core", "mss-pki"]),
    ("role-ca", 2, &["mss-core", "mss-pki"]),
    ("softsim", 2, &["card-ota", "smpp"]),
    ("mss-net", 3, &["mss-core", "mss-pki", "smpp"]),
    ("mss-store", 3, &["mss-core", "mss-pki", "role-ae", "role-home", "role-me", "role-ca"]),
    ("mss-vault", 3, &["mss-core", "mss-pki", "card-ota"]),
    (
        "sinetti",
        4,
        &[
            "mss-core",
            "mss-wire",
            "mss-pki",
            "card-ota",
            "smpp",
            "role-ae",
            "role-re",
            "role-home",
            "role-me",
            "role-ca",
            "softsim",
            "mss-net",
            "mss-store",
            "mss-vault",
        ],
    ),
    (
        "mss-testbed",
        5,
        &[
            "mss-core",
            "mss-pki",
            "card-ota",
            "smpp",
            "role-ae",
            "role-re",
            "role-home",
            "softsim",
            "mss-store",
        ],
    ),
    ("xtask", 5, &[]),
    (
        "sinetti-fuzz-targets",
        5,
        &["mss-core", "mss-wire", "mss-pki", "card-ota", "smpp", "role-ae", "role-home", "sinetti"],
    ),
];

/// What floors 0 to 2 may not import: runtimes, sockets, files, SQL, HTTP, randomness.
const NOT_BELOW: &[&str] = &[
    "tokio",
    "hyper",
    "hyper-util",
    "axum",
    "http",
    "rustls",
    "tokio-rustls",
    "rusqlite",
    "getrandom",
    "rand",
    "socket2",
    "mio",
    "tempfile",
    "reqwest",
    "tracing-subscriber",
];

/// What must not be in the graph of any build: second crypto providers, and RSA with its timing leak. The lock file may name
/// them all the same, because it lists what a dependency could be told to use.
const NEVER_BUILT: &[&str] = &["ring", "openssl", "openssl-sys", "native-tls", "rsa"];

/// Versions below these have advisories.
const AT_LEAST: &[(&str, [u64; 3])] = &[("rustls-webpki", [0, 103, 16]), ("quick-xml", [0, 41, 0])];

/// A workspace member and its normal dependencies.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<String>,
}

pub(crate) fn packages(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependencies = |package: &Value| {
        package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| text(&dependency["name"]))
            .collect()
    };
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.map(|p| Package { name: text(&p["name"]), dependencies: dependencies(p) }).collect()
}

pub(crate) fn check(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for Package { name, dependencies } in packages {
        let Some((_, floor, allowed)) = PLAN.iter().find(|(planned, ..)| planned == name) else {
            findings.push(format!("{name} is not in the plan: give it a floor in xtask/src/tidy/walls.rs"));
            continue;
        };
        for dependency in dependencies {
            let ours = packages.iter().any(|package| package.name == *dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{name} imports {dependency}: that wall is not open"));
            }
            if *floor <= 2 && NOT_BELOW.contains(&dependency.as_str()) {
                findings.push(format!("{name} is on floor {floor} and imports {dependency}"));
            }
            if name.starts_with("role-") && dependency == "serde" {
                findings
                    .push(format!("{name} imports serde: wire types serve the wire, row types the store"));
            }
        }
    }
    findings
}

pub(crate) fn lock() -> Result<Vec<String>, String> {
    let lock =
        fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let mut findings = Vec::new();
    for block in lock.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim_matches(|c| " =\"".contains(c)).to_owned())
        };
        let (Some(name), Some(version)) = (field("name"), field("version")) else { continue };
        if let Some((_, least)) = AT_LEAST.iter().find(|(crate_name, _)| *crate_name == name) {
            let numbers: Vec<u64> = version.split(['.', '-']).filter_map(|n| n.parse().ok()).collect();
            if numbers.as_slice() < least.as_slice() {
                findings.push(format!("{name} {version} has advisories; see ADVISORIES.md"));
            }
        }
    }
    Ok(findings)
}

/// One crypto provider, in every build and for every platform.
pub(crate) fn graph() -> Result<Vec<String>, String> {
    let tree = output(
        "cargo",
        &["tree", "--workspace", "--all-features", "--target", "all", "--prefix", "none", "--locked"],
    )?;
    let built = |name: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**name));
    Ok(NEVER_BUILT
        .iter()
        .filter(built)
        .map(|name| format!("{name} is built; aws-lc-rs is the one provider"))
        .collect())
}

/// The build that an operator puts in front of Application Providers knows no card.
pub(crate) fn ae_build() -> Result<Vec<String>, String> {
    let tree = output(
        "cargo",
        &[
            "tree",
            "--package",
            "sinetti",
            "--no-default-features",
            "--features",
            "ae",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--locked",
        ],
    )?;
    let inside = |name: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**name));
    let banned = ["card-ota", "mss-vault", "smpp", "softsim", "role-home", "role-me", "role-ca"];
    Ok(banned.iter().filter(inside).map(|name| format!("the ae-only build contains {name}")).collect())
}
