//! The SMSC's connections: accepting them, checking their binds, serving them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use smpp::{Bind, CommandStatus, Message, MessageId, SendFailure, Session, query::QuerySmResp};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep,
};
use tracing::{info, warn};

use super::{
    clock::Clock,
    drive::{Ports, Side, drive},
    outlet::Outlet,
    server::{Account, Accounts, ConnectionId, Registry, ServerConfig, ServerEvent},
};

pub(super) enum Command {
    SubmitResp {
        sequence: u32,
        status: CommandStatus,
        message_id: MessageId,
    },
    QueryResp {
        sequence: u32,
        answer: Result<QuerySmResp, CommandStatus>,
    },
    CancelResp {
        sequence: u32,
        status: CommandStatus,
    },
    Deliver {
        message: Message,
        token: u64,
    },
    Unbind,
    /// The accounts have been exchanged.
    CheckAccount,
}

/// Takes connections for ever.
pub(super) async fn accept(
    listener: TcpListener,
    config: ServerConfig,
    accounts: Accounts,
    registry: Arc<Registry>,
    events: mpsc::Sender<Vec<ServerEvent>>,
) {
    let config = Arc::new(config);
    let mut last = 0_u64;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "smpp accept failed");
                // Out of descriptors, mostly: trying at once would only burn the processor.
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        last += 1;
        let connection = ConnectionId(last);
        let (sender, commands) = mpsc::unbounded_channel();
        if !registry.add(connection, sender, config.connections) {
            warn!(%peer, "smpp connection refused: too many");
            continue;
        }
        let outlet = Outlet::new(events.clone(), 0, |_, events| events);
        let ports = Ports { commands, outlet, clock: Clock::start() };
        let (config, registry, accounts) = (Arc::clone(&config), Arc::clone(&registry), accounts.clone());
        let smsc = Smsc { connection, peer, config, accounts, registry, bound: None };
        tokio::spawn(serve(stream, smsc, ports));
    }
}

async fn serve(stream: TcpStream, mut smsc: Smsc, mut ports: Ports<Smsc>) {
    // Without it each window would wait for a delayed acknowledgement; where it fails the connection still works.
    let _ = stream.set_nodelay(true);
    let mut session = Session::smsc(smsc.config.session, ports.clock.now());
    drive(stream, &mut session, &mut smsc, &mut ports).await;
    ports.commands.close();
    let unsent = session.take_unsent().map(|(_, token)| smsc.delivered(token, Err(SendFailure::NotSent)));
    ports.outlet.pending.extend(unsent);
    while let Some(command) = ports.commands.recv().await {
        if let Command::Deliver { token, .. } = command {
            ports.outlet.pending.push(smsc.delivered(token, Err(SendFailure::NotSent)));
        }
    }
    ports.outlet.flush().await;
}

/// One connection.
pub(super) struct Smsc {
    connection: ConnectionId,
    peer: SocketAddr,
    config: Arc<ServerConfig>,
    accounts: Accounts,
    registry: Arc<Registry>,
    bound: Option<Bound>,
}

/// A bind that was accepted.
struct Bound {
    /// What was shown, to be held against the accounts when they change. Its password is wiped with it.
    bind: Bind,
    /// The accounts that it was last found in.
    found_in: Arc<Vec<Account>>,
    /// Its account is gone; the connection is ending.
    is_over: bool,
}

impl Smsc {
    fn delivered(&self, token: u64, result: Result<(), SendFailure>) -> ServerEvent {
        ServerEvent::Delivered { connection: self.connection, token, result }
    }

    fn bind(&mut self, session: &mut Session, bind: Bind, now: u64, events: &mut Vec<ServerEvent>) {
        let accounts = self.accounts.current.load_full();
        if !is_known(&bind, &accounts) {
            warn!(peer = %self.peer, system_id = %bind.system_id, "smpp bind refused");
            // The same for an unknown name, so that names cannot be tried out.
            session.refuse_bind(CommandStatus::RINVPASWD);
            return;
        }
        info!(peer = %self.peer, system_id = %bind.system_id, mode = ?bind.mode, "smpp link up");
        let (connection, peer, system_id, mode) = (self.connection, self.peer, bind.system_id, bind.mode);
        self.bound = Some(Bound { bind, found_in: accounts, is_over: false });
        events.push(ServerEvent::Bound { connection, peer, system_id, mode });
        session.accept_bind(self.config.system_id, now);
    }

