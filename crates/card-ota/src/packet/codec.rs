//! The codec under the default road: any security level, any counter mode, any algorithm that is built. For tests and decoding
//! tools; what leaves the platform goes through [`super::seal_command`], what is believed through [`super::open_command`].
use super::header::COMMAND_CLEAR;
use super::plain::Plain;
use super::{
    CheckAlgorithm, CheckKey, Checksum, CipherAlgorithm, CipherKey, CommandHeader, Counter, Integrity,
    PacketError, PacketKeys, Rsc, SealError, Spi, Tar, read_header,
};
use subtle::ConstantTimeEq;

/// Octets of a command packet before the checksum.
const COMMAND_FIELDS: usize = 16;
/// Octets of a response packet before its ciphered part: RPL, RHL, TAR.
const RESPONSE_CLEAR: usize = 6;
/// Octets of a response packet before the checksum.
const RESPONSE_FIELDS: usize = 13;
/// Octets of the longest block. A packet that is not ciphered has no block of its own.
const MAX_BLOCK: usize = 16;

/// What a card profile fixes beyond the packet itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodecOptions<'a> {
    /// Octets of a cryptographic checksum: 8 by default, 4 in some fielded profiles. A redundancy check has its own.
    pub cc_length: usize,
    /// The octets in front of RPL that a response's checksum covers: `02 71 00` by default.
    pub response_prefix: &'a [u8],
}

impl Default for CodecOptions<'_> {
    fn default() -> Self {
        Self { cc_length: 8, response_prefix: &[0x02, 0x71, 0x00] }
    }
}

impl CodecOptions<'_> {
    /// As the key set's profile fixes them.
    pub(super) fn of(keys: &PacketKeys) -> Self {
        Self { cc_length: keys.cc_length(), ..Self::default() }
    }

    /// Octets of the check field under this integrity; `None` when it is a signature, or the check given is of another kind.
    fn cc_length(&self, integrity: Integrity, check: Option<&CheckKey>) -> Option<usize> {
        let algorithm = check.map(CheckKey::algorithm);
        match (integrity, algorithm) {
            (Integrity::None, _) => Some(0),
            (Integrity::Cc, None) if matches!(self.cc_length, 4 | 8) => Some(self.cc_length),
            (Integrity::Cc, Some(keyed)) if keyed.is_keyed() && matches!(self.cc_length, 4 | 8) => {
                Some(self.cc_length)
            }
            (Integrity::Rc, Some(algorithm)) => algorithm.redundancy_length(),
            _ => None,
        }
    }
}

/// The keys at hand; a packet that needs one that is absent is not supported.
#[derive(Clone, Copy, Default)]
pub struct CodecKeys<'a> {
    /// To cipher.
    pub kic: Option<&'a CipherKey>,
    /// For the checksum or redundancy check.
    pub kid: Option<&'a CheckKey>,
}

impl CodecKeys<'_> {
    fn block(self) -> usize {
        self.kic.map_or(MAX_BLOCK, |key| key.algorithm().block())
    }

    /// Whether a command may name its algorithms like this and be handled with these keys.
    fn fit(self, header: &CommandHeader) -> bool {
        let cipher = CipherAlgorithm::named(header.kic);
        let check = match header.spi.integrity() {
            Integrity::Rc => CheckAlgorithm::named_redundancy(header.kid),
            _ => CheckAlgorithm::named_checksum(header.kid),
        };
        let ciphered = !header.spi.ciphered() || self.kic.is_none_or(|key| cipher.permits(key.algorithm()));
        let checked = header.spi.integrity() == Integrity::None
            || self.kid.is_none_or(|key| check.permits(key.algorithm()));
        ciphered && checked
    }
}

impl<'a> From<&'a PacketKeys> for CodecKeys<'a> {
    fn from(keys: &'a PacketKeys) -> Self {
        Self { kic: Some(keys.kic()), kid: Some(keys.kid()) }
    }
}

/// A command packet, deciphered; its checksum, if the SPI promises one, was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainCommand {
    /// The clear part.
    pub header: CommandHeader,
    /// The counter, not checked against anything.
    pub counter: Counter,
    plain: Plain,
}

