use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use super::activity::Activity;

/// How long a closed connection is still read.
const LINGER: Duration = Duration::from_secs(2);

/// A stream that tells the connection's [`Activity`] when octets come, that hides the end of them while an answer is owed
/// for some time, and that lingers: after our last octet it reads and
/// throws away what still comes. To close at once would destroy an answer that is on its way to a client that still writes.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    lingering: Option<Pin<Box<Sleep>>>,
    /// When the client has said its last word, and the alarm for the end of its waiting.
    last_word: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity, lingering: None, last_word: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, activity, last_word, .. } = &mut *self;
        if last_word.is_none() {
            let before = buf.filled().len();
            let polled = Pin::new(stream).poll_read(cx, buf);
            if buf.filled().len() > before {
                activity.octets_came();
            } else if matches!(polled, Poll::Ready(Ok(()))) && buf.remaining() > 0 {
                *last_word = Some((Instant::now(), Box::pin(sleep(LINGER))));
            }
            if last_word.is_none() {
                return polled;
            }
        }
        // To hyper the end of the octets is the end of the client; so it hears of it when nothing is owed any more.
        if let Some((since, alarm)) = last_word
            && let Some(patience) = activity.owes_an_answer_for(cx)
        {
            alarm.as_mut().reset(*since + patience);
            return alarm.as_mut().poll(cx).map(Ok);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, lingering, .. } = &mut *self;
        let until = match lingering {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                lingering.insert(Box::pin(sleep(LINGER)))
            }
        };
        let mut scrap = [0; 4096];
        loop {
            if until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buf = ReadBuf::new(&mut scrap);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
