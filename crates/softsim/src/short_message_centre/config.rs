use smpp::COctetString;
use thiserror::Error;

use super::MoStyle;

/// How a short-message centre is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may bind; an [`super::EsmeId`] is a place in this list.
    pub esmes: Vec<Esme>,
    /// Starts every message name, so that names of several centres, or of one before and after a restart, differ. At
    /// most 40 characters of ASCII without spaces.
    pub name_prefix: String,
    /// Milliseconds from submission to delivery at a handset in coverage.
    pub delivery_delay_ms: u64,
    /// Validity of messages that name none, in milliseconds.
    pub default_validity_ms: u64,
    /// Messages stored for one handset; beyond, RMSGQFUL.
    pub per_handset: usize,
    /// Messages stored for one ESME; beyond, they are lost.
    pub per_esme: usize,
    /// deliver_sm to one ESME that may be unanswered.
    pub window: usize,
    /// Milliseconds before a refused deliver_sm is tried again.
    pub retry_ms: u64,
    /// How messages from handsets are laid out.
    pub mo_style: MoStyle,
}

/// An ESME: a home MSSP, mostly.
#[derive(Debug, Clone)]
pub struct Esme {
    /// The system_id that it binds with; the shell's business, and for people.
    pub system_id: String,
    /// Its short numbers: the sources it may use, and what handsets send to in order to reach it.
    pub numbers: Vec<COctetString<21>>,
}

impl Config {
    /// Immediate delivery, a day of validity, sane bounds.
    #[must_use]
    pub fn new(esmes: Vec<Esme>, name_prefix: String) -> Self {
        Self {
            esmes,
            name_prefix,
            delivery_delay_ms: 0,
            default_validity_ms: 86_400_000,
            per_handset: 32,
            per_esme: 100_000,
            window: 100,
            retry_ms: 1_000,
            mo_style: MoStyle::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let prefix_fits =
            self.name_prefix.len() <= 40 && self.name_prefix.bytes().all(|b| b.is_ascii_graphic());
        if !prefix_fits {
            return Err(ConfigError::NamePrefix);
        }
        if self.per_handset == 0 || self.per_esme == 0 || self.window == 0 {
            return Err(ConfigError::Bounds);
        }
        Ok(())
    }
}

/// Why a centre cannot be set up like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The prefix is too long or not printable ASCII.
    #[error("the message name prefix is over 40 characters or not printable ASCII")]
    NamePrefix,
    /// A bound is zero.
    #[error("a queue bound is zero")]
    Bounds,
    /// Two ESMEs have the same number.
    #[error("two ESMEs have the same number")]
    NumberTwice,
}
