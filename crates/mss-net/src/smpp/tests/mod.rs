//! Over real sockets on loopback: both ends together, and each against a peer that misbehaves.

mod accounts;
mod hostile;
mod links;
mod load;

use std::{collections::VecDeque, time::Duration};

use smpp::{
    Address, Bind, BindMode, Body, COctetString, CommandStatus, Message, MessageId, Password, Pdu,
    SendFailure,
    framer::Framer,
    message::{MessageResp, ShortMessage},
    session::CloseReason,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use super::{
    Account, Backoff, ConnectionId, Event, LinkBatch, Server, ServerConfig, ServerEvent, Transceiver,
    TransceiverConfig,
};

const PATIENCE: Duration = Duration::from_secs(20);

fn message(text: &str) -> Message {
    Message {
        destination: Address::international("358401234567").unwrap(),
        short_message: ShortMessage::try_from(text.as_bytes().to_vec()).unwrap(),
        ..Message::default()
    }
}

fn id(text: &str) -> MessageId {
    MessageId::try_from(text).unwrap()
}

fn transceiver_config(address: impl ToString, password: &[u8]) -> TransceiverConfig {
    let name = COctetString::try_from("mssp").unwrap();
    let mut config = TransceiverConfig::new(address.to_string(), name, Password::new(password).unwrap());
    config.backoff = Backoff { first_ms: 20, longest_ms: 100 };
    config
}

fn server_config() -> ServerConfig {
    let account = |name: &str, password: &[u8]| Account {
        system_id: COctetString::try_from(name).unwrap(),
        password: Password::new(password).unwrap(),
    };
    let accounts = vec![account("other", b"another"), account("mssp", b"s3cret")];
    ServerConfig::new(COctetString::try_from("smsc").unwrap(), accounts)
}

/// A link and the events it gave, one by one.
struct Link {
    link: Transceiver,
    batches: mpsc::Receiver<LinkBatch>,
    events: VecDeque<Event>,
}

impl Link {
    fn start(config: TransceiverConfig) -> Self {
        let (sender, batches) = mpsc::channel(4);
        Self { link: Transceiver::start(config, sender), batches, events: VecDeque::new() }
    }

    async fn next(&mut self) -> Event {
        while self.events.is_empty() {
            let batch =
                timeout(PATIENCE, self.batches.recv()).await.expect("an event in time").expect("a link");
            assert!(!batch.events.is_empty());
            self.events.extend(batch.events);
        }
        self.events.pop_front().expect("an event")
    }

    async fn bound(&mut self) {
        let event = self.next().await;
        assert!(matches!(event, Event::Bound { .. }), "{event:?}");
    }

    fn submit(&self, text: &str, token: u64) {
        self.link.submit(message(text), token).expect("a running link");
    }
}

/// A listening SMSC and the events it gave, one by one.
struct Listener {
    server: Server,
    batches: mpsc::Receiver<Vec<ServerEvent>>,
    events: VecDeque<ServerEvent>,
}

impl Listener {
    async fn start(config: ServerConfig) -> Self {
        let (sender, batches) = mpsc::channel(4);
        let server = Server::start("127.0.0.1:0", config, sender).await.expect("a free port");
        Self { server, batches, events: VecDeque::new() }
    }

    async fn next(&mut self) -> ServerEvent {
        while self.events.is_empty() {
            let batch = timeout(PATIENCE, self.batches.recv()).await.expect("an event in time");
            self.events.extend(batch.expect("a server"));
        }
        self.events.pop_front().expect("an event")
    }

    async fn bound(&mut self) -> ConnectionId {
        match self.next().await {
            ServerEvent::Bound { connection, .. } => connection,
            other => panic!("{other:?}"),
        }
    }

    async fn submitted(&mut self) -> (ConnectionId, u32, String) {
        match self.next().await {
            ServerEvent::Submitted { connection, sequence, message } => {
                (connection, sequence, String::from_utf8(message.user_data().to_vec()).expect("text"))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Nothing happens for a while.
    async fn quiet(&mut self) {
        assert!(self.events.is_empty(), "{:?}", self.events);
        let more = timeout(Duration::from_millis(150), self.batches.recv()).await;
        assert!(more.is_err(), "{more:?}");
    }
}

/// A peer that sends and reads PDUs, or octets, by hand.
struct Raw {
    stream: TcpStream,
    framer: Framer,
}

impl Raw {
    fn new(stream: TcpStream) -> Self {
        Self { stream, framer: Framer::new() }
    }

    async fn connect(listener: &Listener) -> Self {
        Self::new(TcpStream::connect(listener.server.local_addr()).await.expect("a connection"))
    }

    /// As an SMSC: waits for a connection and accepts its bind.
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a connection");
        let mut raw = Self::new(stream);
        let bind = raw.next().await.expect("a bind");
        assert!(matches!(bind.body, Body::Bind(_)));
        raw.send(CommandStatus::ROK, bind.sequence, Body::BindResp(BindMode::Transceiver, None)).await;
        raw
    }

    /// As an ESME: binds and waits for the answer.
    async fn bind(&mut self) -> CommandStatus {
        let name = COctetString::try_from("mssp").unwrap();
        let bind = Bind::new(BindMode::Transceiver, name, Password::new(b"s3cret").unwrap());
        self.send(CommandStatus::ROK, 1, Body::Bind(bind)).await;
        self.next().await.expect("an answer to the bind").status
    }

    async fn send(&mut self, status: CommandStatus, sequence: u32, body: Body) {
        let mut octets = Vec::new();
        Pdu { status, sequence, body }.encode(&mut octets);
        self.write(&octets).await;
    }

    async fn write(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.expect("a connection");
    }

    /// The next PDU, `None` when the peer has closed.
    async fn next(&mut self) -> Option<Pdu> {
        let mut buffer = [0; 4_096];
        loop {
            if let Some(pdu) = self.framer.next_pdu() {
                return Some(pdu.expect("a PDU"));
            }
            match timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("octets in time") {
                Ok(count) if count > 0 => self.framer.feed(&buffer[..count]),
                _ => return None,
            }
        }
    }
}

fn submitted(token: u64, result: Result<&str, SendFailure>) -> Event {
    Event::Submitted { token, result: result.map(id) }
}
