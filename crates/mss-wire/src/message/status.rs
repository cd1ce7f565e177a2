//! `StatusType`.
use mss_core::{Fault, StatusCode};

use super::field::{malformed, once, required, required_attribute};
use crate::{
    soap::Outgoing,
    xml::{Cursor, Element, Writer},
};

/// Reads a status; `detail` is given the `StatusDetail`, if there is one.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    element: &Element<'a>,
    mut detail: impl FnMut(&mut Cursor<'a>, &Element<'a>) -> Result<(), Fault>,
) -> Result<StatusCode, Fault> {
    let mut code = None;
    while let Some(child) = cursor.child(element)? {
        match child.message_local() {
            "StatusCode" => {
                let value = required_attribute(&child, "Value")?;
                let value = value.parse().map_err(|_| malformed("StatusCode"))?;
                once(&mut code, StatusCode(value), "StatusCode")?;
            }
            "StatusDetail" => detail(cursor, &child)?,
            _ => {}
        }
    }
    required(code, "StatusCode")
}

/// Writes a status. The code's element closes itself: clients of the field look for that text.
pub(super) fn write(out: &mut Outgoing, status: StatusCode, detail: Option<&dyn Fn(&mut Writer)>) {
    out.open("mss:Status", &[]);
    let writer = &mut out.writer;
    writer.raw("<mss:StatusCode");
    writer.attribute("Value", &status.0.to_string());
    writer.raw("/>");
    writer.leaf("mss:StatusMessage", status.name());
    if let Some(detail) = detail {
        writer.open("mss:StatusDetail");
        detail(writer);
        writer.close("mss:StatusDetail");
    }
    writer.close("mss:Status");
}
