//! Own requests: waiting, under way, answered.

use std::collections::VecDeque;

use crate::{Message, session::SessionConfig, session::pace::Pace};

/// A message with the number by which its owner knows it.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) token: u64,
    /// When its owner gave it.
    pub(super) since: u64,
}

struct UnderWay {
    sequence: u32,
    sent_at: u64,
    request: Request,
}

/// The requests of one session that have no answer yet.
pub(super) struct Outbox {
    /// Throttled by the peer, to be sent again before the others.
    throttled: VecDeque<Request>,
    waiting: VecDeque<Request>,
    /// In the order of sending, so that the first is the oldest. Answers mostly come in that order too.
    under_way: VecDeque<UnderWay>,
    pace: Pace,
    window: usize,
    queue: usize,
    queue_ms: u64,
    response_ms: u64,
}

impl Outbox {
    pub(super) fn new(config: &SessionConfig, now: u64) -> Self {
        Self {
            throttled: VecDeque::new(),
            waiting: VecDeque::new(),
            under_way: VecDeque::new(),
            pace: Pace::new(config.rate, now),
            window: config.window.max(1),
            queue: config.queue,
            queue_ms: config.queue_ms,
            response_ms: config.response_ms,
        }
    }

    /// `false` when too many wait.
    pub(super) fn push(&mut self, message: Message, token: u64, now: u64) -> bool {
        let room = self.waiting.len() < self.queue;
        if room {
            self.waiting.push_back(Request { message, token, since: now });
        }
        room
    }

    /// The next request that may leave now. The caller sends it and gives it back to [`Self::sent`].
    pub(super) fn next(&mut self, now: u64) -> Option<Request> {
        if self.is_held() || self.pace.ready_at(now) > now {
            return None;
        }
        let next = self.throttled.pop_front().or_else(|| self.waiting.pop_front())?;
        self.pace.spend(now);
        Some(next)
    }

    pub(super) fn sent(&mut self, sequence: u32, request: Request, now: u64) {
        self.under_way.push_back(UnderWay { sequence, sent_at: now, request });
    }

    /// The request with this number, which has now been answered.
    pub(super) fn answered(&mut self, sequence: u32) -> Option<Request> {
        let place = self.under_way.iter().position(|request| request.sequence == sequence)?;
        self.under_way.remove(place).map(|request| request.request)
    }

    /// The peer was told too much at once: the request is sent again later.
    pub(super) fn again(&mut self, request: Request, now: u64) {
        self.pace.throttled(now);
        self.throttled.push_back(request);
    }

    /// The oldest request whose answer is overdue.
    pub(super) fn overdue(&mut self, now: u64) -> Option<u64> {
        let oldest = self.under_way.front()?;
        if now < oldest.sent_at.saturating_add(self.response_ms) {
            return None;
        }
        self.under_way.pop_front().map(|request| request.request.token)
    }

    /// A request that has waited for too long; the peer never accepted it.
    pub(super) fn stale(&mut self, now: u64) -> Option<u64> {
        let is_stale = |request: &Request| now >= request.since.saturating_add(self.queue_ms);
        // Those that were throttled are few, a window's worth, and in the order of their answers.
        if let Some(place) = self.throttled.iter().position(is_stale) {
            return self.throttled.remove(place).map(|request| request.token);
        }
        self.waiting.pop_front_if(|request| is_stale(request)).map(|request| request.token)
    }

    /// When the first request has waited for too long.
    pub(super) fn stale_at(&self) -> Option<u64> {
        let oldest = self.throttled.iter().chain(self.waiting.front()).map(|request| request.since).min();
        oldest.map(|since| since.saturating_add(self.queue_ms))
    }

    /// Forgets what is under way; the tokens, oldest first.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = u64> + use<> {
        std::mem::take(&mut self.under_way).into_iter().map(|request| request.request.token)
    }

    /// Takes out what was never accepted by the peer: throttled and waiting.
    pub(super) fn take_unsent(&mut self) -> impl Iterator<Item = Request> + use<> {
        std::mem::take(&mut self.throttled).into_iter().chain(std::mem::take(&mut self.waiting))
    }

    pub(super) fn has_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// When the oldest answer is overdue.
    pub(super) fn overdue_at(&self) -> Option<u64> {
        self.under_way.front().map(|oldest| oldest.sent_at.saturating_add(self.response_ms))
    }

    /// When the next waiting request may leave; `None` when none waits or only an answer can make room.
    pub(super) fn ready_at(&mut self, now: u64) -> Option<u64> {
        if self.is_held() { None } else { Some(self.pace.ready_at(now)) }
    }

    fn is_held(&self) -> bool {
        (self.throttled.is_empty() && self.waiting.is_empty()) || self.under_way.len() >= self.window
    }
}
