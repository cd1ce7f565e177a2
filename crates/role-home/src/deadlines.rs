use std::time::Duration;

use mss_core::{Fault, FaultCode, Timestamp};

use crate::Limits;

/// When the card gives up and when the transaction ends (house 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// The card's time to live, as a point in time.
    pub(crate) card: Timestamp,
    /// The end: a result that comes later is never handed out.
    pub(crate) end: Timestamp,
}

/// From here on the card is given all but [`MARGIN`]; below, two thirds.
const COMFORTABLE: Duration = Duration::from_secs(90);
/// What an answer needs to come back.
const MARGIN: Duration = Duration::from_secs(30);

impl Deadlines {
    /// The deadlines of a transaction that may take until `end`.
    ///
    /// # Errors
    /// 208 when that has passed, 101 when too little is left.
    pub(crate) fn until(end: Timestamp, now: Timestamp, limits: &Limits) -> Result<Self, Fault> {
        let left = now.until(end);
        if left.is_zero() {
            return Err(Fault::new(
                FaultCode::EXPIRED_TRANSACTION,
                "the time limit passed before the request came",
            )
            .with_sub(2081));
        }
        if left < limits.least_time {
            let least = limits.least_time.as_secs();
            return Err(Fault::new(FaultCode::WRONG_PARAM, format!("less than {least} s are left")));
        }
        let left = left.min(limits.most_time);
        Ok(Self { card: now.plus(card_time(left)), end: now.plus(left) })
    }
}

fn card_time(left: Duration) -> Duration {
    if left >= COMFORTABLE { left.saturating_sub(MARGIN) } else { left * 2 / 3 }
}

/// When the card is asked whether it has a result after all: after its own deadline, and early enough before the end.
pub(crate) fn ask_result_at(card: Timestamp, end: Timestamp, limits: &Limits) -> Timestamp {
    card.plus(limits.ask_result_after.min(card.until(end) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_gets_all_but_thirty_seconds_or_two_thirds() {
        let limits = Limits::default();
        let now = Timestamp::from_secs(1_000);
        for (left, card, ask) in
            [(300, 270, 275), (90, 60, 65), (89, 59, 64), (60, 40, 45), (30, 20, 25), (15, 10, 12)]
        {
            let deadlines = Deadlines::until(Timestamp::from_secs(1_000 + left), now, &limits).unwrap();
            assert_eq!(deadlines.end.secs(), 1_000 + left);
            assert_eq!(deadlines.card.secs(), 1_000 + card, "{left} s");
            assert_eq!(ask_result_at(deadlines.card, deadlines.end, &limits).secs(), 1_000 + ask, "{left} s");
        }
    }

    #[test]
    fn too_little_time_is_refused_and_too_much_is_cut() {
        let limits = Limits::default();
        let now = Timestamp::from_secs(1_000);
        let code =
            |end| Deadlines::until(Timestamp::from_millis(end), now, &limits).map_err(|fault| fault.code);
        assert_eq!(code(1_014_999), Err(FaultCode::WRONG_PARAM));
        assert_eq!(code(1_000_000), Err(FaultCode::EXPIRED_TRANSACTION));
        assert_eq!(code(0), Err(FaultCode::EXPIRED_TRANSACTION));
        assert_eq!(code(9_000_000).unwrap().end.secs(), 1_900);
    }
}
