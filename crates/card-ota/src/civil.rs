/// A moment in the Gregorian calendar, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
}

const DAY: u64 = 86_400;

impl Civil {
    /// From seconds since 1970. The year is cut into 400-year eras that begin in March, so that the leap day comes last.
    pub(crate) fn from_unix(seconds: u64) -> Self {
        let (days, rest) = (seconds / DAY + 719_468, seconds % DAY);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60 }
    }

    /// Seconds since 1970, for a year from 1970 on; `None` for a date or time that does not exist.
    pub(crate) fn to_unix(self) -> Option<u64> {
        let year = if self.month <= 2 { self.year.checked_sub(1)? } else { self.year };
        let (era, year_of_era) = (year / 400, year % 400);
        let march_month = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let of_year = (153 * march_month + 2) / 5 + self.day.checked_sub(1)?;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let days = (era * 146_097 + of_era).checked_sub(719_468)?;
        let seconds = days * DAY + self.hour * 3600 + self.minute * 60 + self.second;
        // A date that does not exist comes back as another one.
        (Self::from_unix(seconds) == self).then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let leap = Civil { year: 2024, month: 2, day: 29, hour: 12, minute: 34, second: 56 };
        assert_eq!(leap.to_unix(), Some(1_709_210_096));
        assert_eq!(Civil::from_unix(1_709_210_096), leap);
        let last = Civil { year: 2049, month: 12, day: 31, hour: 23, minute: 59, second: 59 };
        assert_eq!(last.to_unix(), Some(2_524_607_999));
        assert_eq!(Civil { month: 2, day: 30, ..leap }.to_unix(), None);
        assert_eq!(Civil { month: 13, ..leap }.to_unix(), None);
        assert_eq!(Civil { month: 0, ..leap }.to_unix(), None);
        assert_eq!(Civil { day: 0, ..leap }.to_unix(), None);
        for day in 0..60_000 {
            let moment = Civil::from_unix(day * DAY + 86_399);
            assert_eq!(moment.to_unix(), Some(day * DAY + 86_399));
        }
    }
}
