use super::Ns;

/// Writes XML text. Callers name elements with literal prefixes, because string-matching clients rely on them.
pub(crate) struct Writer {
    buffer: String,
}

impl Writer {
    /// Starts a document.
    pub(crate) fn new() -> Self {
        let mut buffer = String::with_capacity(2_048);
        buffer.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { buffer }
    }

    /// The document's octets.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.buffer.into_bytes()
    }

    /// Markup that is written in this crate.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.buffer.push_str(markup);
    }

    /// Character data.
    pub(crate) fn text(&mut self, text: &str) {
        self.escaped(text, false);
    }

    /// Character data whose every character counts: line breaks at its ends are written as references, so that no
    /// reader takes them for indentation.
    pub(crate) fn exact_text(&mut self, text: &str) {
        let body = text.trim_start_matches(char::is_whitespace);
        let (head, body) = text.split_at(text.len() - body.len());
        let (body, tail) = body.split_at(body.trim_end_matches(char::is_whitespace).len());
        self.escaped(head, true);
        self.escaped(body, false);
        self.escaped(tail, true);
    }

    /// ` name="value"`.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.buffer.push(' ');
        self.buffer.push_str(name);
        self.buffer.push_str("=\"");
        self.escaped(value, true);
        self.buffer.push('"');
    }

    /// ` xmlns:prefix="uri"`; an empty prefix declares the default.
    pub(crate) fn namespace(&mut self, prefix: &str, ns: Ns) {
        self.buffer.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.buffer.push_str(prefix);
        self.buffer.push_str("=\"");
        self.buffer.push_str(ns.uri());
        self.buffer.push('"');
    }

    /// `<name>text</name>`.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close(name);
    }

    /// `<name>text</name>`, or nothing.
    pub(crate) fn optional_leaf(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// `<name>`.
    pub(crate) fn open(&mut self, name: &str) {
        self.buffer.push('<');
        self.buffer.push_str(name);
        self.buffer.push('>');
    }

    /// `</name>`.
    pub(crate) fn close(&mut self, name: &str) {
        self.buffer.push_str("</");
        self.buffer.push_str(name);
        self.buffer.push('>');
    }

    /// Base64 in one run.
    pub(crate) fn base64(&mut self, octets: &[u8]) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        STANDARD.encode_string(octets, &mut self.buffer);
    }

    /// Characters that XML cannot hold become U+FFFD; a carriage return would be read as a line feed and is written
    /// as a reference, as line feeds and tabs are where `spaces` says so.
    fn escaped(&mut self, text: &str, spaces: bool) {
        let mut done = 0;
        for (at, c) in text.char_indices() {
            let escape = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' if spaces => "&quot;",
                '\r' => "&#13;",
                '\n' if spaces => "&#10;",
                '\t' if spaces => "&#9;",
                '\t' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'.. => continue,
                _ => "\u{FFFD}",
            };
            self.buffer.push_str(text.get(done..at).unwrap_or(""));
            self.buffer.push_str(escape);
            done = at + c.len_utf8();
        }
        self.buffer.push_str(text.get(done..).unwrap_or(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, xml::Cursor};

    #[test]
    fn every_text_survives() {
        for text in ["", "a<b>&\"'", "\r\n\t", " a ", "\n a \n", "ä€😀", "]]>", "\u{85}\u{2028}"] {
            let mut writer = Writer::new();
            writer.raw("<a");
            writer.attribute("b", text);
            writer.raw(">");
            writer.exact_text(text);
            writer.raw("</a>");
            let document = writer.finish();
            let mut cursor = Cursor::new(&document, Limits::MESSAGE).unwrap();
            let root = cursor.root().unwrap();
            assert_eq!(root.attribute("b").unwrap(), text);
            assert_eq!(cursor.text(&root).unwrap().without_indentation(), text);
        }
    }
}
