use std::time::Duration;

/// How a [`super::Node`] uses its connections.
#[derive(Debug, Clone, Copy)]
pub struct NodeTuning {
    /// Most connections open at once; 4 to 8 spread the cryptography over cores.
    pub connections: usize,
    /// Most requests in flight on one connection, should the peer allow more.
    pub max_streams: usize,
    /// Octets of one answer that the peer may send ahead of our reading.
    pub stream_window: u32,
    /// Octets of all answers together on one connection.
    pub connection_window: u32,
    /// Largest answer in octets.
    pub max_answer: usize,
    /// For TCP, TLS and the first sign of life on a new connection.
    pub connect_timeout: Duration,
    /// How often a connection is asked whether it lives.
    pub ping_interval: Duration,
    /// How long it may take to say so; then every request on it is broken.
    pub ping_timeout: Duration,
    /// The rest after the first failure to connect; it doubles with every further one.
    pub first_rest: Duration,
    /// The longest such rest.
    pub longest_rest: Duration,
}

impl Default for NodeTuning {
    /// 4 connections of 4096 requests each, answers up to 1 MiB, a dead peer noticed within 15 s.
    fn default() -> Self {
        Self {
            connections: 4,
            max_streams: 4096,
            stream_window: 256 * 1024,
            connection_window: 16 * 1024 * 1024,
            max_answer: 1024 * 1024,
            connect_timeout: Duration::from_secs(5),
            ping_interval: Duration::from_secs(10),
            ping_timeout: Duration::from_secs(5),
            first_rest: Duration::from_millis(100),
            longest_rest: Duration::from_secs(5),
        }
    }
}
