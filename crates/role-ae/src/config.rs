use std::time::Duration;

use mss_core::{MeshMember, TextLimits};

/// What an operator decides about an AE. [`AeConfig::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct AeConfig {
    /// Our own name in the mesh: `MSSP_ID` of every answer, sender of every forwarded request.
    pub mssp_id: MeshMember,
    /// How far a request's `Instant` may be from our clock, either way. Default 10 minutes.
    pub max_skew: Duration,
    /// Time limit of a request that names none. Default 300 s (FiCom 2.1).
    pub default_timeout: Duration,
    /// Longest time limit; a longer one is refused. Default 900 s.
    pub max_timeout: Duration,
    /// Least time that a home MSSP needs for one signature. Default 15 s.
    pub home_minimum: Duration,
    /// What this hop keeps of the AP's time, so that the home's answer can still travel back. Default 1 s.
    pub hop_margin: Duration,
    /// How long past the deadline a waiting AP is kept for the home's word. Default 5 s.
    pub overdue_margin: Duration,
    /// First pause before a request to the home is repeated; it doubles each time. Default 0.5 s.
    pub first_retry: Duration,
    /// Longest pause between repeated requests. Default 8 s.
    pub max_retry: Duration,
    /// Longest pause between status queries to the home. Default 60 s.
    pub max_reconcile: Duration,
    /// How long past the deadline a home's 900 to a status query counts as its own passing trouble. Default 5 minutes.
    pub patience: Duration,
    /// How many finished transactions are kept in memory for polls and repeats. Default 8192.
    pub recent_finals: usize,
    /// Limits of DataToBeSigned.
    pub signed: TextLimits,
    /// Limits of DataToBeDisplayed.
    pub displayed: TextLimits,
}

impl AeConfig {
    /// The defaults, for the AE with this name.
    #[must_use]
    pub fn new(mssp_id: MeshMember) -> Self {
        Self {
            mssp_id,
            max_skew: Duration::from_secs(600),
            default_timeout: Duration::from_secs(300),
            max_timeout: Duration::from_secs(900),
            home_minimum: Duration::from_secs(15),
            hop_margin: Duration::from_secs(1),
            overdue_margin: Duration::from_secs(5),
            first_retry: Duration::from_millis(500),
            max_retry: Duration::from_secs(8),
            max_reconcile: Duration::from_secs(60),
            patience: Duration::from_secs(300),
            recent_finals: 8192,
            signed: TextLimits::SIGNED,
            displayed: TextLimits::DISPLAYED,
        }
    }
}
