//! How fast requests may leave: a token bucket that learns from ESME_RTHROTTLED.

/// Without an agreed rate, pacing ends when the rate has grown to this many per second again.
const UNPACED: u32 = 10_000;
/// Thousandths of a token that one request costs.
const COST: u64 = 1_000;
/// Milliseconds without any request after being throttled.
const HOLD_MS: u64 = 1_000;
const SECOND_MS: u64 = 1_000;

/// Halves the rate and holds for a second when the peer throttles; grows by a tenth per second without throttling.
pub(super) struct Pace {
    /// The agreed rate.
    ceiling: Option<u32>,
    /// The present rate per second; `None` is as fast as the window allows.
    rate: Option<u32>,
    /// Thousandths of a token; a rate of n per second gives n of them each millisecond.
    tokens: u64,
    filled_at: u64,
    grown_at: u64,
    held_until: u64,
    /// Start of the second in which `sent` counts; `sent_before` is the second before it.
    counting_since: u64,
    sent: u32,
    sent_before: u32,
}

impl Pace {
    pub(super) fn new(ceiling: Option<u32>, now: u64) -> Self {
        let ceiling = ceiling.map(|rate| rate.max(1));
        Self {
            ceiling,
            rate: ceiling,
            tokens: COST,
            filled_at: now,
            grown_at: now,
            held_until: 0,
            counting_since: now,
            sent: 0,
            sent_before: 0,
        }
    }

    /// When the next request may leave; not later than `now` means at once.
    pub(super) fn ready_at(&mut self, now: u64) -> u64 {
        if now < self.held_until {
            return self.held_until;
        }
        self.refill(now);
        match self.rate {
            Some(rate) if self.tokens < COST => {
                now.saturating_add((COST - self.tokens).div_ceil(u64::from(rate)))
            }
            _ => now,
        }
    }

    /// A request leaves now.
    pub(super) fn spend(&mut self, now: u64) {
        self.count(now);
        self.sent = self.sent.saturating_add(1);
        if self.rate.is_some() {
            self.tokens = self.tokens.saturating_sub(COST);
        }
    }

    /// The peer said ESME_RTHROTTLED. What was under way when it first did is not counted again.
    pub(super) fn throttled(&mut self, now: u64) {
        if now < self.held_until {
            return;
        }
        self.count(now);
        let measured = self.sent.max(self.sent_before).max(2);
        let base = self.rate.map_or(measured, |rate| rate.min(measured));
        self.rate = Some((base / 2).max(1));
        self.tokens = 0;
        self.held_until = now.saturating_add(HOLD_MS);
        self.filled_at = self.held_until;
        self.grown_at = self.held_until;
    }

    fn refill(&mut self, now: u64) {
        while let Some(rate) = self.rate.filter(|rate| Some(*rate) != self.ceiling) {
            if now < self.grown_at.saturating_add(SECOND_MS) {
                break;
            }
            self.grown_at = self.grown_at.saturating_add(SECOND_MS);
            let grown = rate.saturating_add((rate / 10).max(1));
            self.rate = match self.ceiling {
                Some(ceiling) => Some(grown.min(ceiling)),
                None => Some(grown).filter(|grown| *grown < UNPACED),
            };
        }
        if let Some(rate) = self.rate {
            let passed = now.saturating_sub(self.filled_at);
            // A tenth of a second's worth may leave in one burst.
            let depth = COST.max(u64::from(rate).saturating_mul(100));
            self.tokens = self.tokens.saturating_add(passed.saturating_mul(u64::from(rate))).min(depth);
        }
        self.filled_at = self.filled_at.max(now);
    }

    fn count(&mut self, now: u64) {
        let passed = now.saturating_sub(self.counting_since);
        if passed >= SECOND_MS {
            self.sent_before = if passed < 2 * SECOND_MS { self.sent } else { 0 };
            self.sent = 0;
            self.counting_since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many requests leave from `from` to `to` when there is always one waiting, looked at every millisecond.
    fn leaves(pace: &mut Pace, from: u64, to: u64) -> u32 {
        let mut count = 0;
        for now in from..to {
            while pace.ready_at(now) <= now && count < 1_000_000 {
                pace.spend(now);
                count += 1;
                if pace.rate.is_none() {
                    break;
                }
            }
        }
        count
    }

    #[test]
    fn an_agreed_rate_is_kept() {
        let mut pace = Pace::new(Some(50), 0);
        let count = leaves(&mut pace, 0, 10_000);
        assert!((495..=506).contains(&count), "{count}");
    }

    #[test]
    fn throttling_halves_holds_and_grows_back() {
        let mut pace = Pace::new(None, 0);
        assert_eq!(leaves(&mut pace, 0, 1_000), 1_000);
        pace.throttled(1_000);
        pace.throttled(1_010);
        assert_eq!(leaves(&mut pace, 1_000, 2_000), 0);
        let count = leaves(&mut pace, 2_000, 3_000);
        assert!((495..=506).contains(&count), "{count}");
        let next = leaves(&mut pace, 3_000, 4_000);
        assert!((545..=556).contains(&next), "{next}");
        let _ = pace.ready_at(60_000);
        assert_eq!(pace.rate, None);
    }

    #[test]
    fn a_rate_never_reaches_zero() {
        let mut pace = Pace::new(Some(3), 0);
        for second in 0..20 {
            pace.throttled(second * 2_000);
        }
        assert_eq!(pace.rate, Some(1));
        assert!(pace.ready_at(39_100) > 39_100);
        assert!(leaves(&mut pace, 39_100, 60_000) > 15);
    }
}
