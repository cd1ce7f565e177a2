//! Names of messages as SMSCs write them.

use crate::MessageId;

/// How an SMSC writes message names; it may use one form in submit_sm_resp and another in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdForm {
    /// Compared as text.
    #[default]
    Text,
    /// A decimal number.
    Decimal,
    /// A hexadecimal number.
    Hexadecimal,
}

impl IdForm {
    /// Brings a name into one form, so that names in different forms can be compared: numbers become decimal without
    /// leading zeros; what does not fit the form stays text.
    pub fn normalise(self, id: &MessageId) -> MessageId {
        let radix = match self {
            Self::Text => return *id,
            Self::Decimal => 10,
            Self::Hexadecimal => 16,
        };
        let number = id.as_str().and_then(|text| {
            let digits =
                if radix == 16 { text.trim_start_matches("0x").trim_start_matches("0X") } else { text };
            // The standard library would take a sign, too.
            let plain = !digits.starts_with(['+', '-']);
            plain.then(|| u128::from_str_radix(digits, radix).ok()).flatten()
        });
        number.and_then(|number| MessageId::try_from(number.to_string().as_str()).ok()).unwrap_or(*id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_names_meet_in_decimal() {
        let id = |text: &str| MessageId::try_from(text).unwrap();
        let hexadecimal = IdForm::Hexadecimal.normalise(&id("00FF"));
        assert_eq!(hexadecimal, IdForm::Decimal.normalise(&id("0255")));
        assert_eq!(IdForm::Decimal.normalise(&id("4F0012AB")), id("4F0012AB"));
        assert_eq!(IdForm::Hexadecimal.normalise(&id("0xfF")), id("255"));
        assert_eq!(IdForm::Decimal.normalise(&id("+5")), id("+5"));
        assert_eq!(IdForm::Text.normalise(&id("007")), id("007"));
    }
}
