use std::{fmt, time::Duration};

use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Later by `by`; saturates.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `by`; saturates.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long until `later`; zero when that has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Reads an `xs:dateTime`. A missing zone means UTC: clients of the field leave it out.
    ///
    /// # Errors
    /// When the text is no date and time of years 1970 to 9999.
    pub fn parse_xml(text: &str) -> Result<Self, InvalidTimestamp> {
        let text = text.trim();
        if text.len() > 40 {
            return Err(InvalidTimestamp);
        }
        let parsed = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
        let at = parsed.map_err(|_| InvalidTimestamp)?;
        let millis = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).map_err(|_| InvalidTimestamp)?;
        if millis < 0 {
            return Err(InvalidTimestamp);
        }
        Ok(Self(millis))
    }

    /// Year, month, day, hour, minute and second in UTC.
    #[must_use]
    pub fn civil(self) -> (i32, u8, u8, u8, u8, u8) {
        let at = self.utc();
        (at.year(), at.month().into(), at.day(), at.hour(), at.minute(), at.second())
    }

    fn utc(self) -> PrimitiveDateTime {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC);
        PrimitiveDateTime::new(at.date(), at.time())
    }
}

/// The text was no `xs:dateTime` that the platform can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an xs:dateTime between 1970 and 9999")]
pub struct InvalidTimestamp;

/// `2026-01-02T03:04:05.678Z`, the form that leaves the platform.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.civil();
        let millis = self.0.rem_euclid(1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send_and_writes_one_form() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2015-02-11T08:57:07.439+01:00", 1_423_641_427_439),
            ("2015-02-11T07:57:07.439", 1_423_641_427_439),
            (" 2015-02-11T07:57:07.439Z ", 1_423_641_427_439),
        ] {
            assert_eq!(Timestamp::parse_xml(text), Ok(Timestamp(millis)), "{text}");
        }
        assert_eq!(Timestamp(1_423_641_427_439).to_string(), "2015-02-11T07:57:07.439Z");
        for text in ["", "yesterday", "2015-02-30T00:00:00Z", "1969-01-01T00:00:00Z"] {
            assert!(Timestamp::parse_xml(text).is_err(), "{text}");
        }
    }
}
