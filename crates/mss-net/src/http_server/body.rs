use std::time::Duration;

use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use super::{BodyError, crowd::Member};
use crate::gathered::Gathered;

/// How much of a body that is too large is still read and thrown away, in units of the limit: a client that is still
/// writing when the connection closes never sees the answer.
const DRAIN: usize = 8;

/// The most that is reserved for a body on its sender's word alone, in octets.
const RESERVED: usize = 16 * 1024;

/// Why there is no body.
pub(super) enum Unread {
    /// The handler's to answer.
    Body(BodyError),
    /// This peer has too much under way at once.
    TooMuchAtOnce,
    /// Nobody waits for an answer.
    Connection(hyper::Error),
}

/// Reads a body to its end.
pub(super) async fn read(
    mut body: Incoming,
    headers: &HeaderMap,
    (limit, within): (usize, Duration),
    member: &Member,
) -> Result<Bytes, Unread> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let too_large = announced > limit;
    // A client that asks first is told before it sends.
    if too_large && (headers.contains_key(header::EXPECT) || announced > limit.saturating_mul(DRAIN)) {
        return Err(Unread::Body(BodyError::TooLarge));
    }
    let deadline = Instant::now() + within;
    let collected = match too_large {
        true => Err(Unread::Body(BodyError::TooLarge)),
        false => timeout_at(deadline, collect(&mut body, announced, limit, member))
            .await
            .map_err(|_| Unread::Body(BodyError::TimedOut))?,
    };
    if let Err(Unread::Body(_) | Unread::TooMuchAtOnce) = &collected {
        // How the draining ends does not matter: the answer is the same.
        let _ = timeout_at(deadline, drain(&mut body, limit.saturating_mul(DRAIN))).await;
    }
    collected
}

async fn collect(
    body: &mut Incoming,
    announced: usize,
    limit: usize,
    member: &Member,
) -> Result<Bytes, Unread> {
    let mut gathered = Gathered::new(announced.min(RESERVED), limit);
    let mut held = member.body();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                if !member.grow(&mut held, data.len()) {
                    return Err(Unread::TooMuchAtOnce);
                }
                gathered.push(data).map_err(|_| Unread::Body(BodyError::TooLarge))?;
            }
            // Trailers say nothing to us.
            Ok(Err(_)) => {}
            Err(error) => return Err(Unread::Connection(error)),
        }
    }
    Ok(gathered.finish())
}

async fn drain(body: &mut Incoming, most: usize) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > most {
            return;
        }
    }
}
