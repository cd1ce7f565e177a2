use std::fmt;

use crate::{Fault, FaultCode};

/// A subscriber number in E.164 form: 5 to 15 digits, no leading zero. `Debug` masks the middle.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Msisdn(String);

impl Msisdn {
    /// Reads `+358401234567` or `358401234567`; surrounding white space is dropped (mss-soap 8: `+` optional).
    ///
    /// # Errors
    /// 101 when it is no international number.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let digits = text.strip_prefix('+').unwrap_or(text);
        let right = (5..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0');
        if right {
            Ok(Self(digits.to_owned()))
        } else {
            Err(Fault::new(FaultCode::WRONG_PARAM, "Illegal msisdn"))
        }
    }

    /// The digits, without `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `+358401234567`.
    #[must_use]
    pub fn international(&self) -> String {
        format!("+{}", self.0)
    }
}

/// `+358…567`: enough to recognise, not enough to call.
impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.len().saturating_sub(3);
        write!(f, "+{}…{}", self.0.get(..3).unwrap_or(""), self.0.get(tail..).unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_international_numbers_only_and_masks_them() {
        assert_eq!(Msisdn::parse("+358401234567").map(|n| n.international()), Ok("+358401234567".into()));
        assert_eq!(Msisdn::parse(" 41790000000 ").map(|n| n.digits().to_owned()), Ok("41790000000".into()));
        for wrong in ["", "+", "0401234567", "+1234", "+1234567890123456", "+35840123456a", "++358401234567"]
        {
            assert!(Msisdn::parse(wrong).is_err(), "{wrong}");
        }
        let shown = format!("{:?}", Msisdn::parse("+358401234567").unwrap());
        assert_eq!(shown, "+358…567");
    }
}
