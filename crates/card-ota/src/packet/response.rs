use super::codec::{self, CodecKeys, CodecOptions};
use super::{CheckKey, Counter, Integrity, MAX_PACKET, PacketError, PacketKeys, Rsc, SealError, Spi, Tar};

/// A proof of receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The application that answers.
    pub tar: Tar,
    /// The counter of the command that it answers.
    pub counter: Counter,
    /// What became of the command.
    pub rsc: Rsc,
    /// The additional response data without padding.
    pub data: Vec<u8>,
    /// Whether a cryptographic checksum was there and right. If not, this is a hint that anybody may have written: log it, and let it
    /// change nothing by itself.
    pub proven: bool,
}

/// Makes the response packet, from RPL on, to a command with this SPI: its SPI2 says how the response is protected.
///
/// # Errors
/// [`SealError::Unsupported`] when SPI2 asks for DS, or for a redundancy check and KID names none; [`SealError::TooLong`] above [`MAX_PACKET`] octets.
pub fn seal_response(
    spi_of_command: Spi,
    tar: Tar,
    keys: &PacketKeys,
    counter: Counter,
    rsc: Rsc,
    data: &[u8],
) -> Result<Vec<u8>, SealError> {
    if data.len() > MAX_PACKET {
        return Err(SealError::TooLong);
    }
    let redundancy = redundancy(spi_of_command, keys);
    let check = checked_with(spi_of_command, keys, redundancy.as_ref());
    let packet =
        codec::seal_response(spi_of_command, tar, check, counter, rsc, data, &CodecOptions::of(keys))?;
    if packet.len() > MAX_PACKET { Err(SealError::TooLong) } else { Ok(packet) }
}

/// Opens the response packet to a command with this SPI.
///
/// A plain response where SPI2 asked for more is returned with `proven` false.
///
/// # Errors
/// [`PacketError`]; a checksum that is there and wrong is an error, not a hint.
pub fn open_response(packet: &[u8], spi_of_command: Spi, keys: &PacketKeys) -> Result<Response, PacketError> {
    if packet.len() > MAX_PACKET {
        return Err(PacketError::Length);
    }
    let redundancy = redundancy(spi_of_command, keys);
    let check = checked_with(spi_of_command, keys, redundancy.as_ref());
    let plain = codec::open_response(packet, spi_of_command, check, &CodecOptions::of(keys))?;
    let (tar, counter, rsc, proven) = (plain.tar, plain.counter, plain.rsc, plain.proven);
    Ok(Response { tar, counter, rsc, data: plain.into_data(), proven })
}

/// A response with a redundancy check takes the algorithm that KID names under that reading, not the checksum's.
fn redundancy(spi_of_command: Spi, keys: &PacketKeys) -> Option<CheckKey> {
    (spi_of_command.por_integrity() == Integrity::Rc).then(|| keys.redundancy()).flatten()
}

fn checked_with<'a>(
    spi_of_command: Spi,
    keys: &'a PacketKeys,
    redundancy: Option<&'a CheckKey>,
) -> CodecKeys<'a> {
    let kid = if spi_of_command.por_integrity() == Integrity::Rc { redundancy } else { Some(keys.kid()) };
    CodecKeys { kic: Some(keys.kic()), kid }
}
