//! XML as far as messages need it: a cursor over events that knows namespaces and limits, and a writer.
//!
//! quick-xml finds tags and text; everything that decides what a document means, or whether it is well-formed, is
//! here: names, namespaces, attributes, references, depth.
mod attribute;
mod cursor;
mod error;
mod namespace;
mod reference;
mod text;
mod writer;

pub(crate) use cursor::{Cursor, Element};
pub(crate) use error::XmlError;
pub(crate) use namespace::Ns;
pub(crate) use text::Text;
pub(crate) use writer::Writer;
