use crate::civil::midnight;

/// When a message expires whose validity_period field is `text`, sixteen characters (SMPP 3.4, 7.1.1): none for a
/// field that is neither empty nor a time, or a time that has passed. Months are 30 days here and years 365: nobody
/// keeps a short message that long.
pub(super) fn expiry(text: &[u8], now_ms: u64, default_ms: u64) -> Option<u64> {
    if text.is_empty() {
        return Some(now_ms.saturating_add(default_ms));
    }
    let (digits, mark) = text.split_at_checked(15)?;
    let pair = |at: usize| match digits.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
        }
        _ => None,
    };
    let (year, month, day) = (pair(0)?, pair(2)?, pair(4)?);
    let (hour, minute, second) = (pair(6)?, pair(8)?, pair(10)?);
    if hour > 23 || minute > 59 || second > 59 || !digits.get(12..)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let of_day = ((hour * 60 + minute) * 60 + second) * 1000;
    match mark {
        b"R" => {
            Some(now_ms.saturating_add(((year * 365 + month * 30 + day) * 86_400_000).saturating_add(of_day)))
        }
        b"+" | b"-" => {
            let quarters = pair(13)? * 900_000;
            let local = midnight(2000 + year, month, day)? + of_day;
            let at = if mark == b"+" { local.checked_sub(quarters)? } else { local + quarters };
            (at > now_ms).then_some(at)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::expiry;

    #[test]
    fn relative_absolute_and_nonsense() {
        let now = 1_700_000_000_000;
        assert_eq!(expiry(b"", now, 5), Some(now + 5));
        assert_eq!(expiry(b"000000000500000R", now, 0), Some(now + 300_000));
        assert_eq!(expiry(b"000001010101000R", now, 0), Some(now + 90_061_000));
        assert_eq!(expiry(b"231114221320000+", now, 0), None, "that is now");
        assert_eq!(expiry(b"231114221321000+", now, 0), Some(now + 1_000));
        assert_eq!(expiry(b"231115001321008+", now, 0), Some(now + 1_000));
        assert_eq!(expiry(b"231114201321008-", now, 0), Some(now + 1_000));
        for bad in
            [&b"x"[..], b"000000000500000Z", b"0000000005000R", b"000000250000000R", b"231399221321000+"]
        {
            assert_eq!(expiry(bad, now, 0), None);
        }
    }
}
