//! The reader of configuration files as a library, for tests beside the binary; the binary has the same module inside.
#![allow(dead_code, unused_imports, reason = "the binary uses the rest")]
mod config;

use std::path::Path;

/// Reads the text of `role`'s configuration file, which stands in `folder`, and writes it again as the role understands
/// it: with defaults filled in and paths made absolute. `None` when there is no such role in this build.
#[must_use]
pub fn read(role: &str, text: &str, folder: &Path) -> Option<Result<String, String>> {
    let path = folder.join(format!("{role}.toml"));
    match role {
        #[cfg(feature = "ae")]
        "ae" => Some(rewritten::<config::ae::AeConfig>(text, &path)),
        #[cfg(feature = "home")]
        "home" => Some(rewritten::<config::home::HomeConfig>(text, &path)),
        #[cfg(feature = "me")]
        "me" => Some(rewritten::<config::me::MeConfig>(text, &path)),
        #[cfg(feature = "ca")]
        "ca" => Some(rewritten::<config::ca::CaConfig>(text, &path)),
        #[cfg(feature = "smsc")]
        "smsc" => Some(rewritten::<config::smsc::SmscConfig>(text, &path)),
        _ => None,
    }
}

fn rewritten<C: config::Config>(text: &str, path: &Path) -> Result<String, String> {
    let config: C = config::read(text, path).map_err(|error| error.to_string())?;
    toml::to_string(&config).map_err(|error| error.to_string())
}
