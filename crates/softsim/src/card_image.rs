//! The image of a card's durable memory: `version | fields`, every variable part behind its own length. Ours.
use std::collections::VecDeque;

use card_ota::{
    osap::{Mode, Slot, TxnId},
    packet::{Counter, Tar},
};
use smpp::COctetString;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    CardImage, Iccid, Keyset, Pin,
    card_crypto::KeyPair,
    memory::{Cached, Ended, KEYS_MAX, Memory, PinGroup, REMEMBERED, StoredKey},
};

const VERSION: u8 = 1;
const CACHED_MAX: usize = 512;
const NUMBER_MAX: usize = 20;

/// Why an image is not a card's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ImageError {
    /// The image ends inside a field.
    #[error("the card image is cut off")]
    Truncated,
    /// Octets follow the last field.
    #[error("the card image is too long")]
    TrailingOctets,
    /// Written by another version of the simulator.
    #[error("the card image has version {0}")]
    Version(u8),
    /// A field holds what no card holds.
    #[error("the card image has a bad {0}")]
    Field(&'static str),
}

impl Memory {
    /// Writes the image.
    pub(crate) fn image(&self) -> CardImage {
        // One allocation of the final size: growing would leave copies of the keys behind.
        let mut out = Writer(Zeroizing::new(Vec::with_capacity(1792)));
        out.octets(&[VERSION]);
        out.short(self.iccid.digits().as_bytes());
        out.octets(&self.tar.0);
        out.octets(&[u8::from(self.plain_errors)]);
        out.keyset(&self.ota);
        out.octets(&self.ota_counter.octets());
        out.keyset(&self.applet);
        out.octets(&self.mo_reserved.to_be_bytes());
        out.short(self.server_number.as_octets());
        out.short(self.pin.pin.as_ref().map(Pin::octets).unwrap_or_default());
        out.octets(&[self.pin.tries_left, self.pin.tries_max]);
        out.count(self.keys.len());
        for key in &self.keys {
            out.key(key);
        }
        out.count(self.ended.len());
        for ended in &self.ended {
            out.octets(&ended.txn.0.to_be_bytes());
            out.octets(&ended.body);
        }
        match &self.cached {
            None => out.octets(&[0]),
            Some(cached) => {
                out.octets(&[1]);
                out.octets(&cached.txn.0.to_be_bytes());
                out.octets(&u16::try_from(cached.message.len()).unwrap_or(u16::MAX).to_be_bytes());
                out.octets(&cached.message);
            }
        }
        CardImage(out.0)
    }

    /// Reads an image.
    pub(crate) fn from_image(image: &CardImage) -> Result<Self, ImageError> {
        let mut from = Reader(image.octets());
        let version = from.octet()?;
        if version != VERSION {
            return Err(ImageError::Version(version));
        }
        let memory = Self {
            iccid: Iccid::parse(&from.text("ICCID", 20)?).map_err(|_| ImageError::Field("ICCID"))?,
            tar: Tar(from.array()?),
            plain_errors: from.flag("plain-error flag")?,
            ota: from.keyset()?,
            ota_counter: Counter::from_octets(from.array()?),
            applet: from.keyset()?,
            mo_reserved: u64::from_be_bytes(from.array()?),
            server_number: from.number()?,
            pin: from.pin()?,
            keys: from.list("key slot", KEYS_MAX, Reader::key)?,
            ended: VecDeque::from(from.list("transaction", REMEMBERED, Reader::ended)?),
            cached: from.cached()?,
        };
        if from.0.is_empty() { Ok(memory) } else { Err(ImageError::TrailingOctets) }
    }
}

struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    fn octets(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    /// Counts and lengths written here are bounded far below 256 by what the card accepts.
    fn count(&mut self, count: usize) {
        self.0.push(u8::try_from(count).unwrap_or(u8::MAX));
    }

    fn short(&mut self, octets: &[u8]) {
        self.count(octets.len());
        self.octets(octets);
    }

    fn keyset(&mut self, keyset: &Keyset) {
        self.octets(&[keyset.version()]);
        self.short(keyset.kic());
        self.short(keyset.kid());
    }

    fn key(&mut self, key: &StoredKey) {
        self.octets(&[key.slot.0, key.mode.octet()]);
        self.octets(key.key.private());
        self.octets(key.key.public());
        self.short(key.certificate.as_ref().map_or(&[], |hash| hash.as_slice()));
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ImageError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(ImageError::Truncated)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        self.take(N)?.try_into().map_err(|_| ImageError::Truncated)
    }

    fn octet(&mut self) -> Result<u8, ImageError> {
        let [octet] = self.array()?;
        Ok(octet)
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, ImageError> {
        match self.octet()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(ImageError::Field(name)),
        }
    }

    fn short(&mut self, name: &'static str, max: usize) -> Result<&'a [u8], ImageError> {
        let length = usize::from(self.octet()?);
        if length > max { Err(ImageError::Field(name)) } else { self.take(length) }
    }

    fn text(&mut self, name: &'static str, max: usize) -> Result<String, ImageError> {
        let octets = self.short(name, max)?;
        std::str::from_utf8(octets).map(str::to_owned).map_err(|_| ImageError::Field(name))
    }

    fn number(&mut self) -> Result<COctetString<21>, ImageError> {
        let octets = self.short("server number", NUMBER_MAX)?;
        COctetString::new(octets).map_err(|_| ImageError::Field("server number"))
    }

    fn keyset(&mut self) -> Result<Keyset, ImageError> {
        let version = self.octet()?;
        let (kic, kid) = (self.short("keyset", 32)?, self.short("keyset", 32)?);
        Keyset::new(version, kic, kid).map_err(|_| ImageError::Field("keyset"))
    }

    fn pin(&mut self) -> Result<PinGroup, ImageError> {
        let pin = match self.short("PIN", Pin::MAX)? {
            [] => None,
            digits => Some(Pin::from_octets(digits).map_err(|_| ImageError::Field("PIN"))?),
        };
        Ok(PinGroup { pin, tries_left: self.octet()?, tries_max: self.octet()? })
    }

    fn list<T>(
        &mut self,
        name: &'static str,
        max: usize,
        item: fn(&mut Self) -> Result<T, ImageError>,
    ) -> Result<Vec<T>, ImageError> {
        let count = usize::from(self.octet()?);
        if count > max {
            return Err(ImageError::Field(name));
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn key(&mut self) -> Result<StoredKey, ImageError> {
        let slot = Slot(self.octet()?);
        let mode = match self.octet()? {
            2 => Mode::SignedAttributes,
            3 => Mode::Digest,
            _ => return Err(ImageError::Field("key mode")),
        };
        let key = KeyPair::new(self.array()?, self.array()?);
        let certificate = match self.short("certificate hash", 32)? {
            [] => None,
            hash => Some(hash.try_into().map_err(|_| ImageError::Field("certificate hash"))?),
        };
        Ok(StoredKey { slot, mode, key, certificate })
    }

    fn txn(&mut self) -> Result<TxnId, ImageError> {
        Ok(TxnId(u32::from_be_bytes(self.array()?)))
    }

    fn ended(&mut self) -> Result<Ended, ImageError> {
        Ok(Ended { txn: self.txn()?, body: self.array()? })
    }

    fn cached(&mut self) -> Result<Option<Cached>, ImageError> {
        if !self.flag("cached flag")? {
            return Ok(None);
        }
        let (txn, length) = (self.txn()?, usize::from(u16::from_be_bytes(self.array()?)));
        if length > CACHED_MAX {
            return Err(ImageError::Field("cached answer"));
        }
        Ok(Some(Cached { txn, message: self.take(length)?.to_vec() }))
    }
}
