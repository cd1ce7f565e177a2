use super::OsapError;
use std::fmt;

/// The longest message either side makes or takes, in octets.
pub const MAX_MESSAGE: usize = 1024;

/// Octets of the header: version and flags, type, transaction, attempt.
const HEADER: usize = 7;
/// Version 1 in the high nibble, no flags in the low one. A flag could change what a message means, so an unknown one is
/// refused.
const VERSION: u8 = 0x10;

/// A transaction: random, unique per card for 30 days, made by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TxnId(pub u32);

impl fmt::Display for TxnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// One OSAP message: [`super::Request`] to the card, [`super::Answer`] from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<T> {
    /// The transaction it belongs to.
    pub txn: TxnId,
    /// 1 at first, one more at each repeat. An answer carries the attempt of the request that it answers.
    pub attempt: u8,
    /// What it says.
    pub body: T,
}

/// What every message starts with; see [`Header::read`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The message type.
    pub kind: u8,
    /// The transaction.
    pub txn: TxnId,
    /// The attempt.
    pub attempt: u8,
}

impl Header {
    /// Reads the header alone, so that a request that cannot be understood can still be answered.
    ///
    /// # Errors
    /// [`OsapError::Truncated`], [`OsapError::Version`].
    pub fn read(octets: &[u8]) -> Result<Self, OsapError> {
        split(octets).map(|(header, _)| header)
    }
}

/// A received message without `attempt`, octet for octet: two requests of one transaction are the same if these are.
/// Written anew, a message may have other octets, or too many. `None` when there is no whole header.
#[must_use]
pub fn received_body(octets: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = octets.split_at_checked(HEADER - 1)?;
    let (_attempt, after) = rest.split_first()?;
    Some([before, after].concat())
}

fn split(octets: &[u8]) -> Result<(Header, &[u8]), OsapError> {
    let ([version, kind, t1, t2, t3, t4, attempt], tlvs) =
        octets.split_first_chunk::<HEADER>().ok_or(OsapError::Truncated)?;
    if *version != VERSION {
        return Err(OsapError::Version);
    }
    let txn = TxnId(u32::from_be_bytes([*t1, *t2, *t3, *t4]));
    Ok((Header { kind: *kind, txn, attempt: *attempt }, tlvs))
}

/// What travels in a message: [`super::Request`] or [`super::Answer`].
pub trait Body: Sized {
    /// The message type.
    fn kind(&self) -> u8;

    /// Appends the TLVs.
    ///
    /// # Errors
    /// [`OsapError::TooLong`].
    fn write(&self, octets: &mut Vec<u8>) -> Result<(), OsapError>;

    /// Reads the TLVs of a message of this type.
    ///
    /// # Errors
    /// [`OsapError`].
    fn read(kind: u8, tlvs: &[u8]) -> Result<Self, OsapError>;
}

impl<T: Body> Message<T> {
    /// The octets, header first.
    ///
    /// # Errors
    /// [`OsapError::TooLong`] above [`MAX_MESSAGE`].
    pub fn encode(&self) -> Result<Vec<u8>, OsapError> {
        self.octets(&[self.attempt])
    }

    /// Reads a message. TLVs may stand in any order; unknown ones are skipped unless critical.
    ///
    /// # Errors
    /// [`OsapError`]; nothing partly read is returned.
    pub fn decode(octets: &[u8]) -> Result<Self, OsapError> {
        if octets.len() > MAX_MESSAGE {
            return Err(OsapError::TooLong);
        }
        let (Header { kind, txn, attempt }, tlvs) = split(octets)?;
        Ok(Self { txn, attempt, body: T::read(kind, tlvs)? })
    }

    /// The encoding without `attempt`: what [`received_body`] finds in it.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn body_octets(&self) -> Result<Vec<u8>, OsapError> {
        self.octets(&[])
    }

    fn octets(&self, attempt: &[u8]) -> Result<Vec<u8>, OsapError> {
        let mut octets = Vec::with_capacity(128);
        octets.extend_from_slice(&[VERSION, self.body.kind()]);
        octets.extend_from_slice(&self.txn.0.to_be_bytes());
        octets.extend_from_slice(attempt);
        self.body.write(&mut octets)?;
        if octets.len() - attempt.len() > MAX_MESSAGE - 1 { Err(OsapError::TooLong) } else { Ok(octets) }
    }
}
