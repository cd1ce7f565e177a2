//! `DataType`: DataToBeSigned and DataToBeDisplayed.
use mss_core::{Fault, message::DataToBeSigned};

use super::field::attribute;
use crate::{
    soap::Outgoing,
    xml::{Cursor, Element},
};

/// The text stays as sent, octet for octet: it is what the person signs. Only indentation of a pretty-printer goes.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, element: &Element<'a>) -> Result<DataToBeSigned, Fault> {
    Ok(DataToBeSigned {
        mime_type: attribute(element, "MimeType").map(str::to_ascii_lowercase),
        encoding: attribute(element, "Encoding").map(str::to_ascii_lowercase),
        text: cursor.text(element)?.without_indentation().into_owned(),
    })
}

pub(super) fn write(out: &mut Outgoing, name: &str, data: &DataToBeSigned) {
    out.open(name, &[("MimeType", data.mime_type.as_deref()), ("Encoding", data.encoding.as_deref())]);
    out.writer.exact_text(&data.text);
    out.writer.close(name);
}