/// A response packet, deciphered as far as it was ciphered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainResponse {
    /// The application that answers.
    pub tar: Tar,
    /// The counter of the command it answers.
    pub counter: Counter,
    /// What the card says.
    pub rsc: Rsc,
    /// Whether a check was there and right, be it only against accidents.
    pub checked: bool,
    /// Whether a cryptographic checksum was there and right. Without one, anybody may have written this.
    pub proven: bool,
    plain: Plain,
}

macro_rules! plain_fields {
    ($name:ident) => {
        impl $name {
            /// The data without padding.
            #[must_use]
            pub fn data(&self) -> &[u8] {
                self.plain.field(&self.plain.data)
            }

            /// The checksum field; empty if there is none.
            #[must_use]
            pub fn cc(&self) -> &[u8] {
                self.plain.field(&self.plain.cc)
            }

            /// The padding.
            #[must_use]
            pub fn padding(&self) -> &[u8] {
                self.plain.field(&(self.plain.data.end..self.plain.octets.len()))
            }

            /// The padding counter.
            #[must_use]
            pub fn pcntr(&self) -> u8 {
                self.plain.pcntr
            }

            /// The data, in the packet's own allocation.
            #[must_use]
            pub fn into_data(self) -> Vec<u8> {
                self.plain.into_data()
            }
        }
    };
}
plain_fields!(PlainCommand);
plain_fields!(PlainResponse);

/// Makes a command packet at the security level that `header` names.
///
/// # Errors
/// [`SealError::Unsupported`] for DS, an absent key, or one for another algorithm than KIc or KID name; [`SealError::TooLong`]
/// above 65 537 octets.
pub fn seal_command(
    header: &CommandHeader,
    keys: CodecKeys<'_>,
    counter: Counter,
    data: &[u8],
    options: &CodecOptions<'_>,
) -> Result<Vec<u8>, SealError> {
    let spi = header.spi;
    let cc_length = options.cc_length(spi.integrity(), keys.kid).ok_or(SealError::Unsupported)?;
    if !keys.fit(header) {
        return Err(SealError::Unsupported);
    }
    let ciphered = COMMAND_FIELDS - COMMAND_CLEAR + cc_length + data.len();
    let padding = if spi.ciphered() { padding(ciphered, keys.block()) } else { 0 };
    let body = COMMAND_FIELDS + cc_length + data.len() + padding;
    let cpl = u16::try_from(body - 2).map_err(|_| SealError::TooLong)?.to_be_bytes();
    let [spi1, spi2] = spi.0;
    let [t1, t2, t3] = header.tar.0;
    let [c1, c2, c3, c4, c5] = counter.octets();
    // Neither cast can lose: a checksum has at most 8 octets, padding at most 15.
    let (chl, pcntr) = (13 + cc_length as u8, padding as u8);
    let fields: [u8; COMMAND_FIELDS] =
        [cpl[0], cpl[1], chl, spi1, spi2, header.kic, header.kid, t1, t2, t3, c1, c2, c3, c4, c5, pcntr];
    let mut packet = lay_out(&fields, cc_length, data, padding);
    if cc_length > 0 {
        let kid = keys.kid.ok_or(SealError::Unsupported)?;
        write_cc(&mut packet, fields.len(), cc_length, kid, [&[], &fields]);
    }
    if spi.ciphered() {
        encipher_from(&mut packet, COMMAND_CLEAR, keys.kic)?;
    }
    Ok(packet)
}

/// Opens a command packet at whatever level its SPI names.
///
/// # Errors
/// [`PacketError`]; the checksum is compared in constant time and before the padding counter is believed.
pub fn open_command(
    packet: &[u8],
    keys: CodecKeys<'_>,
    options: &CodecOptions<'_>,
) -> Result<PlainCommand, PacketError> {
    let header = read_header(packet)?;
    let cc_length = options.cc_length(header.spi.integrity(), keys.kid).ok_or(PacketError::Unsupported)?;
    if !keys.fit(&header) {
        return Err(PacketError::KeySet);
    }
    let chl = usize::from(packet.get(2).copied().unwrap_or_default());
    if chl != 13 + cc_length {
        return Err(PacketError::CcLength);
    }
    let mut octets = packet.to_vec();
    if header.spi.ciphered() {
        decipher_from(&mut octets, COMMAND_CLEAR, keys.kic)?;
    }
    let Some((fields, _)) = octets.split_first_chunk::<COMMAND_FIELDS>() else {
        return Err(PacketError::Length);
    };
    let [.., c1, c2, c3, c4, c5, pcntr] = *fields;
    if cc_length > 0 {
        let kid = keys.kid.ok_or(PacketError::Unsupported)?;
        verify_cc(&octets, COMMAND_FIELDS, cc_length, kid, [&[], fields])?;
    }
    let block = if header.spi.ciphered() { keys.block() } else { MAX_BLOCK };
    let plain = Plain::new(octets, COMMAND_FIELDS..COMMAND_FIELDS + cc_length, pcntr, block)?;
    Ok(PlainCommand { header, counter: Counter::from_octets([c1, c2, c3, c4, c5]), plain })
}

