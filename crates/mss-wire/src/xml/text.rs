use std::borrow::Cow;

use super::attribute::is_space;

/// The character data of one element, references resolved and line ends normalised, comments taken out.
#[derive(Debug, Default)]
pub(crate) struct Text<'a> {
    value: Cow<'a, str>,
    /// End of the part that must be kept: what came out of a reference or a CDATA section was meant.
    meant: Option<(usize, usize)>,
}

impl<'a> Text<'a> {
    /// Adds literal text.
    pub(super) fn push(&mut self, text: Cow<'a, str>) {
        if self.value.is_empty() {
            self.value = text;
        } else {
            self.value.to_mut().push_str(&text);
        }
    }

    /// Adds text that was written as a reference or in CDATA: never indentation.
    pub(super) fn push_meant(&mut self, text: Cow<'a, str>) {
        let from = self.value.len();
        self.push(text);
        let first = self.meant.map_or(from, |(first, _)| first);
        self.meant = Some((first, self.value.len()));
    }

    /// Everything, as sent.
    #[cfg(test)]
    pub(crate) fn exact(self) -> Cow<'a, str> {
        self.value
    }

    /// Without white space at both ends: URIs, numbers, words.
    pub(crate) fn trimmed(&self) -> &str {
        self.value.trim_matches(is_space)
    }

    /// As sent, unless a pretty-printer put the text on lines of its own: when literal white space that starts with a
    /// line break stands at *both* ends, it is the printer's and goes. Everything else is the author's and stays, and so
    /// does anything written as a reference or in CDATA. What stays is what the person signs.
    pub(crate) fn without_indentation(self) -> Cow<'a, str> {
        let (first, last) = self.meant.unwrap_or((self.value.len(), 0));
        let head = self.value.get(..first).unwrap_or("");
        let head = head.len() - head.trim_start_matches(is_space).len();
        let tail = self.value.get(last.max(head)..).unwrap_or("");
        let tail = tail.len() - tail.trim_end_matches(is_space).len();
        let end = self.value.len() - tail;
        let printed = self.value.starts_with('\n')
            && head > 0
            && self.value.get(end..).is_some_and(|tail| tail.starts_with('\n'));
        if !printed {
            return self.value;
        }
        match self.value {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(head..end).unwrap_or("")),
            Cow::Owned(text) => Cow::Owned(text.get(head..end).unwrap_or("").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Text<'_> {
        let mut all = Text::default();
        all.push(Cow::Borrowed(text));
        all
    }

    #[test]
    fn indentation_goes_and_everything_else_stays() {
        for (sent, signed) in [
            ("Pay 10?", "Pay 10?"),
            (" Pay 10? ", " Pay 10? "),
            ("\n   Pay 10?\n  ", "Pay 10?"),
            ("\n Pay\n 10?\n", "Pay\n 10?"),
            ("Pay 10?\n", "Pay 10?\n"),
            ("\nPay 10?", "\nPay 10?"),
            (" \nPay 10?\n", " \nPay 10?\n"),
            ("\n", "\n"),
            ("\n  \n", "\n  \n"),
            ("", ""),
        ] {
            assert_eq!(literal(sent).without_indentation(), signed, "{sent:?}");
        }
    }

    #[test]
    fn what_was_written_as_a_reference_stays() {
        let mut text = literal("\n  ");
        text.push_meant(Cow::Borrowed("\n"));
        text.push(Cow::Borrowed("Pay"));
        text.push_meant(Cow::Borrowed("\n"));
        text.push(Cow::Borrowed("\n  "));
        assert_eq!(text.without_indentation(), "\nPay\n");
        let mut text = Text::default();
        text.push_meant(Cow::Borrowed("\n Pay \n"));
        assert_eq!(text.without_indentation(), "\n Pay \n");
    }
}
