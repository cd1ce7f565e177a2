//! A bad radio, for tests: loses, repeats and holds up short messages.

/// Which way a short message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// From the short-message centre to a handset.
    Down,
    /// From a handset to the short-message centre.
    Up,
}

/// What the radio does to one short message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Pass,
    /// It is lost, and nobody is told: no receipt follows.
    Lose,
    /// It arrives twice.
    Duplicate,
    /// It arrives so many milliseconds later; others overtake it.
    Delay(u64),
}

/// Decides what happens to each short message: the way, the subscriber's number, the user data. For tests; without one
/// everything passes.
pub type FaultSwitch = Box<dyn FnMut(Leg, u64, &[u8]) -> Fate + Send>;
