use crate::chance::Chance;

/// Where in a turn a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before the commit, or the disk refuses it: nothing is durable.
    BeforeCommit,
    /// The disk says that the commit failed, though it is durable; or the process dies before the first output.
    AfterCommit,
    /// After so many outputs, or after the last if there are fewer.
    AfterOutput(u8),
    /// At once, between two turns.
    Now,
}

impl CrashPoint {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        match chance.below(8) {
            0 | 1 => Self::BeforeCommit,
            2 | 3 => Self::AfterCommit,
            4 | 5 => Self::AfterOutput(1 + chance.below(4) as u8),
            _ => Self::Now,
        }
    }
}