/// Makes the response packet to a command with `spi`: its SPI2 says how it is protected.
///
/// # Errors
/// [`SealError`].
pub fn seal_response(
    spi: Spi,
    tar: Tar,
    keys: CodecKeys<'_>,
    counter: Counter,
    rsc: Rsc,
    data: &[u8],
    options: &CodecOptions<'_>,
) -> Result<Vec<u8>, SealError> {
    let cc_length = options.cc_length(spi.por_integrity(), keys.kid).ok_or(SealError::Unsupported)?;
    let ciphered = RESPONSE_FIELDS - RESPONSE_CLEAR + cc_length + data.len();
    let padding = if spi.por_ciphered() { padding(ciphered, keys.block()) } else { 0 };
    let body = RESPONSE_FIELDS + cc_length + data.len() + padding;
    let rpl = u16::try_from(body - 2).map_err(|_| SealError::TooLong)?.to_be_bytes();
    let [t1, t2, t3] = tar.0;
    let [c1, c2, c3, c4, c5] = counter.octets();
    // Neither cast can lose: a checksum has at most 8 octets, padding at most 15.
    let (rhl, pcntr) = (10 + cc_length as u8, padding as u8);
    let fields: [u8; RESPONSE_FIELDS] = [rpl[0], rpl[1], rhl, t1, t2, t3, c1, c2, c3, c4, c5, pcntr, rsc.0];
    let mut packet = lay_out(&fields, cc_length, data, padding);
    if cc_length > 0 {
        let kid = keys.kid.ok_or(SealError::Unsupported)?;
        write_cc(&mut packet, fields.len(), cc_length, kid, [options.response_prefix, &fields]);
    }
    if spi.por_ciphered() {
        encipher_from(&mut packet, RESPONSE_CLEAR, keys.kic)?;
    }
    Ok(packet)
}

/// Opens the response packet to a command with `spi`.
///
/// A response without a checksum is read as it stands, for some errors come plain whatever was asked, and is not `proven`.
/// Without a ciphering key nothing is deciphered, without a checksum key nothing is verified.
///
/// # Errors
/// [`PacketError`]; a checksum that is there and wrong is an error, never a hint.
pub fn open_response(
    packet: &[u8],
    spi: Spi,
    keys: CodecKeys<'_>,
    options: &CodecOptions<'_>,
) -> Result<PlainResponse, PacketError> {
    let cc_length = response_cc_length(packet, spi, keys, options)?;
    let mut octets = packet.to_vec();
    let plain_although_asked =
        cc_length == 0 && (spi.por_integrity() != Integrity::None || !whole_blocks(packet, keys.block()));
    let ciphered = spi.por_ciphered() && keys.kic.is_some() && !plain_although_asked;
    if ciphered {
        decipher_from(&mut octets, RESPONSE_CLEAR, keys.kic)?;
    }
    let Some((fields, _)) = octets.split_first_chunk::<RESPONSE_FIELDS>() else {
        return Err(PacketError::Length);
    };
    let [_, _, _, t1, t2, t3, c1, c2, c3, c4, c5, pcntr, rsc] = *fields;
    let (mut checked, mut proven) = (false, false);
    if let (Some(kid), true) = (keys.kid, cc_length > 0) {
        verify_cc(&octets, RESPONSE_FIELDS, cc_length, kid, [options.response_prefix, fields])?;
        (checked, proven) = (true, kid.algorithm().is_keyed());
    }
    let block = if ciphered { keys.block() } else { MAX_BLOCK };
    let plain = Plain::new(octets, RESPONSE_FIELDS..RESPONSE_FIELDS + cc_length, pcntr, block)?;
    let counter = Counter::from_octets([c1, c2, c3, c4, c5]);
    Ok(PlainResponse { tar: Tar([t1, t2, t3]), counter, rsc: Rsc(rsc), checked, proven, plain })
}

