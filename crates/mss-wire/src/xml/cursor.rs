use std::borrow::Cow;

use quick_xml::{Reader, events::Event};

use super::{
    Ns, Text, XmlError,
    attribute::{Attribute, is_space, split_name},
    namespace::Scope,
    reference,
};
use crate::Limits;

/// One start tag. Its children and text are read through the cursor.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) ns: Ns,
    pub(crate) local: &'a str,
    attributes: Vec<Attribute<'a>>,
    namespaces: Vec<Ns>,
    depth: usize,
}

impl<'a> Element<'a> {
    /// The value of an attribute in no namespace.
    pub(crate) fn attribute(&self, local: &str) -> Option<&Cow<'a, str>> {
        self.attribute_in(Ns::None, local)
    }

    /// The value of an attribute in a namespace.
    pub(crate) fn attribute_in(&self, ns: Ns, local: &str) -> Option<&Cow<'a, str>> {
        let mut all = self.attributes.iter().zip(&self.namespaces);
        all.find(|(a, n)| **n == ns && a.local == local).map(|(a, _)| &a.value)
    }

    /// The local name if the element is in this namespace, or the empty word, which no element has.
    pub(crate) fn local_in(&self, ns: Ns) -> &'a str {
        if self.ns == ns { self.local } else { "" }
    }

    /// The local name if the element is a message's: in the messages' namespace, or in none, as stacks write it that miss
    /// that the schema's elements are qualified. The empty word otherwise.
    pub(crate) fn message_local(&self) -> &'a str {
        if self.ns == Ns::Mss || self.ns == Ns::None { self.local } else { "" }
    }

    /// Whether this is the element `local` of a namespace.
    pub(crate) fn is(&self, ns: Ns, local: &str) -> bool {
        self.ns == ns && self.local == local
    }
}

/// Walks over a document once, from the first octet to the last.
///
/// `child` yields the children of an element one by one and skips whatever of the previous child was not read, so a
/// reader that knows nothing of an element need not do anything about it.
pub(crate) struct Cursor<'a> {
    input: &'a str,
    reader: Reader<&'a [u8]>,
    scope: Scope<'a>,
    limits: Limits,
    depth: usize,
    elements: usize,
    state: State,
    /// An empty-element tag was reported as a start; its end is due.
    end_is_due: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    BeforeRoot,
    InRoot,
    AfterRoot,
}

