use std::time::Duration;

use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use super::BodyError;
use crate::gathered::Gathered;

/// How much of a body that is too large is still read and thrown away, in units of the limit: a client that is still
/// writing when the connection closes never sees the answer.
const DRAIN: usize = 8;

/// Reads a body to its end. The inner result is for the handler; the outer error means that nobody waits for an answer.
pub(super) async fn read(
    mut body: Incoming,
    headers: &HeaderMap,
    limit: usize,
    within: Duration,
) -> Result<Result<Bytes, BodyError>, hyper::Error> {
    if body.is_end_stream() {
        return Ok(Ok(Bytes::new()));
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let too_large = announced > limit;
    // A client that asks first is told before it sends.
    if too_large && (headers.contains_key(header::EXPECT) || announced > limit.saturating_mul(DRAIN)) {
        return Ok(Err(BodyError::TooLarge));
    }
    let deadline = Instant::now() + within;
    let collected =
        if too_large { Ok(None) } else { timeout_at(deadline, collect(&mut body, announced, limit)).await };
    match collected {
        Err(_) => Ok(Err(BodyError::TimedOut)),
        Ok(Some(outcome)) => outcome.map(Ok),
        Ok(None) => {
            // How the draining ends does not matter: the answer is the same.
            let _ = timeout_at(deadline, drain(&mut body, limit.saturating_mul(DRAIN))).await;
            Ok(Err(BodyError::TooLarge))
        }
    }
}

/// `None` when the limit is passed.
async fn collect(body: &mut Incoming, announced: usize, limit: usize) -> Option<Result<Bytes, hyper::Error>> {
    let mut gathered = Gathered::new(announced, limit);
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => gathered.push(data).ok()?,
            // Trailers say nothing to us.
            Ok(Err(_)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(gathered.finish()))
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