/// Checks RPL and RHL; how long the checksum of this response is.
fn response_cc_length(
    packet: &[u8],
    spi: Spi,
    keys: CodecKeys<'_>,
    options: &CodecOptions<'_>,
) -> Result<usize, PacketError> {
    let Some(([rpl1, rpl2, rhl], rest)) = packet.split_first_chunk::<3>() else {
        return Err(PacketError::Length);
    };
    let rpl = usize::from(u16::from_be_bytes([*rpl1, *rpl2]));
    let rhl = usize::from(*rhl);
    if rpl + 2 != packet.len() || rhl < 10 || rhl > rest.len() {
        return Err(PacketError::Length);
    }
    let cc_length = rhl - 10;
    match options.cc_length(spi.por_integrity(), keys.kid) {
        _ if cc_length == 0 => Ok(0),
        Some(asked) if asked == cc_length => Ok(cc_length),
        Some(_) => Err(PacketError::CcLength),
        None => Err(PacketError::Unsupported),
    }
}

fn whole_blocks(response: &[u8], block: usize) -> bool {
    response.len() > RESPONSE_CLEAR && (response.len() - RESPONSE_CLEAR).is_multiple_of(block)
}

const fn padding(ciphered: usize, block: usize) -> usize {
    (block - ciphered % block) % block
}

/// One allocation: fields, room for the checksum, data, zero padding.
fn lay_out(fields: &[u8], cc_length: usize, data: &[u8], padding: usize) -> Vec<u8> {
    let total = fields.len() + cc_length + data.len() + padding;
    let mut packet = Vec::with_capacity(total);
    packet.extend_from_slice(fields);
    packet.resize(fields.len() + cc_length, 0);
    packet.extend_from_slice(data);
    packet.resize(total, 0);
    packet
}

/// The checksum over `covered` (what stands before RPL, then the fields) and everything after the checksum field, which itself is left out.
fn checksum(packet: &[u8], at: usize, cc_length: usize, kid: &CheckKey, covered: [&[u8]; 2]) -> Checksum {
    let [prefix, fields] = covered;
    kid.over(&[prefix, fields, packet.get(at + cc_length..).unwrap_or_default()])
}

fn write_cc(packet: &mut [u8], at: usize, cc_length: usize, kid: &CheckKey, covered: [&[u8]; 2]) {
    let cc = checksum(packet, at, cc_length, kid, covered);
    for (octet, value) in packet.iter_mut().skip(at).take(cc_length).zip(cc.as_slice()) {
        *octet = *value;
    }
}

fn verify_cc(
    packet: &[u8],
    at: usize,
    cc_length: usize,
    kid: &CheckKey,
    covered: [&[u8]; 2],
) -> Result<(), PacketError> {
    let cc = checksum(packet, at, cc_length, kid, covered);
    let (given, right) = (packet.get(at..at + cc_length), cc.as_slice().get(..cc_length));
    match (given, right) {
        (Some(given), Some(right)) if bool::from(given.ct_eq(right)) => Ok(()),
        _ => Err(PacketError::CcMismatch),
    }
}

fn encipher_from(packet: &mut [u8], clear: usize, kic: Option<&CipherKey>) -> Result<(), SealError> {
    let kic = kic.ok_or(SealError::Unsupported)?;
    let (_, ciphered) = packet.split_at_mut_checked(clear).ok_or(SealError::Unsupported)?;
    kic.encipher(ciphered);
    Ok(())
}

fn decipher_from(packet: &mut [u8], clear: usize, kic: Option<&CipherKey>) -> Result<(), PacketError> {
    let kic = kic.ok_or(PacketError::Unsupported)?;
    let (_, ciphered) = packet.split_at_mut_checked(clear).ok_or(PacketError::Length)?;
    if ciphered.is_empty() || !ciphered.len().is_multiple_of(kic.algorithm().block()) {
        return Err(PacketError::Alignment);
    }
    kic.decipher(ciphered);
    Ok(())
}