    /// Whether the bind's account is still there; if not, the connection is told to end.
    fn may_stay(&mut self, session: &mut Session, now: u64) -> bool {
        let Some(bound) = &mut self.bound else { return true };
        if bound.is_over {
            return false;
        }
        let accounts = self.accounts.current.load();
        if Arc::ptr_eq(&bound.found_in, &accounts) {
            return true;
        }
        if is_known(&bound.bind, &accounts) {
            bound.found_in = Arc::clone(&accounts);
            return true;
        }
        bound.is_over = true;
        let system_id = bound.bind.system_id;
        warn!(peer = %self.peer, %system_id, "smpp bind ended: its account is no longer there");
        session.unbind(now);
        false
    }
}

/// All accounts are looked at, so that the time taken tells nothing.
fn is_known(bind: &Bind, accounts: &[Account]) -> bool {
    accounts.iter().fold(false, |known, account| known | bind.is_from(&account.system_id, &account.password))
}

impl Side for Smsc {
    type Command = Command;
    type Event = ServerEvent;
    type Batch = Vec<ServerEvent>;

    fn command(&mut self, session: &mut Session, command: Command, now: u64, _: &mut Vec<ServerEvent>) {
        match command {
            Command::SubmitResp { sequence, status, message_id } => {
                session.answer(sequence, status, message_id)
            }
            Command::QueryResp { sequence, answer } => session.answer_query(sequence, answer),
            Command::CancelResp { sequence, status } => session.answer_cancel(sequence, status),
            Command::Deliver { message, token } => session.send(message, token, now),
            Command::Unbind => session.unbind(now),
            Command::CheckAccount => drop(self.may_stay(session, now)),
        }
    }

    fn event(&mut self, session: &mut Session, event: smpp::Event, now: u64, events: &mut Vec<ServerEvent>) {
        let connection = self.connection;
        match event {
            smpp::Event::BindAsked(bind) => self.bind(session, bind, now, events),
            smpp::Event::Received { sequence, .. } if !self.may_stay(session, now) => {
                session.answer(sequence, CommandStatus::RINVBNDSTS, MessageId::default());
            }
            smpp::Event::Received { sequence, message } => {
                events.push(ServerEvent::Submitted { connection, sequence, message });
            }
            smpp::Event::QueryAsked { sequence, .. } if !self.may_stay(session, now) => {
                session.answer_query(sequence, Err(CommandStatus::RINVBNDSTS));
            }
            smpp::Event::CancelAsked { sequence, .. } if !self.may_stay(session, now) => {
                session.answer_cancel(sequence, CommandStatus::RINVBNDSTS);
            }
            smpp::Event::QueryAsked { sequence, query } => {
                events.push(ServerEvent::Queried { connection, sequence, query });
            }
            smpp::Event::CancelAsked { sequence, cancel } => {
                events.push(ServerEvent::Cancelled { connection, sequence, cancel });
            }
            smpp::Event::Answered { token, result } => events.push(self.delivered(token, result.map(drop))),
            smpp::Event::Closed(reason) => {
                info!(peer = %self.peer, %reason, "smpp link down");
                // Before the owner hears of it, so that it gets errors and no late events from then on.
                self.registry.remove(connection);
                if self.bound.is_some() {
                    events.push(ServerEvent::Closed { connection, reason });
                }
            }
            smpp::Event::Malformed(header, cause) => {
                let (command, sequence) = (header.command, header.sequence);
                warn!(peer = %self.peer, %command, sequence, %cause, "smpp pdu malformed");
            }
            smpp::Event::Unserved { command, sequence } => {
                warn!(peer = %self.peer, %command, sequence, "smpp command refused");
            }
            // Only an ESME is told.
            smpp::Event::Bound { .. } | smpp::Event::BindRefused(_) => {}
        }
    }

    fn tick(&mut self, _: u64, _: &mut Vec<ServerEvent>) {}

    fn deadline(&self) -> Option<u64> {
        None
    }
}
