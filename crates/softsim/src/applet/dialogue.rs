use card_ota::osap::{Mode, PinPolicy, Slot, TxnId};

use crate::memory::BodyHash;

/// A request that waits for the person.
pub(super) struct Dialogue {
    pub(super) txn: TxnId,
    pub(super) body: BodyHash,
    /// Of the last request in this transaction; the answer carries it.
    pub(super) attempt: u8,
    pub(super) slot: Slot,
    pub(super) task: Task,
    pub(super) title: String,
    pub(super) headline: String,
    pub(super) text: String,
    pub(super) received_ms: u64,
    pub(super) deadline_ms: u64,
    pub(super) stage: Stage,
}

/// What the person agrees to by typing the PIN.
pub(super) enum Task {
    SignText { time: u32 },
    SignDigest { digest: [u8; 32] },
    GenerateKey { mode: Mode, policy: PinPolicy },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Accepted; the screen is taken by something else.
    Pending,
    /// The text and the question for the PIN are on the screen.
    Shown,
    /// A wrong PIN was typed and tries are left.
    PinAgain,
}

impl Dialogue {
    /// Whole seconds from receipt to now.
    pub(super) fn age_s(&self, now_ms: u64) -> u16 {
        u16::try_from(now_ms.saturating_sub(self.received_ms) / 1000).unwrap_or(u16::MAX)
    }
}
