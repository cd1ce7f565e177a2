use std::borrow::Cow;

use super::XmlError;

/// The namespaces that decide something. All others are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ns {
    /// No namespace.
    None,
    /// TS 102 204 messages.
    Mss,
    /// The WSDL's target namespace.
    Tns,
    /// FiCom extensions.
    Fi,
    /// TS 102 207 roaming headers.
    Msrs,
    /// Registration payload.
    Mreg,
    /// Profile query extension.
    Mcs,
    /// XML signature: certificates in profile answers.
    Ds,
    /// SOAP 1.1 envelope.
    Soap11,
    /// SOAP 1.2 envelope.
    Soap12,
    /// `xml:`.
    Xml,
    /// Anything else.
    Other,
}

impl Ns {
    const TABLE: [(Self, &'static str); 10] = [
        (Self::Mss, "http://uri.etsi.org/TS102204/v1.1.2#"),
        (Self::Soap12, "http://www.w3.org/2003/05/soap-envelope"),
        (Self::Tns, "http://uri.etsi.org/TS102204/etsi204-kiuru.wsdl"),
        (Self::Fi, "http://mss.ficom.fi/TS102204/v1.0.0#"),
        (Self::Soap11, "http://schemas.xmlsoap.org/soap/envelope/"),
        (Self::Msrs, "http://uri.etsi.org/TS102207/v1.1.2#"),
        (Self::Mreg, "http://www.methics.fi/MSSPRegistration/v1.0.0#"),
        (Self::Mcs, "http://www.methics.fi/TS102204/ext/v1.0.0"),
        (Self::Ds, "http://www.w3.org/2000/09/xmldsig#"),
        (Self::Xml, XML_URI),
    ];

    /// The namespace's name; empty for none and for all others.
    pub(crate) fn uri(self) -> &'static str {
        Self::TABLE.iter().find(|(ns, _)| *ns == self).map_or("", |(_, uri)| uri)
    }

    fn from_uri(uri: &str) -> Self {
        if uri.is_empty() {
            return Self::None;
        }
        Self::TABLE.iter().find(|(_, known)| *known == uri).map_or(Self::Other, |(ns, _)| *ns)
    }
}

const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    ns: Ns,
    depth: usize,
}

/// The namespace declarations in scope, innermost last.
pub(crate) struct Scope<'a> {
    bindings: Vec<Binding<'a>>,
    max: usize,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(max: usize) -> Self {
        Self { bindings: Vec::with_capacity(24), max }
    }

    /// Adds the declaration `xmlns:prefix="uri"`, or `xmlns="uri"` for an empty prefix, made by an element at `depth`.
    pub(crate) fn declare(
        &mut self,
        prefix: &'a str,
        uri: Cow<'a, str>,
        depth: usize,
    ) -> Result<(), XmlError> {
        let reserved = prefix == "xmlns" || uri == XMLNS_URI || (prefix == "xml") != (uri == XML_URI);
        if reserved || (!prefix.is_empty() && uri.is_empty()) {
            return Err(XmlError::Malformed("a namespace declaration that XML forbids"));
        }
        if self.bindings.len() >= self.max {
            return Err(XmlError::TooManyNamespaces(self.max));
        }
        let ns = Ns::from_uri(&uri);
        self.bindings.push(Binding { prefix, uri, ns, depth });
        Ok(())
    }

    /// Forgets the declarations of the element at `depth` and below.
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// What a prefix means here. An undeclared prefix is an error; no prefix without default is no namespace.
    pub(crate) fn resolve(&self, prefix: &str) -> Result<Ns, XmlError> {
        match self.find(prefix) {
            Some(binding) => Ok(binding.ns),
            None if prefix.is_empty() => Ok(Ns::None),
            None if prefix == "xml" => Ok(Ns::Xml),
            None => Err(XmlError::Malformed("a prefix is not declared")),
        }
    }

    /// Whether two declared prefixes mean the same namespace.
    pub(crate) fn same(&self, one: &str, other: &str) -> bool {
        match (self.find(one), self.find(other)) {
            (Some(one), Some(other)) => one.uri == other.uri,
            _ => one == other,
        }
    }

    fn find(&self, prefix: &str) -> Option<&Binding<'a>> {
        self.bindings.iter().rev().find(|binding| binding.prefix == prefix)
    }
}