enum Node<'a> {
    Start(Element<'a>),
    End,
    Literal(Cow<'a, str>),
    Meant(Cow<'a, str>),
    Eof,
}

impl<'a> Cursor<'a> {
    /// Checks length, encoding and characters.
    pub(crate) fn new(body: &'a [u8], limits: Limits) -> Result<Self, XmlError> {
        if body.len() > limits.max_octets {
            return Err(XmlError::TooLong(limits.max_octets));
        }
        let input = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
        let input = input.strip_prefix('\u{FEFF}').unwrap_or(input);
        let control = |octet: &u8| *octet < 0x20 && !matches!(octet, b'\t' | b'\n' | b'\r');
        if input.as_bytes().iter().any(control) || input.contains(['\u{FFFE}', '\u{FFFF}']) {
            return Err(XmlError::Malformed("a character that XML forbids"));
        }
        let mut reader = Reader::from_str(input);
        reader.config_mut().enable_all_checks(true);
        let scope = Scope::new(limits.max_namespaces);
        let state = State::Start;
        Ok(Self { input, reader, scope, limits, depth: 0, elements: 0, state, end_is_due: false })
    }

    /// The root element.
    pub(crate) fn root(&mut self) -> Result<Element<'a>, XmlError> {
        loop {
            match self.next()? {
                Node::Start(root) => return Ok(root),
                Node::Eof => return Err(XmlError::Malformed("no element")),
                _ => {}
            }
        }
    }

    /// The next child of `parent`, or `None` when it has ended.
    pub(crate) fn child(&mut self, parent: &Element<'a>) -> Result<Option<Element<'a>>, XmlError> {
        while self.depth >= parent.depth {
            match self.next()? {
                Node::Start(element) if element.depth == parent.depth + 1 => return Ok(Some(element)),
                Node::Eof => break,
                _ => {}
            }
        }
        Ok(None)
    }

    /// The character data of an element that has no children. A child is an error: nobody could say what the text is.
    pub(crate) fn text(&mut self, element: &Element<'a>) -> Result<Text<'a>, XmlError> {
        let mut text = Text::default();
        while self.depth >= element.depth {
            match self.next()? {
                Node::Literal(part) => text.push(part),
                Node::Meant(part) => text.push_meant(part),
                Node::Start(_) => return Err(XmlError::Malformed("an element where text is expected")),
                Node::End | Node::Eof => {}
            }
        }
        Ok(text)
    }

    /// All character data below an element, whatever its structure.
    pub(crate) fn deep_text(&mut self, element: &Element<'a>) -> Result<Text<'a>, XmlError> {
        let mut text = Text::default();
        while self.depth >= element.depth {
            match self.next()? {
                Node::Literal(part) => text.push(part),
                Node::Meant(part) => text.push_meant(part),
                Node::Start(_) | Node::End | Node::Eof => {}
            }
        }
        Ok(text)
    }

    /// Reads what is left, so that a document that ends badly is refused.
    pub(crate) fn finish(&mut self) -> Result<(), XmlError> {
        while !matches!(self.next()?, Node::Eof) {}
        Ok(())
    }

    fn next(&mut self) -> Result<Node<'a>, XmlError> {
        if self.end_is_due {
            self.end_is_due = false;
            return Ok(self.leave());
        }
        loop {
            let event = self.reader.read_event().map_err(|_| XmlError::Malformed("tags do not match up"))?;
            let first = self.state == State::Start;
            if first {
                self.state = State::BeforeRoot;
            }
            match event {
                Event::Start(tag) => return self.enter(tag.len(), tag.name().as_ref().len(), false),
                Event::Empty(tag) => return self.enter(tag.len(), tag.name().as_ref().len(), true),
                Event::End(_) => return Ok(self.leave()),
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if text.contains("]]>") {
                        return Err(XmlError::Malformed("]]> in text"));
                    }
                    if self.state == State::InRoot {
                        return Ok(Node::Literal(text));
                    }
                    if !text.chars().all(is_space) {
                        return Err(XmlError::Malformed("text outside the root element"));
                    }
                }
                Event::CData(text) if self.state == State::InRoot => {
                    return Ok(Node::Meant(text.xml10_content()));
                }
                Event::GeneralRef(name) if self.state == State::InRoot => {
                    return Ok(Node::Meant(Cow::Owned(reference::resolve(&name)?.to_string())));
                }
                Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(XmlError::Malformed("text outside the root element"));
                }
                Event::Decl(declaration) if first => check_declaration(&declaration)?,
                Event::Decl(_) => return Err(XmlError::Malformed("an XML declaration in the middle")),
                Event::DocType(_) => return Err(XmlError::Dtd),
                Event::Comment(_) => {}
                Event::PI(instruction) => {
                    let target = instruction.target();
                    if split_name(target).is_err() || target.eq_ignore_ascii_case("xml") {
                        return Err(XmlError::Malformed("a processing instruction that XML forbids"));
                    }
                }
                Event::Eof if self.state == State::AfterRoot => return Ok(Node::Eof),
                Event::Eof => return Err(XmlError::Malformed("the document ends too early")),
            }
        }
    }

    /// Takes the tag that ends where the reader stands: `length` octets between the angle brackets, of which the name
    /// is the first `name`.
    fn enter(&mut self, length: usize, name: usize, empty: bool) -> Result<Node<'a>, XmlError> {
        let lost = XmlError::Malformed("a tag that cannot be found again");
        let end = usize::try_from(self.reader.buffer_position()).map_err(|_| lost)?;
        let end = end.checked_sub(if empty { 2 } else { 1 }).ok_or(lost)?;
        let tag = end.checked_sub(length).and_then(|start| self.input.get(start..end)).ok_or(lost)?;
        if self.state == State::AfterRoot {
            return Err(XmlError::Malformed("a second root element"));
        }
        self.state = State::InRoot;
        self.depth += 1;
        self.elements += 1;
        self.end_is_due = empty;
        if self.depth > self.limits.max_depth {
            return Err(XmlError::TooDeep(self.limits.max_depth));
        }
        if self.elements > self.limits.max_elements {
            return Err(XmlError::TooManyElements(self.limits.max_elements));
        }
        let (name, rest) = tag.split_at_checked(name).ok_or(lost)?;
        let (prefix, local) = split_name(name)?;
        let mut attributes = Attribute::read_all(rest, self.limits.max_attributes)?;
        self.declare(&mut attributes)?;
        let namespaces = self.resolve_attributes(&attributes)?;
        let ns = self.scope.resolve(prefix)?;
        Ok(Node::Start(Element { ns, local, attributes, namespaces, depth: self.depth }))
    }

    fn leave(&mut self) -> Node<'a> {
        self.scope.leave(self.depth);
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.state = State::AfterRoot;
        }
        Node::End
    }

    /// Moves the namespace declarations from the attributes into the scope.
    fn declare(&mut self, attributes: &mut Vec<Attribute<'a>>) -> Result<(), XmlError> {
        let mut failure = None;
        attributes.retain_mut(|attribute| {
            let prefix = match (attribute.prefix, attribute.local) {
                ("", "xmlns") => "",
                ("xmlns", prefix) => prefix,
                _ => return true,
            };
            let uri = std::mem::take(&mut attribute.value);
            failure = failure.or(self.scope.declare(prefix, uri, self.depth).err());
            false
        });
        failure.map_or(Ok(()), Err)
    }

    /// The namespace of each attribute; two of one name in one namespace are one too many.
    fn resolve_attributes(&self, attributes: &[Attribute<'a>]) -> Result<Vec<Ns>, XmlError> {
        let mut namespaces = Vec::with_capacity(attributes.len());
        for (at, attribute) in attributes.iter().enumerate() {
            if attribute.prefix.is_empty() {
                namespaces.push(Ns::None);
                continue;
            }
            namespaces.push(self.scope.resolve(attribute.prefix)?);
            let twice = |other: &&Attribute<'a>| {
                other.local == attribute.local
                    && !other.prefix.is_empty()
                    && self.scope.same(other.prefix, attribute.prefix)
            };
            if attributes.iter().take(at).find(twice).is_some() {
                return Err(XmlError::Malformed("an attribute stands twice"));
            }
        }
        Ok(namespaces)
    }
}

