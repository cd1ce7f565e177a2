use super::{Algorithm, Mode, Slot, TxnId};

/// What separates this signature from every other that the key makes.
const DOMAIN: &[u8] = b"OSAP-POP\0";

/// The octets whose SHA-256 a new key signs as proof of possession: domain, transaction, slot, mode, algorithm, compressed
/// public key, ICCID as ASCII digits.
#[must_use]
pub fn pop_input(txn: TxnId, slot: Slot, mode: Mode, public_key: &[u8; 33], iccid: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(DOMAIN.len() + 7 + public_key.len() + iccid.len());
    octets.extend_from_slice(DOMAIN);
    octets.extend_from_slice(&txn.0.to_be_bytes());
    octets.extend_from_slice(&[slot.0, mode.octet(), Algorithm::EcdsaP256.octet()]);
    octets.extend_from_slice(public_key);
    octets.extend_from_slice(iccid.as_bytes());
    octets
}
