//! Who may use the page: a browser on this machine that was given the printed address.
use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use mss_core::Entropy;

use super::HEADERS;
use crate::system::SystemEntropy;

/// The page's token and the names it may be called by.
pub(crate) struct Guard {
    token: String,
    hosts: [String; 2],
}

impl Guard {
    /// A fresh token of 256 bits.
    pub(crate) fn new(address: SocketAddr) -> Self {
        let mut token = [0; 32];
        SystemEntropy.fill(&mut token);
        let port = address.port();
        Self { token: hex::encode(token), hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")] }
    }

    /// The address to open.
    pub(crate) fn url(&self) -> String {
        let [host, _] = &self.hosts;
        format!("http://{host}/?token={}", self.token)
    }

    /// Refuses a page of another site that resolved its name to this machine, and posts that another site started.
    fn right_host(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
            (Some(host), None) => host,
            _ => return false,
        };
        let own_site = |origin: &str| origin.strip_prefix("http://") == Some(host);
        self.hosts.iter().any(|own| own == host)
            && text(header::ORIGIN).is_none_or(own_site)
            && text(header::HeaderName::from_static("sec-fetch-site"))
                .is_none_or(|site| site == "same-origin" || site == "none")
    }

    fn is_token(&self, given: &str) -> bool {
        // Constant time: the loop runs over the whole token whatever was given.
        let same = given.len() == self.token.len();
        let different = self.token.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        same && different == 0
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';'));
        pairs.any(|pair| pair.trim().strip_prefix(COOKIE).is_some_and(|token| self.is_token(token)))
    }
}

const COOKIE: &str = "sinetti_phones=";

/// Lets a request in, or says why not.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = if !guard.right_host(request.headers()) {
        (StatusCode::MISDIRECTED_REQUEST, "This page answers to 127.0.0.1 and localhost only.")
            .into_response()
    } else if let Some(token) = request.uri().query().and_then(|query| query.strip_prefix("token=")) {
        if guard.is_token(token) && request.method() == Method::GET {
            let cookie = format!("{COOKIE}{token}; Path=/; HttpOnly; SameSite=Strict");
            (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, cookie)])
                .into_response()
        } else {
            forbidden()
        }
    } else if guard.has_cookie(request.headers()) {
        next.run(request).await
    } else {
        forbidden()
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, "Open the address that was printed when the demonstration started.")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_its_own_names_and_its_own_site() {
        let guard = Guard::new("127.0.0.1:7000".parse().unwrap());
        let right: [&[(&str, &str)]; 4] = [
            &[("host", "127.0.0.1:7000")],
            &[("host", "localhost:7000")],
            &[("host", "localhost:7000"), ("origin", "http://localhost:7000")],
            &[("host", "localhost:7000"), ("sec-fetch-site", "none")],
        ];
        for pairs in right {
            assert!(guard.right_host(&headers(pairs)), "{pairs:?}");
        }
        let wrong: [&[(&str, &str)]; 6] = [
            &[],
            &[("host", "evil.example:7000")],
            &[("host", "localhost:7001")],
            &[("host", "localhost:7000"), ("origin", "http://evil.example")],
            &[("host", "localhost:7000"), ("origin", "null")],
            &[("host", "localhost:7000"), ("sec-fetch-site", "cross-site")],
        ];
        for pairs in wrong {
            assert!(!guard.right_host(&headers(pairs)), "{pairs:?}");
        }
    }

    #[test]
    fn the_cookie_must_hold_the_whole_token() {
        let guard = Guard::new("127.0.0.1:7000".parse().unwrap());
        let cookie = |token: &str| headers(&[("cookie", &format!("a=b; {COOKIE}{token}"))]);
        assert!(guard.has_cookie(&cookie(&guard.token)));
        assert!(!guard.has_cookie(&cookie("")));
        assert!(!guard.has_cookie(&cookie(&guard.token[..63])));
        assert!(!guard.has_cookie(&headers(&[])));
    }
}
