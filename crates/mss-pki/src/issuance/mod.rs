//! Making certificates: a [`Profile`] decides the extensions, a [`Template`] holds the rest, a [`crate::Signer`] signs.
mod extension;
mod name;
mod profile;
mod template;
#[cfg(test)]
mod tests;

pub(crate) use extension::node_names;
pub use name::{InvalidName, Name};
pub use profile::{AlternativeName, Authority, MAX_ALTERNATIVE_NAMES, Profile, RefusedProfile, role_usage};
pub(crate) use template::seal;
pub use template::{IssueError, Issuer, Template, issue, self_sign};
