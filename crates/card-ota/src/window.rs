//! The receive window for counters of messages from a card: SMS may overtake each other, and none may count twice.
use crate::packet::Counter;
use thiserror::Error;

/// How far behind the highest counter a message may still arrive.
pub const WIDTH: u64 = 64;

/// Why a counter was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CounterRefused {
    /// It was accepted before: a repeat.
    #[error("the counter was seen before")]
    Repeat,
    /// It is so far behind that nobody knows any more.
    #[error("the counter is too far behind")]
    TooOld,
    /// FFFFFFFFFF, which no card sends.
    #[error("the counter is the blocked value")]
    Blocked,
}

/// The last 64 counters of one card and key set. Stored as ([`Self::highest`], [`Self::bitmap`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CounterWindow {
    highest: u64,
    bitmap: u64,
}

impl CounterWindow {
    /// A window that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { highest: 0, bitmap: 0 }
    }

    /// From its stored form.
    #[must_use]
    pub const fn from_parts(highest: Counter, bitmap: u64) -> Self {
        Self { highest: highest.value(), bitmap }
    }

    /// The highest counter accepted; zero before the first.
    #[must_use]
    pub fn highest(&self) -> Counter {
        Counter::new(self.highest).unwrap_or(Counter::BLOCKED)
    }

    /// Bit n says that `highest - n` was accepted.
    #[must_use]
    pub const fn bitmap(&self) -> u64 {
        self.bitmap
    }

    /// Whether this counter would be accepted, without accepting it.
    ///
    /// # Errors
    /// [`CounterRefused`].
    pub fn check(&self, counter: Counter) -> Result<(), CounterRefused> {
        if counter == Counter::BLOCKED {
            return Err(CounterRefused::Blocked);
        }
        match self.highest.checked_sub(counter.value()) {
            Some(behind) if behind >= WIDTH => Err(CounterRefused::TooOld),
            Some(behind) if self.bitmap >> behind & 1 == 1 => Err(CounterRefused::Repeat),
            _ => Ok(()),
        }
    }

    /// Accepts a counter once. Call it only when the checksum was right.
    ///
    /// # Errors
    /// [`CounterRefused`], and the window is as before.
    pub fn accept(&mut self, counter: Counter) -> Result<(), CounterRefused> {
        self.check(counter)?;
        match counter.value().checked_sub(self.highest) {
            Some(ahead) => {
                self.bitmap = if ahead < WIDTH { self.bitmap << ahead | 1 } else { 1 };
                self.highest = counter.value();
            }
            None => self.bitmap |= 1 << (self.highest - counter.value()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn repeats_and_stragglers() {
        let at = |n| Counter::new(n).unwrap();
        let mut window = CounterWindow::new();
        for n in [0, 1, 5, 3, 4, 100, 99, 37] {
            assert_eq!(window.accept(at(n)), Ok(()), "{n}");
            assert_eq!(window.accept(at(n)), Err(CounterRefused::Repeat), "{n}");
        }
        assert_eq!(window.accept(at(36)), Err(CounterRefused::TooOld));
        assert_eq!(window.accept(Counter::BLOCKED), Err(CounterRefused::Blocked));
        let mut stored = CounterWindow::from_parts(window.highest(), window.bitmap());
        assert_eq!(stored, window);
        assert_eq!(stored.accept(at(0xFF_FFFF_FFFE)), Ok(()));
        assert_eq!(stored.bitmap(), 1);
    }

    proptest! {
        #[test]
        fn never_twice_and_never_less_than_the_rule(counters in proptest::collection::vec(1u64..300, 0..200)) {
            let (mut window, mut seen) = (CounterWindow::new(), BTreeSet::new());
            for n in counters {
                let highest = seen.last().copied().unwrap_or(0);
                let expected = !seen.contains(&n) && n + WIDTH > highest;
                prop_assert_eq!(window.accept(Counter::new(n).unwrap()).is_ok(), expected);
                if expected {
                    seen.insert(n);
                }
            }
        }
    }
}
