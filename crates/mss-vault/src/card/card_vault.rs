use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_ota::packet::{
    Counter, OpenedCommand, PacketError, Response, SealError as PacketSealError, Spi, Tar, open_command,
    open_response, seal_command,
};

use super::{
    CardKeys, TransportKey,
    batch::{BatchError, WrappedBatch, WrappedCard, aad},
};
use crate::{Kek, SealError, SignerError};

/// Card keys behind a handle. Nothing here remembers a card: the sealed keys come with each call and are opened for it.
pub struct CardVault {
    kek: Kek,
    transport: TransportKey,
}

/// A card whose keys this vault has taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCard {
    /// Its number.
    pub iccid: String,
    /// The subscriber number that reaches it, digits only.
    pub msisdn: String,
    /// Toolkit application reference of the applet.
    pub tar: [u8; 3],
    /// Both key sets and their versions, sealed under the KEK for this card alone.
    pub sealed_keys: Vec<u8>,
}

/// Why a packet was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The card's keys are not this vault's, or another card's.
    #[error(transparent)]
    Keys(#[from] SealError),
    /// The packet is not what that card would send.
    #[error("{0}")]
    Packet(#[from] PacketError),
}

impl CardVault {
    /// Makes a vault in a folder: a KEK, a transport key, and the transport key's public half.
    ///
    /// # Errors
    /// When the files exist or cannot be written.
    pub fn create(folder: &Path) -> Result<Self, SignerError> {
        let kek = Kek::create(&folder.join("kek"))?;
        let transport = TransportKey::create(&kek, &folder.join("transport.key"))?;
        Ok(Self { kek, transport })
    }

    /// Opens a vault's folder.
    ///
    /// # Errors
    /// When a file is missing, readable by others or does not open.
    pub fn load(folder: &Path) -> Result<Self, SignerError> {
        let kek = Kek::load(&folder.join("kek"))?;
        let transport = TransportKey::load(&kek, &folder.join("transport.key"))?;
        Ok(Self { kek, transport })
    }

    /// The key that card makers wrap batches for.
    #[must_use]
    pub fn transport(&self) -> &TransportKey {
        &self.transport
    }

    /// Takes over a batch: every card, or none.
    ///
    /// # Errors
    /// [`BatchError`], which names the first card that cannot be used.
    pub fn import(&self, batch: &[u8]) -> Result<Vec<ImportedCard>, BatchError> {
        let batch = WrappedBatch::from_json(batch)?;
        if batch.vault != self.transport.public().id() {
            return Err(BatchError::OtherVault(
                batch.vault.chars().filter(char::is_ascii_hexdigit).take(16).collect(),
            ));
        }
        let ephemeral = STANDARD.decode(&batch.ephemeral).map_err(|_| BatchError::Format)?;
        let key = self.transport.batch_key(&ephemeral)?;
        let take = |(card, position): (&WrappedCard, usize)| {
            self.take_over(&key, card).map_err(|problem| BatchError::Card { position, problem })
        };
        batch.cards.iter().zip(1..).map(take).collect()
    }

    fn take_over(&self, key: &Kek, card: &WrappedCard) -> Result<ImportedCard, &'static str> {
        let digits = |text: &str, least: usize, most: usize| {
            (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(&card.iccid, 10, 20) {
            return Err("the ICCID is not 10 to 20 digits");
        }
        if !digits(&card.msisdn, 5, 15) {
            return Err("the MSISDN is not 5 to 15 digits");
        }
        let mut tar = [0; 3];
        hex::decode_to_slice(&card.tar, &mut tar).map_err(|_| "the TAR is not three octets in hex")?;
        let (ota, applet) = (card.ota.kvn, card.applet.kvn);
        let wrapped = STANDARD.decode(&card.keys).map_err(|_| "the keys are not base64")?;
        let keys = key
            .open(&aad(&card.iccid, &card.msisdn, tar, ota, applet), &wrapped)
            .map_err(|_| "the keys do not open: changed, or another card's")?;
        let keys = CardKeys::decode(&keys, ota, applet).ok_or("the keys are not AES keys")?;
        // Made once here so that a bad version is found now and not at the first signature.
        for set in [&keys.ota, &keys.applet] {
            set.packet_keys().map_err(|_| "a key version is not 1 to 15")?;
        }
        let sealed = self
            .kek
            .seal(&own_aad(&card.iccid, ota, applet), &keys.encode())
            .map_err(|_| "sealing failed")?;
        let mut sealed_keys = vec![ota, applet];
        sealed_keys.extend_from_slice(&sealed);
        Ok(ImportedCard { iccid: card.iccid.clone(), msisdn: card.msisdn.clone(), tar, sealed_keys })
    }

    fn keys(&self, iccid: &str, sealed: &[u8]) -> Result<CardKeys, SealError> {
        let [ota, applet, sealed @ ..] = sealed else { return Err(SealError) };
        let keys = self.kek.open(&own_aad(iccid, *ota, *applet), sealed)?;
        CardKeys::decode(&keys, *ota, *applet).ok_or(SealError)
    }

    /// Seals a message to the card's applet.
    ///
    /// # Errors
    /// When the keys are not this card's, or [`card_ota::packet::seal_command`] refuses.
    pub fn seal_command(
        &self,
        card: (&str, &[u8]),
        (spi, tar, counter): (Spi, Tar, Counter),
        message: &[u8],
    ) -> Result<Vec<u8>, CommandError> {
        let keys = self.keys(card.0, card.1)?;
        let keys = keys.ota.packet_keys().map_err(|_| SealError)?;
        Ok(seal_command(spi, tar, &keys, counter, message)?)
    }

    /// Opens a packet that the card's applet made.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open_message(
        &self,
        iccid: &str,
        sealed: &[u8],
        packet: &[u8],
    ) -> Result<OpenedCommand, OpenError> {
        let keys = self.keys(iccid, sealed)?.applet.packet_keys().map_err(|_| SealError)?;
        Ok(open_command(packet, &keys)?)
    }

    /// Opens a proof of receipt.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open_proof(
        &self,
        iccid: &str,
        sealed: &[u8],
        spi: Spi,
        packet: &[u8],
    ) -> Result<Response, OpenError> {
        let keys = self.keys(iccid, sealed)?.ota.packet_keys().map_err(|_| SealError)?;
        Ok(open_response(packet, spi, &keys)?)
    }
}

/// Why a message was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The card's keys are not this vault's, or another card's.
    #[error(transparent)]
    Keys(#[from] SealError),
    /// The packet would be below the minimum security level, too long, or past the last counter.
    #[error("{0}")]
    Packet(#[from] PacketSealError),
}

fn own_aad(iccid: &str, ota_kvn: u8, applet_kvn: u8) -> Vec<u8> {
    format!("sinetti card keys 1|{iccid}|{ota_kvn}|{applet_kvn}").into_bytes()
}
