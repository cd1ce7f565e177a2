use std::time::Duration;

/// What a listener allows one client and all of them together.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections, handshakes included; at the limit, new ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Of these, connections whose handshake is under way; beyond it the oldest of the address with the most of them is
    /// cut.
    pub max_handshakes: usize,
    /// Open connections of one peer: of one certificate, or of one address where none is asked for. More are closed.
    pub peer_connections: usize,
    /// Requests of one peer in flight over all its connections; more are answered with HTTP status 503.
    pub peer_requests: usize,
    /// Octets of bodies that are being received from one peer; what comes on top is answered with HTTP status 503.
    pub peer_body_octets: usize,
    /// Octets of answers that one peer has asked for and not taken; as long as there are more, its requests are answered
    /// with HTTP status 503.
    pub peer_answer_octets: usize,
    /// From TCP accept to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the first octet of a request's head to its last; also from the handshake to the first octet.
    pub head_timeout: Duration,
    /// Size of a request's head in octets, at least 8192; beyond it, or beyond 100 fields, HTTP status 431.
    pub max_head: usize,
    /// Size of a body in octets; beyond, the handler gets [`super::BodyError::TooLarge`].
    pub max_body: usize,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// How long a connection may stay open without a request in flight. It also bounds how long a client may take to read
    /// the last answer.
    pub idle_timeout: Duration,
    /// How long a client that has said its last word (a TLS closure alert behind its request, HTTP/1) is still taken for
    /// one that waits for the answer.
    pub half_closed: Duration,
    /// Requests in flight on one HTTP/2 connection.
    pub max_streams: u32,
    /// Octets of one request that a client may send ahead of our reading (HTTP/2).
    pub stream_window: u32,
    /// Octets of all requests together on one HTTP/2 connection.
    pub connection_window: u32,
    /// How often an HTTP/2 client is asked whether it still lives, and how long it may take to answer.
    pub ping: Duration,
    /// How long open requests may take at shutdown.
    pub grace: Duration,
}

impl Default for Limits {
    /// Bodies of 256 KiB, 5 minutes idle (FiCom's advice for polling APs), 4096 waiting requests per HTTP/2 connection.
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_handshakes: 1024,
            peer_connections: 2048,
            peer_requests: 16_384,
            peer_body_octets: 16 * 1024 * 1024,
            peer_answer_octets: 64 * 1024 * 1024,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            max_head: 16 * 1024,
            max_body: 256 * 1024,
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(300),
            half_closed: Duration::from_secs(60),
            max_streams: 4096,
            stream_window: 256 * 1024,
            connection_window: 4 * 1024 * 1024,
            ping: Duration::from_secs(20),
            grace: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The same for a process that may open so many file descriptors for this listener: it must not run out of them, or
    /// its store and its other links fail with it.
    #[must_use]
    pub fn within_descriptors(self, descriptors: usize) -> Self {
        let max_connections = self.max_connections.min(descriptors).max(4);
        Self {
            max_connections,
            max_handshakes: self.max_handshakes.min(max_connections / 4),
            peer_connections: self.peer_connections.min(max_connections / 4),
            ..self
        }
    }
}
