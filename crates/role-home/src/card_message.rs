//! From a transaction to the OSAP message that the card reads.
use card_ota::osap::{self, Message, Mode, OsapError, Request, ScreenText, ScreenTextError, Slot, TxnId};
use mss_core::Operation;
use mss_pki::{Content, SignedAttributes};

use crate::{Opening, PinPolicy, SignTask, Task, transaction::Purpose};

/// Which slot serves an operation: ours on every card.
pub(crate) const fn slot(operation: Operation) -> Slot {
    match operation {
        Operation::Sign => Slot::SIGN,
        Operation::Authn => Slot::AUTHN,
        Operation::Digest => Slot::DIGEST,
    }
}

/// How a key for an operation signs, for life.
pub(crate) const fn mode(operation: Operation) -> Mode {
    match operation {
        Operation::Sign | Operation::Authn => Mode::SignedAttributes,
        Operation::Digest => Mode::Digest,
    }
}

/// The octets of a message. `certificate_hash` is the signing key's; all repeats of a request have the same body.
pub(crate) fn encode(
    opening: &Opening,
    purpose: Purpose,
    attempt: u8,
    certificate_hash: Option<&[u8; 32]>,
    pin_policy: PinPolicy,
) -> Result<Vec<u8>, Unspeakable> {
    let body = match purpose {
        Purpose::Request => request(opening, certificate_hash, pin_policy)?,
        Purpose::GetResult => Request::GetResult,
        Purpose::Cancel => Request::Cancel,
        Purpose::Confirm => Request::Confirm,
    };
    Ok(Message { txn: TxnId(opening.txn), attempt, body }.encode()?)
}

fn request(
    opening: &Opening,
    certificate_hash: Option<&[u8; 32]>,
    pin_policy: PinPolicy,
) -> Result<Request, Unspeakable> {
    let ttl_s = opening.opened_at.until(opening.card_deadline).as_secs();
    let ttl_s = u16::try_from(ttl_s).unwrap_or(u16::MAX);
    Ok(match &opening.task {
        Task::Sign(task) => sign(task, ttl_s, certificate_hash)?,
        Task::GenerateKey { operation } => Request::GenerateKey {
            slot: slot(*operation),
            mode: mode(*operation),
            ttl_s,
            pin_policy: osap::PinPolicy::new(pin_policy.min, pin_policy.max, pin_policy.tries)?,
            title: None,
            text: None,
        },
        Task::SetCertificate { operation, certificate_hash } => {
            Request::SetCert { slot: slot(*operation), cert_hash: *certificate_hash }
        }
        Task::Record { .. } => return Err(Unspeakable::NotForCards),
    })
}

fn sign(task: &SignTask, ttl_s: u16, certificate_hash: Option<&[u8; 32]>) -> Result<Request, Unspeakable> {
    let slot = slot(task.operation);
    let title = (!task.title.is_empty()).then(|| ScreenText::new(&*task.title)).transpose()?;
    let label = task.label.as_deref().map(ScreenText::new).transpose()?;
    Ok(match &task.content {
        Content::Text(text) => Request::SignText {
            slot,
            ttl_s,
            time: u32::try_from(task.signing_time.secs()).map_err(|_| Unspeakable::NotForCards)?,
            title,
            headline: label,
            text: ScreenText::new(&**text)?,
        },
        // The card signs what it is given, so the signed attributes are made here, around the AP's digest.
        Content::Digest(digest) => {
            let hash = certificate_hash.ok_or(Unspeakable::NoCertificate)?;
            let digest = SignedAttributes::build(digest, task.signing_time, hash).sha256();
            Request::SignDigest { slot, ttl_s, digest, title, label: label.ok_or(Unspeakable::NotForCards)? }
        }
    })
}

/// A transaction that cannot be said to a card. Acceptance rules it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unspeakable {
    /// A part is missing, or the transaction is none of a card.
    #[error("the transaction is not for a card")]
    NotForCards,
    /// The key has no certificate.
    #[error("the key has no certificate")]
    NoCertificate,
    /// The message does not fit.
    #[error(transparent)]
    Osap(#[from] OsapError),
    /// A text does not fit.
    #[error(transparent)]
    Text(#[from] ScreenTextError),
}
