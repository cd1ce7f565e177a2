//! The ports of a demonstration: always the same ones, so that a browser tab and a script keep working, or free ones.
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use mss_core::Entropy;

use crate::{command_error::CommandError, system::SystemEntropy};

/// Free ports are looked for from here,
const LOWEST: u16 = 15_000;
/// to here, below the range of outgoing connections on Linux (32 768) and elsewhere,
const HIGHEST: u16 = 32_000;
/// and so often.
const TRIES: usize = 200;

/// Where each listener of the demonstration is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub ap: SocketAddr,
    pub home_mesh: SocketAddr,
    pub home_me: SocketAddr,
    pub me: SocketAddr,
    pub ca_enrol: SocketAddr,
    pub ca_me: SocketAddr,
    pub smpp: SocketAddr,
    pub page: SocketAddr,
}

impl Ports {
    /// 7443 and those after it; a taken one is an error that names it.
    pub(crate) fn fixed(first: u16) -> Result<Self, CommandError> {
        let address = |offset: u16| loopback(first.saturating_add(offset));
        let ports = Self::from([0, 1, 2, 3, 4, 5, 6, 7].map(address));
        for address in ports.all() {
            TcpListener::bind(address).map_err(|error| {
                format!(
                    "port {} is taken ({error}): end what uses it, or give --first-port or --free-ports",
                    address.port()
                )
            })?;
        }
        Ok(ports)
    }

    /// Ports that nobody uses now. All are held together for a moment, so that they differ; and they are below those that
    /// systems give to outgoing connections, which might otherwise take one before its role does.
    pub(crate) fn free() -> Result<Self, CommandError> {
        let mut held = Vec::new();
        for _ in 0..TRIES {
            if held.len() == 8 {
                break;
            }
            let mut chance = [0; 2];
            SystemEntropy.fill(&mut chance);
            let port = LOWEST + u16::from_le_bytes(chance) % (HIGHEST - LOWEST);
            held.extend(TcpListener::bind(loopback(port)));
        }
        let addresses = held.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
        let addresses: [SocketAddr; 8] = addresses.try_into().map_err(|_| "no eight ports are free")?;
        Ok(Self::from(addresses))
    }

    fn all(&self) -> [SocketAddr; 8] {
        [self.ap, self.home_mesh, self.home_me, self.me, self.ca_enrol, self.ca_me, self.smpp, self.page]
    }
}

impl From<[SocketAddr; 8]> for Ports {
    fn from([ap, home_mesh, home_me, me, ca_enrol, ca_me, smpp, page]: [SocketAddr; 8]) -> Self {
        Self { ap, home_mesh, home_me, me, ca_enrol, ca_me, smpp, page }
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
