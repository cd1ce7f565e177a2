//! Days and dates (proleptic Gregorian), for validity periods and receipts. Milliseconds since 1970 on both sides.

const DAY_MS: u64 = 86_400_000;

/// Year, month, day, hour, minute in UTC. Years above 9999 do not occur before the counters of a card run out.
pub(crate) fn civil(at_ms: u64) -> (u64, u64, u64, u64, u64) {
    // Era arithmetic on years that begin in March, so that the leap day is the last day of a year.
    let days = at_ms / DAY_MS + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let minutes = at_ms % DAY_MS / 60_000;
    (year, month, day, minutes / 60, minutes % 60)
}

/// Midnight of a date from 1970 on; none when there is no such date.
pub(crate) fn midnight(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    let at = (year / 400 * 146_097 + of_era - 719_468) * DAY_MS;
    // The 31st of a short month comes out as a day of the next.
    (civil(at).2 == day).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_back() {
        assert_eq!(civil(0), (1970, 1, 1, 0, 0));
        assert_eq!(civil(951_782_400_000 + 3_660_000), (2000, 2, 29, 1, 1));
        assert_eq!(midnight(2000, 2, 29), Some(951_782_400_000));
        assert_eq!(midnight(2100, 2, 29), None);
        assert_eq!(midnight(2026, 4, 31), None);
        assert_eq!(midnight(1970, 1, 1), Some(0));
        for day in (0..40_000).step_by(13) {
            let (year, month, of_month, ..) = civil(day * DAY_MS);
            assert_eq!(midnight(year, month, of_month), Some(day * DAY_MS));
        }
    }
}
