use mss_core::message::RoamingEntry;

use crate::{
    Envelope, SoapVersion, WrapperNamespace, roaming,
    xml::{Ns, Writer},
};

/// A message that is being written. Its direct children go through `open` and `empty`, because unqualified accessors
/// declare no prefixes and each child then does so itself.
pub(crate) struct Outgoing {
    pub(crate) writer: Writer,
    envelope: Envelope,
    operation: &'static str,
    suffix: &'static str,
    accessor: &'static str,
}

impl Outgoing {
    /// A request: `MSS_Signature` around `MSS_SignatureReq`.
    pub(crate) fn request(envelope: &Envelope, operation: &'static str, accessor: &'static str) -> Self {
        Self { writer: Writer::new(), envelope: *envelope, operation, suffix: "", accessor }
    }

    /// An answer: `MSS_SignatureResponse` around `MSS_SignatureResp`.
    pub(crate) fn response(envelope: &Envelope, operation: &'static str, accessor: &'static str) -> Self {
        Self { suffix: "Response", ..Self::request(envelope, operation, accessor) }
    }

    /// Writes everything in front of the message's first child.
    pub(crate) fn begin(
        &mut self,
        roaming: &[RoamingEntry],
        version: (u8, u8),
        attributes: &[(&str, Option<&str>)],
    ) {
        let out = &mut self.writer;
        open_envelope(out, self.envelope.soap);
        if !roaming.is_empty() {
            out.open("soapenv:Header");
            roaming::write(out, roaming, self.envelope.soap);
            out.close("soapenv:Header");
        }
        out.open("soapenv:Body");
        out.raw(if self.envelope.wrapper == WrapperNamespace::Mss { "<mss:" } else { "<" });
        out.raw(self.operation);
        out.raw(self.suffix);
        match self.envelope.wrapper {
            WrapperNamespace::None => {}
            WrapperNamespace::Tns => out.namespace("", Ns::Tns),
            WrapperNamespace::Mss => out.namespace("mss", Ns::Mss),
        }
        out.raw(if self.envelope.qualified_accessor { "><mss:" } else { "><" });
        out.raw(self.accessor);
        out.attribute("MajorVersion", &version.0.to_string());
        out.attribute("MinorVersion", &version.1.to_string());
        write_attributes(out, attributes);
        if self.envelope.qualified_accessor {
            prefixes(out);
        } else if self.envelope.wrapper == WrapperNamespace::Tns {
            out.namespace("", Ns::None);
        }
        out.raw(">");
    }

    /// Opens a direct child of the message, which `writer.close` closes.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, Option<&str>)]) {
        self.start(name, attributes);
        self.writer.raw(">");
    }

    /// The same, with the declaration of one more prefix: the one of the child's own name.
    pub(crate) fn open_in(&mut self, name: &str, ns: Ns) {
        self.start(name, &[]);
        self.writer.namespace(name.split(':').next().unwrap_or(""), ns);
        self.writer.raw(">");
    }

    /// A direct child without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, Option<&str>)]) {
        self.start(name, attributes);
        self.writer.raw("/>");
    }

    fn start(&mut self, name: &str, attributes: &[(&str, Option<&str>)]) {
        self.writer.raw("<");
        self.writer.raw(name);
        write_attributes(&mut self.writer, attributes);
        if !self.envelope.qualified_accessor {
            prefixes(&mut self.writer);
        }
    }

    /// Closes everything and gives the octets.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = self.writer;
        out.raw(if self.envelope.qualified_accessor { "</mss:" } else { "</" });
        out.raw(self.accessor);
        out.raw(if self.envelope.wrapper == WrapperNamespace::Mss { "></mss:" } else { "></" });
        out.raw(self.operation);
        out.raw(self.suffix);
        out.raw(">");
        close_envelope(out)
    }
}

/// Opens the envelope; the body is the caller's.
pub(crate) fn open_envelope(out: &mut Writer, soap: SoapVersion) {
    out.raw("<soapenv:Envelope");
    out.namespace("soapenv", if soap == SoapVersion::V1_1 { Ns::Soap11 } else { Ns::Soap12 });
    out.raw(">");
}

/// Closes body and envelope.
pub(crate) fn close_envelope(mut out: Writer) -> Vec<u8> {
    out.raw("</soapenv:Body></soapenv:Envelope>");
    out.finish()
}

fn write_attributes(out: &mut Writer, attributes: &[(&str, Option<&str>)]) {
    for (name, value) in attributes {
        if let Some(value) = value {
            out.attribute(name, value);
        }
    }
}

fn prefixes(out: &mut Writer) {
    out.namespace("mss", Ns::Mss);
    out.namespace("fi", Ns::Fi);
}
