use std::{sync::Arc, time::Duration};

use mss_core::{Fault, engine::WaiterId};

use crate::{CardAddress, Check, HomeAnswer, Notice, RowId};

/// What leaves once the turn's commit is durable.
pub enum HomeOutput {
    /// Answer a caller.
    Answer {
        /// Who waits.
        waiter: WaiterId,
        /// With what.
        answer: Result<HomeAnswer, Fault>,
    },
    /// Seal a message and submit it.
    SendToCard(SendToCard),
    /// Let a worker run the check and feed back [`crate::HomeInput::Checked`].
    Check {
        /// The row it is for.
        row: RowId,
        /// What to check.
        check: Check,
    },
    /// What arrived under this number is durable, or no longer needed: deliver_sm_resp.
    Acknowledge(u64),
    /// What arrived under this number could not be looked at now: the short-message centre shall bring it again.
    Decline(u64),
    /// Log it.
    Notice(Notice),
}

/// One message to a card, in clear. The vault seals it under the counter; no counter comes twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendToCard {
    /// Names the message when its fate is reported; `None` where nobody asks.
    pub send: Option<u64>,
    /// Where to.
    pub card: Arc<CardAddress>,
    /// Security parameter indicator.
    pub spi: [u8; 2],
    /// The OTA counter.
    pub counter: u64,
    /// The OSAP message.
    pub message: Vec<u8>,
    /// How long the short-message centre may try.
    pub validity: Duration,
    /// For the log.
    pub trace: Arc<str>,
}
