//! The limits and timers of a session.

/// Limits and timers. The defaults suit an ESME towards an SMSC; times are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// Greatest number of own requests without an answer; common values are 10 to 100. Default 64.
    pub window: usize,
    /// Greatest number of requests waiting for room in the window. Default 16 384.
    pub queue: usize,
    /// A request that has not left for so long, or was throttled each time, comes back as never sent: by then its owner
    /// may not want it any more. Default 10 s.
    pub queue_ms: u64,
    /// Greatest number of the peer's messages that the owner has not answered yet; more are refused as a temporary
    /// error. Default 16 384.
    pub inbound_window: usize,
    /// Greatest rate of own requests per second, as agreed with the peer. Default none.
    pub rate: Option<u32>,
    /// An own request without an answer for so long has an unknown outcome (SMPP 3.4, 7.2 response_timer). Default 10 s.
    pub response_ms: u64,
    /// After so long without a PDU from the peer it is asked by enquire_link (enquire_link_timer). Default 30 s.
    pub idle_ms: u64,
    /// So many enquire_links in a row may stay unanswered for `response_ms` each before the link is given up. Default 2.
    pub misses: u8,
    /// A PDU that has begun must be whole within this, while the owner reads. A peer that stops in the middle of one can
    /// say nothing any more, not even that it is there, so that waiting for `idle_ms` and `misses` would be in vain; and
    /// the longest PDU takes a slow line a second. Default 10 s.
    pub pdu_ms: u64,
    /// The bind must be done within this (session_init_timer). Default 10 s.
    pub bind_ms: u64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            window: 64,
            queue: 16_384,
            queue_ms: 10_000,
            inbound_window: 16_384,
            rate: None,
            response_ms: 10_000,
            idle_ms: 30_000,
            misses: 2,
            pdu_ms: 10_000,
            bind_ms: 10_000,
        }
    }
}
