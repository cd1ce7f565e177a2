use std::time::Duration;

use mss_core::{ApId, MeshMember, NodeName};

/// What an operator decides about an ME. [`MeConfig::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct MeConfig {
    /// Under which AP_ID ME orders at a home.
    pub ap_id: ApId,
    /// Our own name in answers.
    pub mssp_id: MeshMember,
    /// The home that takes card batches whose order names no number.
    pub card_home: NodeName,
    /// How long a registration may take, the person's part included. Default 15 minutes.
    pub limit: Duration,
    /// First pause before an order is repeated; it doubles each time. Default 0.5 s.
    pub first_retry: Duration,
    /// Longest pause between repeated orders. Default 10 s.
    pub max_retry: Duration,
    /// How many finished registrations are kept in memory. Default 1024.
    pub recent: usize,
}

impl MeConfig {
    /// The defaults.
    #[must_use]
    pub fn new(ap_id: ApId, mssp_id: MeshMember, card_home: NodeName) -> Self {
        Self {
            ap_id,
            mssp_id,
            card_home,
            limit: Duration::from_secs(15 * 60),
            first_retry: Duration::from_millis(500),
            max_retry: Duration::from_secs(10),
            recent: 1024,
        }
    }
}
