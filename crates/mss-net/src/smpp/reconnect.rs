//! Connects, serves, waits, connects again.

use std::{future::Future, io, pin::pin, time::Duration};

use smpp::{Session, status::StatusClass};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{sleep, sleep_until, timeout},
};
use tracing::warn;

use super::{
    clock::Clock,
    drive::{Ports, Side as _, drive},
    esme::{Command, Esme},
    outlet::Outlet,
    transceiver::{LinkBatch, TransceiverConfig},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Waiting times between attempts: the first, then twice as long each time, up to the longest. Each is shortened by up
/// to a half, differently for each link and attempt, so that many do not come back in the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure, in milliseconds. Default 1 s.
    pub first_ms: u64,
    /// Never longer than this, in milliseconds. Default 60 s.
    pub longest_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first_ms: 1_000, longest_ms: 60_000 }
    }
}

impl Backoff {
    /// The waiting time after so many failures in a row (from 0), with `chance` as the source of jitter.
    pub fn wait_ms(self, failures: u32, chance: u64) -> u64 {
        let doubled = self.first_ms.saturating_mul(1_u64.checked_shl(failures).unwrap_or(u64::MAX));
        let whole = doubled.min(self.longest_ms);
        whole - scatter(chance) % (whole / 2 + 1)
    }
}

/// Spreads neighbouring numbers over all 64 bits (the finisher of splitmix64).
const fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The life of a link.
pub(super) async fn run(
    config: TransceiverConfig,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<LinkBatch>,
) {
    let outlet = Outlet::new(events, config.link, |link, events| LinkBatch { link, events });
    let mut ports = Ports { commands, outlet, clock: Clock::start() };
    let mut esme = Esme::new(&config);
    let mut failures = 0_u32;
    while !esme.stopping {
        let Some(connected) = offline(&mut esme, &mut ports, connect(&config.address)).await else { break };
        esme.begin();
        match connected {
            Ok(stream) => {
                let mut session = Session::esme(config.session, &config.bind(), ports.clock.now());
                drive(stream, &mut session, &mut esme, &mut ports).await;
                esme.recover(&mut session, ports.clock.now());
            }
            Err(error) => warn!(peer = %config.address, %error, "smpp connect failed"),
        }
        let hopeless = esme.refused.is_some_and(|status| status.class() == StatusClass::Permanent);
        failures = match () {
            () if esme.bound => 0,
            // The password will not become right by itself.
            () if hopeless => u32::MAX,
            () => failures.saturating_add(1),
        };
        let chance = config.jitter.wrapping_add(esme.generation);
        let wait = config.backoff.wait_ms(failures.saturating_sub(1), chance);
        if offline(&mut esme, &mut ports, sleep(Duration::from_millis(wait))).await.is_none() {
            break;
        }
    }
    ports.commands.close();
    esme.stopping = true;
    let now = ports.clock.now();
    while let Some(command) = ports.commands.recv().await {
        esme.offline(command, now, &mut ports.outlet.pending);
    }
    esme.give_up(&mut ports.outlet.pending);
    ports.outlet.flush().await;
}

async fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await??;
    // Small PDUs in both directions: waiting for more would cost a delayed acknowledgement for each window.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Serves the owner while `until` is under way without a connection; `None` when the link is to stop.
async fn offline<T>(esme: &mut Esme, ports: &mut Ports<Esme>, until: impl Future<Output = T>) -> Option<T> {
    let mut until = pin!(until);
    let mut commands = Vec::new();
    loop {
        let now = ports.clock.now();
        esme.tick(now, &mut ports.outlet.pending);
        ports.outlet.try_flush();
        if esme.stopping || ports.outlet.is_abandoned() {
            return None;
        }
        let expiry = sleep_until(ports.clock.moment(esme.deadline().unwrap_or(u64::MAX)));
        tokio::select! {
            done = until.as_mut() => return Some(done),
            count = ports.commands.recv_many(&mut commands, 256) => esme.stopping |= count == 0,
            () = ports.outlet.room() => {}
            () = ports.outlet.abandoned() => {}
            () = expiry => {}
        }
        let now = ports.clock.now();
        for command in commands.drain(..) {
            esme.offline(command, now, &mut ports.outlet.pending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff::default();
        for (failures, whole) in
            [(0, 1_000), (1, 2_000), (2, 4_000), (6, 60_000), (63, 60_000), (u32::MAX, 60_000)]
        {
            for chance in 0..50 {
                let wait = backoff.wait_ms(failures, chance);
                assert!((whole / 2..=whole).contains(&wait), "{failures} {wait}");
            }
        }
        assert_ne!(backoff.wait_ms(5, 1), backoff.wait_ms(5, 2));
    }
}
