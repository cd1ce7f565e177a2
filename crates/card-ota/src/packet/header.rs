use super::{PacketError, Spi};
use std::fmt;

/// Octets of a command packet before its ciphered part: CPL, CHL, SPI, KIc, KID, TAR.
pub(super) const COMMAND_CLEAR: usize = 10;

/// The toolkit application reference: which application on the card a packet is for (TS 101 220).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tar(pub [u8; 3]);

impl fmt::Display for Tar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{a:02X}{b:02X}{c:02X}")
    }
}

/// The clear part of a command packet: what a receiver may look at before it has keys. None of it is proven yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHeader {
    /// How it is protected and how the response shall be.
    pub spi: Spi,
    /// Ciphering key identifier: key version in the high nibble, algorithm in the low one.
    pub kic: u8,
    /// Checksum key identifier, coded alike.
    pub kid: u8,
    /// The application it is for.
    pub tar: Tar,
}

impl CommandHeader {
    /// The key version that KIc names; `None` when KID names another.
    #[must_use]
    pub const fn kvn(&self) -> Option<u8> {
        if self.kic >> 4 == self.kid >> 4 { Some(self.kic >> 4) } else { None }
    }
}

/// Reads the clear part of a command packet and checks its lengths, so that the receiver can choose its keys.
///
/// # Errors
/// [`PacketError::Length`] unless CPL and CHL fit the octets exactly.
pub fn read_header(packet: &[u8]) -> Result<CommandHeader, PacketError> {
    let Some(([cpl1, cpl2, chl, spi1, spi2, kic, kid, t1, t2, t3], rest)) =
        packet.split_first_chunk::<COMMAND_CLEAR>()
    else {
        return Err(PacketError::Length);
    };
    let cpl = usize::from(u16::from_be_bytes([*cpl1, *cpl2]));
    // CHL counts SPI to the checksum: 13 octets and the checksum, of which 7 stand in the clear part.
    let fits = cpl + 2 == packet.len() && *chl >= 13 && usize::from(*chl) <= rest.len() + 7;
    if !fits {
        return Err(PacketError::Length);
    }
    Ok(CommandHeader { spi: Spi([*spi1, *spi2]), kic: *kic, kid: *kid, tar: Tar([*t1, *t2, *t3]) })
}
