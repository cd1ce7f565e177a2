use std::{collections::BTreeMap, time::Duration};

use mss_core::NodeName;

/// What the engine is told when it is made. The shell makes it from the role's file.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// This node's `MSSP_ID`: answers name it, and a request that has passed it before is refused.
    pub node_uri: String,
    /// For which AP_IDs each acquiring entity may speak. An AE that is not here may speak for nobody.
    pub grants: BTreeMap<NodeName, ApGrants>,
    /// How messages are secured and confirmed.
    pub delivery: Delivery,
    /// Times and sizes.
    pub limits: Limits,
    /// What a new PIN must be like.
    pub pin_policy: PinPolicy,
}

/// The AP_IDs that one acquiring entity may speak for.
#[derive(Debug, Clone, Default)]
pub struct ApGrants {
    /// These.
    pub exact: std::collections::BTreeSet<String>,
    /// And all that begin with one of these, such as `http://ae1.example/`.
    pub prefixes: Vec<String>,
}

impl ApGrants {
    /// Whether `ap_id` is among them.
    #[must_use]
    pub fn allow(&self, ap_id: &str) -> bool {
        self.exact.contains(ap_id)
            || self.prefixes.iter().any(|prefix| !prefix.is_empty() && ap_id.starts_with(prefix.as_str()))
    }
}

/// How messages to a card are secured and confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The security parameter indicator of every packet (TS 102 225 5.1.1).
    pub spi: [u8; 2],
    /// Whether a stored result is confirmed by a message of its own; otherwise the next request does it.
    pub confirm: bool,
}

impl Delivery {
    /// A report for each packet, each result confirmed at once: SPI 1639.
    pub const REPORT_ALWAYS: Self = Self { spi: [0x16, 0x39], confirm: true };
    /// Reports on errors only, confirmation by the next request: SPI 163A. Half the messages.
    pub const REPORT_ERRORS: Self = Self { spi: [0x16, 0x3A], confirm: false };
}

/// Times and sizes. [`Limits::default`] is the house's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// With less time left a request is refused with 101.
    pub least_time: Duration,
    /// A request that allows more time is given this.
    pub most_time: Duration,
    /// Time for making a key: the person chooses a PIN.
    pub generate_key_time: Duration,
    /// Time for telling the card its certificate; the person is not asked.
    pub set_certificate_time: Duration,
    /// T2: no sign of life for so long, and the message is sent again.
    pub sign_of_life: Duration,
    /// How often a message is sent at most.
    pub attempts: u8,
    /// Nothing is sent again when the card gives up in less than this.
    pub no_retry_before_card_deadline: Duration,
    /// After a temporary refusal of the short-message centre.
    pub submit_retry: Duration,
    /// T3: how long a person may take before the card, known to have the request, is asked whether it has a result;
    /// doubles with every answer that the person is still being asked.
    pub ask_result_first: Duration,
    /// How soon a question is repeated that is not answered, and a message that needs no person; doubles each time.
    pub ask_again: Duration,
    /// How long after the card's own deadline it is asked whether it has a result after all.
    pub ask_result_after: Duration,
    /// Entries of a roaming header.
    pub roaming_entries: usize,
    /// Cards kept in memory beside those that have an open transaction.
    pub cached_cards: usize,
    /// Ended transactions whose answer is kept in memory; older ones are read from the store.
    pub remembered_outcomes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            least_time: Duration::from_secs(15),
            most_time: Duration::from_secs(900),
            generate_key_time: Duration::from_secs(300),
            set_certificate_time: Duration::from_secs(150),
            sign_of_life: Duration::from_secs(30),
            attempts: 3,
            no_retry_before_card_deadline: Duration::from_secs(20),
            submit_retry: Duration::from_secs(1),
            ask_result_first: Duration::from_secs(40),
            ask_again: Duration::from_secs(10),
            ask_result_after: Duration::from_secs(5),
            roaming_entries: 8,
            cached_cards: 50_000,
            remembered_outcomes: 10_000,
        }
    }
}

/// What a new PIN must be like; the card enforces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinPolicy {
    /// Fewest digits.
    pub min: u8,
    /// Most digits.
    pub max: u8,
    /// Wrong entries before it is blocked.
    pub tries: u8,
}

impl Default for PinPolicy {
    fn default() -> Self {
        Self { min: 4, max: 8, tries: 5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_prefix_grants_nothing() {
        let mut grants = ApGrants { prefixes: vec![String::new()], ..ApGrants::default() };
        assert!(!grants.allow("http://ae1.example/bank"));
        grants.prefixes = vec!["http://ae1.example/".into()];
        assert!(grants.allow("http://ae1.example/bank"));
        assert!(!grants.allow("http://ae2.example/bank"));
        grants.exact = ["urn:bank".to_owned()].into();
        assert!(grants.allow("urn:bank") && !grants.allow("urn:bank2"));
    }
}
