use std::time::Duration;

/// How long certificates and codes live.
#[derive(Debug, Clone)]
pub struct CaConfig {
    /// A node's certificate.
    pub node_lifetime: Duration,
    /// A person's certificate.
    pub user_lifetime: Duration,
    /// How far before its making a certificate begins, for clocks that are behind ours.
    pub backdated: Duration,
}

impl CaConfig {
    /// How long an enrolment code can be used.
    pub const CODE_LIFETIME: Duration = Duration::from_secs(15 * 60);
}

impl Default for CaConfig {
    /// Nodes 397 days, people two years, five minutes back.
    fn default() -> Self {
        Self { node_lifetime: days(397), user_lifetime: days(730), backdated: Duration::from_secs(300) }
    }
}

pub(crate) const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
