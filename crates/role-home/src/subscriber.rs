use mss_core::Operation;

use crate::{CardId, CardRecord, KeyId, UserId};

/// A card with the person bound to it and that person's keys: everything a transaction needs, read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The card.
    pub card: CardRecord,
    /// The person, once bound.
    pub user: Option<UserRecord>,
    /// The person's keys on the card, at most one for each operation.
    pub keys: Vec<KeyRecord>,
}

/// A person as the home MSSP knows one: a serial number given by the registration authority, and a card. No name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The user's row.
    pub id: UserId,
    /// The card.
    pub card: CardId,
    /// The registration authority's number of the person.
    pub serial: String,
}

/// How far a key has come. The order of life: generated and proven, certified, told to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Made on the card, possession proven; no certificate yet.
    Uncertified,
    /// The certificate is here and on its way to the card.
    Certified,
    /// The card holds the certificate's hash: it may sign.
    Active,
}

impl KeyState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Uncertified, Self::Certified, Self::Active];

    /// The word in the store and in profile answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Uncertified => "UNCERTIFIED",
            Self::Certified => "CERTIFIED",
            Self::Active => "ACTIVE",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A key on a card, and its certificate path once there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key's row.
    pub id: KeyId,
    /// Raised by every commit that writes the row.
    pub version: u32,
    /// The card it lives on.
    pub card: CardId,
    /// Whose it is.
    pub user: UserId,
    /// What it signs.
    pub operation: Operation,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// How far it has come.
    pub state: KeyState,
    /// The certificate path in DER, signer first, without the root; empty while uncertified.
    pub path: Vec<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_from_its_word() {
        for (state, word) in KeyState::ALL.into_iter().zip(["UNCERTIFIED", "CERTIFIED", "ACTIVE"]) {
            assert_eq!((state.word(), KeyState::from_word(word)), (word, Some(state)));
        }
        assert_eq!(KeyState::from_word("active"), None);
    }
}
