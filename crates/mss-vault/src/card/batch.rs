//! Card batches, `sinetti-card-batch/1` (ours): see docs/card-batch.md.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{CardKeys, TransportPublicKey};
use crate::SealError;

/// The format's name.
pub(super) const FORMAT: &str = "sinetti-card-batch/1";
/// Most cards in one batch.
pub(super) const CARDS_MAX: usize = 1000;
/// Most octets of one batch.
pub(super) const OCTETS_MAX: usize = 2 * 1024 * 1024;

/// A card to put into a batch.
pub struct BatchCard {
    /// Its number, 10 to 20 digits.
    pub iccid: String,
    /// The subscriber number that reaches it, digits only.
    pub msisdn: String,
    /// Toolkit application reference of the applet.
    pub tar: [u8; 3],
    /// Both key sets.
    pub keys: CardKeys,
}

/// A batch as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedBatch {
    pub(super) format: String,
    pub(super) vault: String,
    pub(super) ephemeral: String,
    pub(super) cards: Vec<WrappedCard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrappedCard {
    pub(super) iccid: String,
    pub(super) msisdn: String,
    pub(super) tar: String,
    pub(super) ota: KeyVersion,
    pub(super) applet: KeyVersion,
    pub(super) keys: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyVersion {
    pub(super) kvn: u8,
}

/// Why a batch, or one card in it, was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Not the format, or too long.
    #[error("this is no card batch of format {FORMAT}")]
    Format,
    /// Wrapped for another vault.
    #[error("the batch is wrapped for vault {0}, which this is not")]
    OtherVault(String),
    /// More cards than a batch may hold.
    #[error("more than {CARDS_MAX} cards in one batch")]
    TooMany,
    /// One card's entry cannot be used.
    #[error("card number {position} of the batch: {problem}")]
    Card {
        /// Its place, from 1.
        position: usize,
        /// What is wrong with it; never a key.
        problem: &'static str,
    },
    /// The batch key cannot be agreed on, or the provider failed.
    #[error(transparent)]
    Sealed(#[from] SealError),
}

/// Wraps cards for a vault: what a card maker does.
///
/// # Errors
/// When there are too many, or the provider fails.
pub fn wrap_batch(vault: &TransportPublicKey, cards: &[BatchCard]) -> Result<WrappedBatch, BatchError> {
    if cards.len() > CARDS_MAX {
        return Err(BatchError::TooMany);
    }
    let (ephemeral, key) = vault.new_batch_key()?;
    let wrap = |card: &BatchCard| {
        let (ota, applet) = (card.keys.ota.kvn, card.keys.applet.kvn);
        let aad = aad(&card.iccid, &card.msisdn, card.tar, ota, applet);
        Ok(WrappedCard {
            iccid: card.iccid.clone(),
            msisdn: card.msisdn.clone(),
            tar: hex::encode(card.tar),
            ota: KeyVersion { kvn: ota },
            applet: KeyVersion { kvn: applet },
            keys: STANDARD.encode(key.seal(&aad, &card.keys.encode())?),
        })
    };
    let cards = cards.iter().map(wrap).collect::<Result<_, BatchError>>()?;
    Ok(WrappedBatch {
        format: FORMAT.into(),
        vault: vault.id(),
        ephemeral: STANDARD.encode(ephemeral),
        cards,
    })
}

impl WrappedBatch {
    /// The file's octets.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn from_json(octets: &[u8]) -> Result<Self, BatchError> {
        if octets.len() > OCTETS_MAX {
            return Err(BatchError::Format);
        }
        let batch: Self = serde_json::from_slice(octets).map_err(|_| BatchError::Format)?;
        match batch.format == FORMAT {
            true if batch.cards.len() > CARDS_MAX => Err(BatchError::TooMany),
            true => Ok(batch),
            false => Err(BatchError::Format),
        }
    }
}

/// What a card's wrapped keys are bound to: nobody can move them to another card, number or key version.
pub(super) fn aad(iccid: &str, msisdn: &str, tar: [u8; 3], ota_kvn: u8, applet_kvn: u8) -> Vec<u8> {
    format!("{FORMAT}|{iccid}|{msisdn}|{}|{ota_kvn}|{applet_kvn}", hex::encode(tar)).into_bytes()
}
