//! The SMSC's listener.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use smpp::{
    BindMode, COctetString, CommandStatus, Message, MessageId, Password, SendFailure, SessionConfig,
    query::{CancelSm, QuerySm, QuerySmResp},
    session::CloseReason,
};
use tokio::{
    net::{TcpListener, ToSocketAddrs},
    sync::mpsc,
    task::AbortHandle,
};

use super::{
    smsc::{self, Command},
    transceiver::Stopped,
};

/// Who may bind. The password is wiped when this is dropped.
pub struct Account {
    /// The name of the ESME.
    pub system_id: COctetString<16>,
    /// Its proof.
    pub password: Password,
}

/// The accounts of a running listener, exchangeable while connections are open. Clones share them.
#[derive(Clone)]
pub struct Accounts {
    pub(super) current: Arc<ArcSwap<Vec<Account>>>,
    registry: Arc<Registry>,
}

impl Accounts {
    /// Puts other accounts in the place of all present ones. A connection whose account is gone, or has another password
    /// now, is unbound; nothing that it sends from this moment on is taken.
    pub fn replace(&self, accounts: Vec<Account>) {
        self.current.store(Arc::new(accounts));
        self.registry.tell_all(|| Command::CheckAccount);
    }
}

/// What a listener needs to know.
pub struct ServerConfig {
    /// The name of this SMSC in bind responses.
    pub system_id: COctetString<16>,
    /// Who may bind, any number of times each.
    pub accounts: Vec<Account>,
    /// Greatest number of connections, bound or not; more are closed at once. Default 64.
    pub connections: usize,
    /// Window and timers of each connection.
    pub session: SessionConfig,
}

impl ServerConfig {
    /// A listener with the usual limits.
    pub fn new(system_id: COctetString<16>, accounts: Vec<Account>) -> Self {
        Self { system_id, accounts, connections: 64, session: SessionConfig::default() }
    }
}

/// Names a connection; never used twice in the life of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What happened on a connection. Nothing is told of connections that never bound.
#[derive(Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// An ESME has bound.
    Bound {
        /// The connection.
        connection: ConnectionId,
        /// Where it comes from.
        peer: SocketAddr,
        /// Who it is.
        system_id: COctetString<16>,
        /// What it may do.
        mode: BindMode,
    },
    /// A submit_sm (or data_sm), to be answered by [`Server::submit_resp`].
    Submitted {
        /// The connection.
        connection: ConnectionId,
        /// For the answer.
        sequence: u32,
        /// The message.
        message: Message,
    },
    /// A query_sm, to be answered by [`Server::query_resp`].
    Queried {
        /// The connection.
        connection: ConnectionId,
        /// For the answer.
        sequence: u32,
        /// Which message.
        query: QuerySm,
    },
    /// A cancel_sm, to be answered by [`Server::cancel_resp`].
    Cancelled {
        /// The connection.
        connection: ConnectionId,
        /// For the answer.
        sequence: u32,
        /// Which message.
        cancel: CancelSm,
    },
    /// The end of a deliver: exactly one for each that [`Server::deliver`] took.
    Delivered {
        /// The connection.
        connection: ConnectionId,
        /// As given to [`Server::deliver`].
        token: u64,
        /// `Ok` when the ESME took it.
        result: Result<(), SendFailure>,
    },
    /// The connection has ended. Only the [`ServerEvent::Delivered`] of what was given before and never left may follow.
    Closed {
        /// The connection.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
    },
}

/// A listening SMSC. Dropping it ends the listener and unbinds all connections.
pub struct Server {
    address: SocketAddr,
    accounts: Accounts,
    registry: Arc<Registry>,
    listener: AbortHandle,
}

impl Server {
    /// Listens on `address` (a port of 0 is chosen by the system) on the present runtime. Events come in batches of one
    /// connection each, in order.
    ///
    /// # Errors
    /// When the address cannot be taken.
    pub async fn start(
        address: impl ToSocketAddrs,
        mut config: ServerConfig,
        events: mpsc::Sender<Vec<ServerEvent>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let registry = Arc::new(Registry::default());
        let current = Arc::new(ArcSwap::from_pointee(std::mem::take(&mut config.accounts)));
        let accounts = Accounts { current, registry: Arc::clone(&registry) };
        let accepting =
            tokio::spawn(smsc::accept(listener, config, accounts.clone(), Arc::clone(&registry), events));
        Ok(Self { address, accounts, registry, listener: accepting.abort_handle() })
    }

    /// Who may bind, to be exchanged.
    pub fn accounts(&self) -> Accounts {
        self.accounts.clone()
    }

    /// Where it listens.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers a submit_sm; `message_id` counts only when the status is [`CommandStatus::ROK`].
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn submit_resp(
        &self,
        connection: ConnectionId,
        sequence: u32,
        status: CommandStatus,
        message_id: MessageId,
    ) -> Result<(), Stopped> {
        self.registry.tell(connection, Command::SubmitResp { sequence, status, message_id })
    }

    /// Answers a query_sm.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn query_resp(
        &self,
        connection: ConnectionId,
        sequence: u32,
        answer: Result<QuerySmResp, CommandStatus>,
    ) -> Result<(), Stopped> {
        self.registry.tell(connection, Command::QueryResp { sequence, answer })
    }

    /// Answers a cancel_sm.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn cancel_resp(
        &self,
        connection: ConnectionId,
        sequence: u32,
        status: CommandStatus,
    ) -> Result<(), Stopped> {
        self.registry.tell(connection, Command::CancelResp { sequence, status })
    }

    /// Sends a deliver_sm (or data_sm). Ends in one [`ServerEvent::Delivered`] with this token.
    ///
    /// # Errors
    /// When the connection is gone; there will be no event then.
    pub fn deliver(&self, connection: ConnectionId, message: Message, token: u64) -> Result<(), Stopped> {
        self.registry.tell(connection, Command::Deliver { message, token })
    }

    /// Unbinds a connection.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn unbind(&self, connection: ConnectionId) -> Result<(), Stopped> {
        self.registry.tell(connection, Command::Unbind)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listener.abort();
        self.registry.clear();
    }
}

/// The connections that exist. Their tasks unbind when they are taken out.
#[derive(Default)]
pub(super) struct Registry {
    connections: Mutex<BTreeMap<ConnectionId, mpsc::UnboundedSender<Command>>>,
}

impl Registry {
    fn with<T>(
        &self,
        act: impl FnOnce(&mut BTreeMap<ConnectionId, mpsc::UnboundedSender<Command>>) -> T,
    ) -> T {
        // No code that can panic runs under the lock, and a map is whole in any case.
        act(&mut self.connections.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, connection: ConnectionId, command: Command) -> Result<(), Stopped> {
        self.with(|connections| {
            connections.get(&connection).ok_or(Stopped)?.send(command).map_err(|_| Stopped)
        })
    }

    fn tell_all(&self, command: impl Fn() -> Command) {
        // A connection whose task has ended needs to hear nothing.
        self.with(|connections| connections.values().for_each(|sender| drop(sender.send(command()))));
    }

    /// `false` when there are `limit` already.
    pub(super) fn add(
        &self,
        connection: ConnectionId,
        commands: mpsc::UnboundedSender<Command>,
        limit: usize,
    ) -> bool {
        self.with(|connections| {
            let room = connections.len() < limit;
            if room {
                connections.insert(connection, commands);
            }
            room
        })
    }

    pub(super) fn remove(&self, connection: ConnectionId) {
        self.with(|connections| connections.remove(&connection));
    }

    fn clear(&self) {
        self.with(BTreeMap::clear);
    }
}
