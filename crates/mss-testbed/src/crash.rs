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

    /// Whether the commit of a turn is durable that ends in a crash here, or in none.
    pub(crate) fn is_durable(point: Option<Self>) -> bool {
        point != Some(Self::BeforeCommit)
    }

    /// How many outputs of such a turn leave.
    pub(crate) fn released(point: Option<Self>) -> usize {
        match point {
            Some(Self::BeforeCommit | Self::AfterCommit) => 0,
            Some(Self::AfterOutput(most)) => usize::from(most),
            Some(Self::Now) | None => usize::MAX,
        }
    }
}
