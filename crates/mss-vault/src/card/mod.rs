//! Card keys: sealed one by one, opened for one packet, taken over from card makers in batches.
mod batch;
mod card_keys;
mod card_vault;
mod transport_key;

pub use batch::{BatchCard, BatchError, WrappedBatch, wrap_batch};
pub use card_keys::{CardKeys, KeySet};
pub use card_vault::{CardVault, CommandError, ImportedCard, OpenError};
pub use transport_key::{TransportKey, TransportPublicKey};

#[cfg(test)]
mod tests;
