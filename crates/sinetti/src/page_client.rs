//! A person at the phones' page, for the demonstration: plain HTTP to a loopback address.
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{command_error::CommandError, demo::PhoneState};

/// The page, opened with its token.
pub(crate) struct PageClient {
    address: SocketAddr,
    cookie: String,
}

impl PageClient {
    /// Opens the printed address, and keeps the cookie it gives.
    pub(crate) async fn open(url: &str) -> Result<Self, CommandError> {
        let url: http::Uri = url.parse()?;
        let address = url.authority().ok_or("the page's address has no host")?.as_str().parse()?;
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let (_, cookie) = request(address, "GET", path, None, "").await?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        if cookie.is_empty() {
            Err("the phone page refused its token".into())
        } else {
            Ok(Self { address, cookie })
        }
    }

    /// What every phone shows.
    pub(crate) async fn phones(&self) -> Result<Vec<PhoneState>, CommandError> {
        let (body, _) = request(self.address, "GET", "/api/phones", Some(&self.cookie), "").await?;
        Ok(serde_json::from_slice(&body)?)
    }

    /// Chooses a new PIN.
    pub(crate) async fn choose_pin(&self, number: &str, pin: &str) -> Result<(), CommandError> {
        self.act(&serde_json::json!({"number": number, "action": "choose_pin", "pin": pin, "again": pin}))
            .await
    }

    /// Types the PIN.
    pub(crate) async fn enter_pin(&self, number: &str, pin: &str) -> Result<(), CommandError> {
        self.act(&serde_json::json!({"number": number, "action": "enter_pin", "pin": pin})).await
    }

    /// Lets a script answer on this phone from now on.
    pub(crate) async fn leave_to_script(&self, number: &str) -> Result<(), CommandError> {
        self.act(&serde_json::json!({"number": number, "action": "script", "on": true})).await
    }

    async fn act(&self, act: &serde_json::Value) -> Result<(), CommandError> {
        request(self.address, "POST", "/api/act", Some(&self.cookie), &act.to_string()).await.map(drop)
    }
}

/// One request on a connection of its own; the body and the cookie that was set.
async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: Option<&str>,
    body: &str,
) -> Result<(Bytes, String), CommandError> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", address.to_string())
        .header("content-type", "application/json")
        .header("cookie", cookie.unwrap_or_default())
        .body(Full::new(Bytes::from(body.to_owned())))?;
    let response = sender.send_request(request).await?;
    if response.status().is_client_error() || response.status().is_server_error() {
        return Err(format!("the phone page answered {}", response.status()).into());
    }
    let set = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
    let set = set.unwrap_or_default().to_owned();
    Ok((response.into_body().collect().await?.to_bytes(), set))
}