/// Version 1.0 in UTF-8 is all that is read.
fn check_declaration(declaration: &str) -> Result<(), XmlError> {
    let rest = declaration.strip_prefix("xml").unwrap_or(declaration);
    let attributes = Attribute::read_all(rest, 3)?;
    let mut names = attributes.iter().map(|a| a.local);
    if names.next() != Some("version")
        || !names.all(|name| matches!(name, "encoding" | "standalone"))
        || attributes.iter().any(|a| !a.prefix.is_empty())
    {
        return Err(XmlError::Malformed("an XML declaration that XML forbids"));
    }
    for attribute in &attributes {
        match (attribute.local, attribute.value.as_ref()) {
            ("version", "1.0") | ("standalone", _) => {}
            ("encoding", name) if name.eq_ignore_ascii_case("utf-8") => {}
            ("encoding", _) => return Err(XmlError::NotUtf8),
            _ => return Err(XmlError::Malformed("a version other than 1.0")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(document: &[u8]) -> Result<usize, XmlError> {
        let mut cursor = Cursor::new(document, Limits::MESSAGE)?;
        cursor.root()?;
        cursor.finish()?;
        Ok(cursor.elements)
    }

    #[test]
    fn well_formed_documents_pass() {
        for good in [
            "<a/>",
            "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<!-- x --><a/>\n<?pi x?>",
            "<a xmlns='u' xmlns:p='v'><p:b p:x='1' x='2'/>t<![CDATA[<&]]>&#x41;</a >",
            "<a xml:lang='en' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        ] {
            assert!(outcome(good.as_bytes()).is_ok(), "{good}: {:?}", outcome(good.as_bytes()));
        }
    }

    #[test]
    fn malformed_documents_do_not() {
        for bad in [
            "",
            " ",
            "text",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/><b/>",
            "<a/>t",
            "t<a/>",
            "<a/>&amp;",
            "<a>&</a>",
            "<a>&b</a>",
            "<a>&b;</a>",
            "<a>&#0;</a>",
            "<a>\0</a>",
            "<a>\u{1}</a>",
            "<a>\u{FFFF}</a>",
            "<a>]]></a>",
            "<a><!-- -- --></a>",
            "<a b='1' b='2'/>",
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "<a xmlns='u' xmlns='v'/>",
            "<p:a/>",
            "<a p:b='1'/>",
            "<a xmlns:p=''/>",
            "<a xmlns:xmlns='u'/>",
            "<a xmlns:xml='u'/>",
            "<1a/>",
            "<a/ >",
            "<a b=1/>",
            "<a>< /a>",
            "<?xml version='1.1'?><a/>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            "<?xml encoding='UTF-8'?><a/>",
            " <?xml version='1.0'?><a/>",
            "<a><?xml version='1.0'?></a>",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<a",
            "<a><![CDATA[x</a>",
        ] {
            assert!(outcome(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(outcome(b"<a>\xFF</a>"), Err(XmlError::NotUtf8));
    }

    #[test]
    fn limits_are_exact() {
        let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        assert_eq!(outcome(deep(32).as_bytes()), Ok(32));
        assert_eq!(outcome(deep(33).as_bytes()), Err(XmlError::TooDeep(32)));
        let wide = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n));
        assert_eq!(outcome(wide(4_095).as_bytes()), Ok(4_096));
        assert_eq!(outcome(wide(4_096).as_bytes()), Err(XmlError::TooManyElements(4_096)));
        let attributes = |n: usize| (0..n).map(|i| format!(" a{i}=''")).collect::<String>();
        assert!(outcome(format!("<a{}/>", attributes(64)).as_bytes()).is_ok());
        assert_eq!(
            outcome(format!("<a{}/>", attributes(65)).as_bytes()),
            Err(XmlError::TooManyAttributes(64))
        );
        let declarations = |n: usize| (0..n).map(|i| format!(" xmlns:a{i}='u'")).collect::<String>();
        let nested = format!("<a{0}><a{0}><a xmlns='u'/></a></a>", declarations(64));
        assert_eq!(outcome(nested.as_bytes()), Err(XmlError::TooManyNamespaces(128)));
        let sized = |n: usize| format!("<a>{}</a>", " ".repeat(n - 7));
        assert!(outcome(sized(262_144).as_bytes()).is_ok());
        assert_eq!(outcome(sized(262_145).as_bytes()), Err(XmlError::TooLong(262_144)));
    }

    #[test]
    fn what_is_not_read_is_skipped() {
        let mut cursor = Cursor::new(b"<a><b><c/>t<d>u</d></b><e>v</e></a>", Limits::MESSAGE).unwrap();
        let root = cursor.root().unwrap();
        let b = cursor.child(&root).unwrap().unwrap();
        assert_eq!(cursor.child(&b).unwrap().unwrap().local, "c");
        let e = cursor.child(&root).unwrap().unwrap();
        assert_eq!((e.local, cursor.text(&e).unwrap().exact().as_ref()), ("e", "v"));
        assert!(cursor.child(&root).unwrap().is_none());
        assert!(cursor.child(&root).unwrap().is_none());
        assert_eq!(cursor.finish(), Ok(()));
    }

    #[test]
    fn comments_and_sections_do_not_split_text() {
        let document = b"<a>one <!-- no -->two<![CDATA[ & ]]>&#51;\r\n&lt;</a>";
        let mut cursor = Cursor::new(document, Limits::MESSAGE).unwrap();
        let root = cursor.root().unwrap();
        assert_eq!(cursor.text(&root).unwrap().exact(), "one two & 3\n<");
    }
}
