use card_ota::{
    packet::{
        CipherKey, CommandHeader, Counter, PacketKeys, PorMode, Rsc, Spi, check_counter,
        codec::{self, CodecKeys, CodecOptions},
        open_command, read_header, seal_response,
    },
    segment::{Indicator, segment},
};
use smpp::COctetString;

use super::{Card, Outgoing};
use crate::{Keyset, surroundings::Surroundings};

/// SPI2 bits that ask the response to carry a checksum and to be ciphered.
const POR_SEALED: u8 = 0x18;

/// What the card found out about a command packet.
struct Verdict {
    header: CommandHeader,
    counter: Counter,
    rsc: Rsc,
    /// Whether the checksum was right, so that what SPI2 asks comes from the server and nobody else.
    authentic: bool,
}

impl Card {
    /// Takes one whole command packet (TS 102 225, 5.1): checks it, answers it as its SPI2 asks, hands its data to the
    /// applet.
    pub(super) fn packet(
        &mut self,
        packet: &[u8],
        originator: COctetString<21>,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        // Without a header there is nothing to answer to.
        let Ok(header) = read_header(packet) else { return };
        let (verdict, data) = self.check(packet, header);
        if let Some(user_data) = self.proof_of_receipt(&verdict) {
            out.push(Outgoing { destination: originator, user_data, about: None });
        }
        if let Some(data) = data {
            let reply = self.applet.request(&data, around);
            self.send(reply, out);
        }
    }

    /// TAR, keyset, security level, cipher, checksum, counter, in this order. The counter moves only when all are right.
    fn check(&mut self, packet: &[u8], header: CommandHeader) -> (Verdict, Option<Vec<u8>>) {
        let memory = &mut self.applet.memory;
        let refused = |counter, rsc, authentic| (Verdict { header, counter, rsc, authentic }, None);
        if header.tar != memory.tar {
            return refused(claimed_counter(packet, header, None), Rsc::TAR_UNKNOWN, false);
        }
        let Ok(keys) = PacketKeys::new(memory.ota.version(), memory.ota.kic(), memory.ota.kid()) else {
            return refused(Counter::ZERO, Rsc::SECURITY_ERROR, false);
        };
        let opened = match open_command(packet, &keys) {
            Ok(opened) => opened,
            Err(error) => {
                return refused(claimed_counter(packet, header, Some(&memory.ota)), error.rsc(), false);
            }
        };
        self.applet.witness.packet(opened.counter, packet);
        if let Err(rsc) = check_counter(header.spi, opened.counter, memory.ota_counter) {
            return refused(opened.counter, rsc, true);
        }
        memory.ota_counter = opened.counter;
        self.applet.changed = true;
        (Verdict { header, counter: opened.counter, rsc: Rsc::OK, authentic: true }, Some(opened.data))
    }

    /// The response packet, when one is asked for and can be given. Before a packet is authenticated its SPI2 could be
    /// anybody's: then the card answers sealed or, unless its profile says otherwise, not at all.
    fn proof_of_receipt(&self, verdict: &Verdict) -> Option<Vec<u8>> {
        let memory = &self.applet.memory;
        let spi = verdict.header.spi;
        let wanted = match spi.por() {
            PorMode::Always => true,
            PorMode::OnError => verdict.rsc != Rsc::OK,
            PorMode::None | PorMode::Reserved => false,
        };
        // A response in the SMS-DELIVER-REPORT ends at the network: no ESME ever sees it.
        if !wanted || !spi.por_by_submit() {
            return None;
        }
        let Spi([spi1, spi2]) = spi;
        let own_keys = verdict.header.tar == memory.tar && verdict.header.kvn() == Some(memory.ota.version());
        let protection = if verdict.authentic || (own_keys && spi2 & POR_SEALED == POR_SEALED) {
            spi
        } else if memory.plain_errors {
            Spi([spi1, spi2 & !(POR_SEALED | 0x04)])
        } else {
            return None;
        };
        let keys = PacketKeys::new(memory.ota.version(), memory.ota.kic(), memory.ota.kid()).ok()?;
        let response =
            seal_response(protection, verdict.header.tar, &keys, verdict.counter, verdict.rsc, &[]).ok()?;
        segment(&response, Indicator::Response, 0).ok()?.pop()
    }
}

/// The counter that a refused packet claims, so that the server can tell which one was refused. Read as if there was no
/// checksum field: a checksum's place lies behind the counter.
fn claimed_counter(packet: &[u8], header: CommandHeader, keyset: Option<&Keyset>) -> Counter {
    let Spi([spi1, _]) = header.spi;
    let mut unchecked = packet.to_vec();
    if let Some([chl, first]) = unchecked.get_mut(2..4) {
        (*chl, *first) = (13, spi1 & !0x03);
    }
    let kic = keyset.and_then(|keyset| CipherKey::aes(keyset.kic()).ok());
    let keys = CodecKeys { kic: kic.as_ref(), kid: None };
    codec::open_command(&unchecked, keys, &CodecOptions::default())
        .map_or(Counter::ZERO, |plain| plain.counter)
}
