use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;

/// One answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: StatusCode,
    /// `Content-Type`; none for an empty body.
    pub content_type: Option<HeaderValue>,
    /// The body; its length is announced.
    pub body: Bytes,
    /// Further header fields.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Response {
    /// An answer with a body.
    #[must_use]
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let content_type = Some(HeaderValue::from_static(content_type));
        Self { status, content_type, body: body.into(), headers: Vec::new() }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, body: Bytes::new(), headers: Vec::new() }
    }

    /// With one more header field.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn into_http(self) -> http::Response<Full<Bytes>> {
        let mut response = http::Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        headers.extend(self.headers);
        response
    }
}
