use mss_core::{Fault, FaultCode};

/// Why a document was refused. The texts name no content of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("the body is longer than {0} octets")]
    TooLong(usize),
    #[error("elements are nested deeper than {0}")]
    TooDeep(usize),
    #[error("more than {0} elements")]
    TooManyElements(usize),
    #[error("more than {0} attributes on one element")]
    TooManyAttributes(usize),
    #[error("more than {0} namespace declarations")]
    TooManyNamespaces(usize),
    #[error("a document type declaration is not allowed")]
    Dtd,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("malformed XML: {0}")]
    Malformed(&'static str),
}

/// Every one of them is the sender's mistake in a parameter: 101.
impl From<XmlError> for Fault {
    fn from(error: XmlError) -> Self {
        Self::new(FaultCode::WRONG_PARAM, error.to_string())
    }
}
