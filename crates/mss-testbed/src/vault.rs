//! Card keys that follow from the card's number, in the place of the vault: real packets, no randomness.
use std::sync::{Arc, Mutex};

use card_ota::packet::{
    Counter, OpenedCommand, PacketKeys, Response, Spi, Tar, open_command, open_response, seal_command,
};
use mss_pki::sha256;
use role_home::{CardAddress, PacketVault};
use softsim::Keyset;

/// Which of a card's two key sets.
#[derive(Clone, Copy)]
pub(crate) enum Set {
    Ota,
    Applet,
}

impl Set {
    const fn version(self) -> u8 {
        match self {
            Self::Ota => 1,
            Self::Applet => 2,
        }
    }

    fn key(self, iccid: &str, use_: &str) -> [u8; 32] {
        sha256(format!("{iccid} {} {use_}", self.version()).as_bytes())
    }

    fn keys(self, iccid: &str) -> PacketKeys {
        let (kic, kid) = (self.key(iccid, "kic"), self.key(iccid, "kid"));
        PacketKeys::new(self.version(), &kic[..16], &kid[..16]).expect("AES keys")
    }

    /// For the card.
    pub(crate) fn keyset(self, iccid: &str) -> Keyset {
        let (kic, kid) = (self.key(iccid, "kic"), self.key(iccid, "kid"));
        Keyset::new(self.version(), &kic[..16], &kid[..16]).expect("AES keys")
    }
}

/// What was sealed: card, counter, message.
pub(crate) type Sealed = Arc<Mutex<Vec<(String, u64, Vec<u8>)>>>;

/// The keys of every card, and a note of everything sealed.
#[derive(Clone, Default)]
pub(crate) struct DerivedKeys {
    pub(crate) sealed: Sealed,
}

impl PacketVault for DerivedKeys {
    fn seal(
        &self,
        card: &CardAddress,
        spi: Spi,
        counter: Counter,
        message: &[u8],
    ) -> Result<Vec<u8>, String> {
        let iccid = card.iccid.as_str();
        self.sealed.lock().expect("one thread").push((iccid.to_owned(), counter.value(), message.to_vec()));
        seal_command(spi, Tar(card.tar), &Set::Ota.keys(iccid), counter, message)
            .map_err(|error| error.to_string())
    }

    fn open_message(&self, card: &CardAddress, packet: &[u8]) -> Result<OpenedCommand, String> {
        open_command(packet, &Set::Applet.keys(card.iccid.as_str())).map_err(|error| error.to_string())
    }

    fn open_proof(&self, card: &CardAddress, spi: Spi, packet: &[u8]) -> Result<Response, String> {
        open_response(packet, spi, &Set::Ota.keys(card.iccid.as_str())).map_err(|error| error.to_string())
    }
}
