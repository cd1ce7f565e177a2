use thiserror::Error;

/// Why a text cannot be put on a handset's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// Longer than the limit (fault 103).
    #[error("the text is longer than {max} characters")]
    TooLong {
        /// The limit that was applied.
        max: usize,
    },
    /// No character at all (fault 103).
    #[error("the text is empty")]
    Empty,
    /// A character that the card's alphabets lack, or that would hide or reorder what is shown (fault 107).
    #[error("character U+{0:04X} cannot be shown")]
    Unencodable(u32),
}

/// How long a text may be: the card's two alphabets differ (the Swisscom limits by default, mss-soap 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Characters when all are in the GSM 03.38 default alphabet; an extension character counts as two.
    pub gsm: usize,
    /// Characters otherwise (UCS-2).
    pub ucs2: usize,
}

impl TextLimits {
    /// DataToBeSigned: 239 GSM or 119 other characters.
    pub const SIGNED: Self = Self { gsm: 239, ucs2: 119 };
    /// DataToBeDisplayed beside a text or as a digest's label: 110 GSM or 55 other characters.
    pub const DISPLAYED: Self = Self { gsm: 110, ucs2: 55 };
    /// Who asks, the title of the screen.
    pub const TITLE: Self = Self { gsm: 32, ucs2: 16 };

    /// Checks one text.
    ///
    /// # Errors
    /// The first rule broken: empty, unencodable, too long.
    pub fn check(self, text: &str) -> Result<(), TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if let Some(bad) = text.chars().find(|c| !showable(*c)) {
            return Err(TextError::Unencodable(bad.into()));
        }
        let (length, max) = if is_gsm_text(text) {
            (text.chars().map(|c| if GSM_EXTENSION.contains(c) { 2 } else { 1 }).sum(), self.gsm)
        } else {
            (text.chars().count(), self.ucs2)
        };
        if length > max { Err(TextError::TooLong { max }) } else { Ok(()) }
    }
}

/// Whether every character is in the GSM 03.38 default alphabet or its extension table.
#[must_use]
pub fn is_gsm_text(text: &str) -> bool {
    text.chars().all(|c| GSM_BASIC.contains(c) || GSM_EXTENSION.contains(c))
}

/// What a handset can show in UCS-2 without hiding or reordering anything: no control character but the line feed, no
/// invisible or direction-changing character, nothing outside the basic plane, no private use.
fn showable(c: char) -> bool {
    let hidden = matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}'
        | '\u{E000}'..='\u{F8FF}');
    c == '\n' || (!c.is_control() && !hidden && u32::from(c) <= 0xFFFF)
}

const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENSION: &str = "^{}\\[~]|€";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_the_alphabet() {
        let limits = TextLimits::SIGNED;
        assert_eq!(limits.check(&"a".repeat(239)), Ok(()));
        assert_eq!(limits.check(&"a".repeat(240)), Err(TextError::TooLong { max: 239 }));
        assert_eq!(limits.check(&"€".repeat(120)), Err(TextError::TooLong { max: 239 }));
        assert_eq!(limits.check(&"ж".repeat(119)), Ok(()));
        assert_eq!(limits.check(&"ж".repeat(120)), Err(TextError::TooLong { max: 119 }));
        assert_eq!(limits.check(""), Err(TextError::Empty));
    }

    #[test]
    fn nothing_hidden_is_shown() {
        for hidden in ["a\u{202E}b", "a\u{200B}", "a\u{0000}", "\t", "a\r\nb", "😀", "\u{E000}"] {
            assert!(matches!(TextLimits::SIGNED.check(hidden), Err(TextError::Unencodable(_))), "{hidden:?}");
        }
    }
}
