//! Where everything of a demonstration lives: one folder, mode 0700, a folder for each role.
use std::path::{Path, PathBuf};

/// The folder and the paths in it.
#[derive(Debug, Clone)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    /// `root` must be absolute, because other programs read the paths.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self(root)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    /// A role's folder.
    pub(crate) fn role(&self, role: &str) -> PathBuf {
        self.0.join(role)
    }

    /// A role's configuration.
    pub(crate) fn config(&self, role: &str) -> PathBuf {
        self.role(role).join(format!("{role}.toml"))
    }

    /// A role's TLS folder, as `sinetti enrol` fills it.
    pub(crate) fn tls(&self, role: &str) -> PathBuf {
        self.role(role).join("tls")
    }

    /// A role's log.
    pub(crate) fn log(&self, role: &str) -> PathBuf {
        self.0.join("logs").join(format!("{role}.log"))
    }

    /// A public root certificate.
    pub(crate) fn root_certificate(&self, which: &str) -> PathBuf {
        self.role("ca").join("public").join(format!("{which}-root.pem"))
    }

    /// For other programs.
    pub(crate) fn demo_file(&self) -> PathBuf {
        self.0.join("demo.json")
    }

    /// Says that the folder is a demonstration's and may be made afresh.
    pub(crate) fn marker(&self) -> PathBuf {
        self.0.join(".sinetti-demo")
    }
}
