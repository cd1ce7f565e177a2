//! The loop that serves one connection, the same for both ends.

use std::{pin::pin, time::Duration};

use smpp::Session;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc::UnboundedReceiver,
    time::{sleep_until, timeout},
};

use super::{clock::Clock, outlet::Outlet};

const READ_SIZE: usize = 64 * 1024;
/// Commands taken per wake.
const COMMANDS: usize = 1_024;
/// A peer that does not read what we write is not read from either.
const OUTPUT_FULL: usize = 1024 * 1024;
/// How long the last octets of a closed session may take to leave.
const FAREWELL_MS: u64 = 1_000;
const FAREWELL: Duration = Duration::from_millis(FAREWELL_MS);

/// What differs between the ends: the owner's commands and events.
pub(super) trait Side {
    type Command;
    type Event;
    type Batch;

    /// Does what the owner asks.
    fn command(
        &mut self,
        session: &mut Session,
        command: Self::Command,
        now: u64,
        events: &mut Vec<Self::Event>,
    );
    /// Tells the owner what the session says, or answers it.
    fn event(&mut self, session: &mut Session, event: smpp::Event, now: u64, events: &mut Vec<Self::Event>);
    /// Does what time asks for outside the session.
    fn tick(&mut self, now: u64, events: &mut Vec<Self::Event>);
    /// When `tick` is needed.
    fn deadline(&self) -> Option<u64>;
}

/// The channels between the owner and a connection.
pub(super) struct Ports<S: Side> {
    pub(super) commands: UnboundedReceiver<S::Command>,
    pub(super) outlet: Outlet<S::Event, S::Batch>,
    pub(super) clock: Clock,
}

/// Serves the connection until the session is closed and its last octets are written. All events of the session have
/// gone through `side` then; some may still be pending in the outlet.
pub(super) async fn drive<S: Side>(
    mut stream: TcpStream,
    session: &mut Session,
    side: &mut S,
    ports: &mut Ports<S>,
) {
    let (mut reader, mut writer) = stream.split();
    let mut buffer = vec![0; READ_SIZE];
    let mut commands = Vec::with_capacity(COMMANDS);
    let mut events = Vec::new();
    let mut timer = pin!(sleep_until(ports.clock.moment(0)));
    let mut armed = 0;
    let mut farewell: Option<u64> = None;
    let mut connected = true;
    let mut owned = true;
    loop {
        settle(session, side, ports, &mut events);
        if connected && !session.output().is_empty() {
            match writer.try_write(session.output()) {
                Ok(count) => session.written(count),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => connected = false,
            }
        }
        if !connected {
            session.lost();
            settle(session, side, ports, &mut events);
            return;
        }
        let now = ports.clock.now();
        if session.is_closed()
            && (session.output().is_empty() || now >= *farewell.get_or_insert(now + FAREWELL_MS))
        {
            break;
        }
        let may_read =
            !session.is_closed() && !ports.outlet.is_full() && session.output().len() < OUTPUT_FULL;
        session.reading(may_read, now);
        let due = [session.deadline(now), side.deadline(), farewell]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(u64::MAX);
        // A timer that is too early costs one look; setting it for every PDU would cost more.
        if due < armed || timer.is_elapsed() {
            armed = due;
            timer.as_mut().reset(ports.clock.moment(due));
        }
        tokio::select! {
            read = reader.read(&mut buffer), if may_read => match read {
                Ok(count) if count > 0 => {
                    let octets = buffer.get_mut(..count).unwrap_or_default();
                    let was_bound = session.is_bound();
                    session.receive(octets, ports.clock.now());
                    if !was_bound {
                        // These may have held a password.
                        octets.fill(0);
                    }
                }
                _ => connected = false,
            },
            _ = writer.writable(), if !session.output().is_empty() => {}
            count = ports.commands.recv_many(&mut commands, COMMANDS), if owned => owned = count > 0,
            () = ports.outlet.room() => {}
            () = ports.outlet.abandoned(), if owned => owned = false,
            () = timer.as_mut() => session.tick(ports.clock.now()),
        }
        let now = ports.clock.now();
        for command in commands.drain(..) {
            side.command(session, command, now, &mut ports.outlet.pending);
        }
        if !owned {
            session.unbind(now);
        }
    }
    let _ = timeout(FAREWELL, farewell_to(&mut reader, &mut writer, &mut buffer)).await;
}

/// Passes the events of the session through the side until there are none left, then offers them to the owner.
fn settle<S: Side>(session: &mut Session, side: &mut S, ports: &mut Ports<S>, events: &mut Vec<smpp::Event>) {
    let now = ports.clock.now();
    side.tick(now, &mut ports.outlet.pending);
    loop {
        events.extend(session.drain_events());
        if events.is_empty() {
            break;
        }
        for event in events.drain(..) {
            side.event(session, event, now, &mut ports.outlet.pending);
        }
    }
    ports.outlet.try_flush();
}

/// Closes our direction and reads the peer's to its end, because a socket closed with octets unread takes our last
/// ones back.
async fn farewell_to(
    reader: &mut tokio::net::tcp::ReadHalf<'_>,
    writer: &mut tokio::net::tcp::WriteHalf<'_>,
    buffer: &mut [u8],
) {
    if writer.shutdown().await.is_err() {
        return;
    }
    while matches!(reader.read(buffer).await, Ok(count) if count > 0) {}
}
