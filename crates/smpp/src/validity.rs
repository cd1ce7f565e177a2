//! Times as text (SMPP 3.4, 7.1.1).

use crate::COctetString;

/// Greatest relative time that can be said without months, whose length nobody agrees on: 30 days and a bit.
pub const LONGEST_SECONDS: u32 = 31 * 86_400 - 1;

/// A relative time of so many seconds from now, `YYMMDDhhmmss000R`; longer than [`LONGEST_SECONDS`] is cut to that.
pub fn relative(seconds: u32) -> COctetString<17> {
    let seconds = seconds.min(LONGEST_SECONDS);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let text = format!("0000{days:02}{:02}{:02}{:02}000R", rest / 3_600, rest / 60 % 60, rest % 60);
    // Sixteen characters by construction.
    COctetString::try_from(text.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_days_hours_minutes_seconds() {
        assert_eq!(relative(300).as_str(), Some("000000000500000R"));
        assert_eq!(relative(0).as_str(), Some("000000000000000R"));
        assert_eq!(relative(86_400 + 3_661).as_str(), Some("000001010101000R"));
        assert_eq!(relative(u32::MAX).as_str(), Some("000030235959000R"));
    }
}
