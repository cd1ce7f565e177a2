use super::codec::{self, CodecKeys, CodecOptions};
use super::{
    CommandHeader, Counter, Integrity, MAX_PACKET, Msl, PacketError, PacketKeys, SealError, Spi, Tar,
    read_header,
};

/// A command packet that was enciphered and carried the right checksum. Its counter is still to be checked: by
/// [`super::check_counter`] on a card, by a [`crate::window::CounterWindow`] on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedCommand {
    /// The clear part, now proven: the checksum covers it.
    pub header: CommandHeader,
    /// The sender's counter.
    pub counter: Counter,
    /// The data without padding.
    pub data: Vec<u8>,
}

/// Makes a command packet, from CPL on, with the algorithms of the key set and zero padding.
///
/// The counter must never have been used with other data under these keys.
///
/// # Errors
/// [`SealError::BelowMsl`] for any SPI1 that does not satisfy [`Msl::FULL`], [`SealError::CounterBlocked`] at the last
/// value, [`SealError::TooLong`] above [`MAX_PACKET`] octets.
pub fn seal_command(
    spi: Spi,
    tar: Tar,
    keys: &PacketKeys,
    counter: Counter,
    data: &[u8],
) -> Result<Vec<u8>, SealError> {
    if !spi.satisfies(Msl::FULL) {
        return Err(SealError::BelowMsl);
    }
    if spi.integrity() != Integrity::Cc || spi.has_reserved_bits() {
        return Err(SealError::Unsupported);
    }
    if counter == Counter::BLOCKED {
        return Err(SealError::CounterBlocked);
    }
    if data.len() > MAX_PACKET {
        return Err(SealError::TooLong);
    }
    let [kic, kid] = keys.identifiers();
    let header = CommandHeader { spi, kic, kid, tar };
    let packet = codec::seal_command(&header, CodecKeys::from(keys), counter, data, &CodecOptions::of(keys))?;
    if packet.len() > MAX_PACKET { Err(SealError::TooLong) } else { Ok(packet) }
}

/// Opens a command packet: checks its level against [`Msl::FULL`], that it names these keys, deciphers, and verifies the
/// checksum in constant time.
///
/// # Errors
/// [`PacketError`]; a card answers with [`PacketError::rsc`].
pub fn open_command(packet: &[u8], keys: &PacketKeys) -> Result<OpenedCommand, PacketError> {
    if packet.len() > MAX_PACKET {
        return Err(PacketError::Length);
    }
    let header = read_header(packet)?;
    if !header.spi.satisfies(Msl::FULL) {
        return Err(PacketError::BelowMsl);
    }
    if [header.kic, header.kid] != keys.identifiers() {
        return Err(PacketError::KeySet);
    }
    let plain = codec::open_command(packet, CodecKeys::from(keys), &CodecOptions::of(keys))?;
    Ok(OpenedCommand { header, counter: plain.counter, data: plain.into_data() })
}
