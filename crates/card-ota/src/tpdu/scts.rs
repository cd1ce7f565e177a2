use crate::civil::Civil;

/// A service centre time stamp, TS 23.040 9.2.3.11: seven octets of swapped decimal digits, the last one the distance
/// from UTC in quarters of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scts(pub [u8; 7]);

impl Scts {
    /// From seconds since 1970, in UTC. The year keeps its last two digits.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let time = Civil::from_unix(seconds);
        let fields = [time.year % 100, time.month, time.day, time.hour, time.minute, time.second, 0];
        // Each field is below 100.
        Self(fields.map(|field| ((field % 10) << 4 | (field / 10)) as u8))
    }

    /// Seconds since 1970, years 1970 to 2069; `None` if it is no date and time.
    #[must_use]
    pub fn to_unix(self) -> Option<u64> {
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = digits(year)?;
        let year = if year < 70 { 2000 + year } else { 1900 + year };
        let (month, day, hour) = (digits(month)?, digits(day)?, digits(hour)?);
        let local =
            Civil { year, month, day, hour, minute: digits(minute)?, second: digits(second)? }.to_unix()?;
        // Bit 4 of the octet, the top bit of the first digit, is the sign.
        let distance = digits(zone & !0x08)? * 900;
        if zone & 0x08 == 0 { local.checked_sub(distance) } else { local.checked_add(distance) }
    }
}

fn digits(octet: u8) -> Option<u64> {
    let (tens, units) = (octet & 0x0F, octet >> 4);
    (tens < 10 && units < 10).then(|| u64::from(tens) * 10 + u64::from(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let stamp = Scts::from_unix(1_709_210_096);
        assert_eq!(hex::encode(stamp.0), "42209221436500");
        assert_eq!(stamp.to_unix(), Some(1_709_210_096));
        // Two hours east and west of UTC.
        assert_eq!(Scts([0x42, 0x20, 0x92, 0x21, 0x43, 0x65, 0x80]).to_unix(), Some(1_709_210_096 - 7200));
        assert_eq!(Scts([0x42, 0x20, 0x92, 0x21, 0x43, 0x65, 0x88]).to_unix(), Some(1_709_210_096 + 7200));
        assert_eq!(Scts([0x00, 0x11, 0x29, 0x12, 0x00, 0x00, 0x04]).to_unix(), None);
        assert_eq!(Scts([0xFF; 7]).to_unix(), None);
    }
}
