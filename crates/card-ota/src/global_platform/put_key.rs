use super::{KeyKind, KeyMaterial};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// CLA and INS of PUT KEY.
const COMMAND: [u8; 2] = [0x80, 0xD8];
/// P2 bit 8: more than one key.
const SEVERAL: u8 = 0x80;
/// Octets of a key check value.
const CHECK_VALUE: u8 = 3;

/// How a key block is laid out; cards in the field differ, so it belongs to the card's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyBlock {
    /// The enciphered key alone.
    Plain,
    /// The length of the clear key, then the enciphered key; the length octet counts both.
    ClearLengthFirst,
}

/// Why a PUT KEY was not made or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PutKeyError {
    /// No key, more than a short command holds, or a key version or identifier out of range.
    #[error("the keys do not fit a PUT KEY")]
    DoesNotFit,
    /// A key of no whole number of blocks needs the layout that tells its length.
    #[error("the key needs a key block that tells its length")]
    NeedsLength,
    /// The command does not parse.
    #[error("the PUT KEY is malformed")]
    Malformed,
    /// A key type that is not handled.
    #[error("the key type is not supported")]
    KeyType,
    /// A key check value does not fit the key: another data encryption key, or another layout.
    #[error("a key check value is wrong")]
    CheckValue,
}

/// Keys under a new or replaced version: for a secure channel or OTA key set KIc, KID and KIK, in this order.
pub struct PutKey<'a> {
    /// The version that is replaced; 0 for one that is new.
    pub old_kvn: u8,
    /// The version that they get, 1 to 127.
    pub new_kvn: u8,
    /// The identifier of the first key, 1 to 127; the others follow.
    pub first_id: u8,
    /// The keys.
    pub keys: &'a [KeyMaterial],
    /// The card's layout.
    pub block: KeyBlock,
}

impl PutKey<'_> {
    /// The command, with every key enciphered under the data encryption key and followed by its check value.
    ///
    /// # Errors
    /// [`PutKeyError::DoesNotFit`], [`PutKeyError::NeedsLength`].
    pub fn encode(&self, dek: &KeyMaterial) -> Result<Vec<u8>, PutKeyError> {
        let version = |kvn: u8| kvn <= 0x7F;
        let id = matches!(self.first_id, 1..=0x7F);
        if !version(self.old_kvn)
            || !version(self.new_kvn)
            || self.new_kvn == 0
            || !id
            || self.keys.is_empty()
        {
            return Err(PutKeyError::DoesNotFit);
        }
        let mut data = vec![self.new_kvn];
        for key in self.keys {
            key_block(key, dek, self.block, &mut data)?;
        }
        let length = u8::try_from(data.len()).map_err(|_| PutKeyError::DoesNotFit)?;
        let several = if self.keys.len() > 1 { SEVERAL } else { 0 };
        let [cla, ins] = COMMAND;
        let mut apdu = vec![cla, ins, self.old_kvn, self.first_id | several, length];
        apdu.append(&mut data);
        Ok(apdu)
    }

    /// What a card that took the keys answers: the new version and the check values.
    #[must_use]
    pub fn answer(&self) -> Vec<u8> {
        let mut answer = vec![self.new_kvn];
        answer.extend(self.keys.iter().flat_map(KeyMaterial::check_value));
        answer
    }

    /// Whether a card's answer says that it has these keys under this version.
    #[must_use]
    pub fn confirmed_by(&self, answer: &[u8]) -> bool {
        self.answer().ct_eq(answer).into()
    }
}

fn key_block(
    key: &KeyMaterial,
    dek: &KeyMaterial,
    block: KeyBlock,
    data: &mut Vec<u8>,
) -> Result<(), PutKeyError> {
    let clear = key.expose().len();
    let whole = clear.next_multiple_of(dek.kind().block());
    if whole != clear && block == KeyBlock::Plain {
        return Err(PutKeyError::NeedsLength);
    }
    let mut wrapped = Zeroizing::new(key.expose().to_vec());
    wrapped.resize(whole, 0);
    dek.wrap(&mut wrapped);
    // Keys have at most 32 octets.
    let (clear, whole) = (clear as u8, whole as u8);
    data.push(key.kind().octet());
    match block {
        KeyBlock::Plain => data.push(whole),
        KeyBlock::ClearLengthFirst => data.extend_from_slice(&[whole + 1, clear]),
    }
    data.extend_from_slice(&wrapped);
    data.push(CHECK_VALUE);
    data.extend_from_slice(&key.check_value());
    Ok(())
}

/// What a PUT KEY carried. No `Debug`, no `Clone`.
pub struct ReceivedKeys {
    /// The version that is replaced; 0 for one that is new.
    pub old_kvn: u8,
    /// The version that they get.
    pub new_kvn: u8,
    /// The identifier of the first key.
    pub first_id: u8,
    /// The keys, each proven by its check value.
    pub keys: Vec<KeyMaterial>,
}

impl ReceivedKeys {
    /// Reads a PUT KEY command, with or without a last octet Le, and deciphers its keys.
    ///
    /// # Errors
    /// [`PutKeyError`]; the check values are compared in constant time.
    pub fn decode(apdu: &[u8], dek: &KeyMaterial, block: KeyBlock) -> Result<Self, PutKeyError> {
        let Some(([cla, ins, old_kvn, p2, lc], rest)) = apdu.split_first_chunk::<5>() else {
            return Err(PutKeyError::Malformed);
        };
        let (data, le) = rest.split_at_checked(usize::from(*lc)).ok_or(PutKeyError::Malformed)?;
        let first_id = p2 & !SEVERAL;
        let (new_kvn, mut left) = data.split_first().ok_or(PutKeyError::Malformed)?;
        let fits = [*cla, *ins] == COMMAND
            && le.len() <= 1
            && *old_kvn <= 0x7F
            && matches!(new_kvn, 1..=0x7F)
            && first_id != 0;
        if !fits {
            return Err(PutKeyError::Malformed);
        }
        let mut keys = Vec::new();
        while !left.is_empty() {
            let (key, rest) = read_block(left, dek, block)?;
            keys.push(key);
            left = rest;
        }
        if keys.is_empty() || (p2 & SEVERAL != 0) != (keys.len() > 1) {
            return Err(PutKeyError::Malformed);
        }
        Ok(Self { old_kvn: *old_kvn, new_kvn: *new_kvn, first_id, keys })
    }
}

fn read_block<'a>(
    octets: &'a [u8],
    dek: &KeyMaterial,
    block: KeyBlock,
) -> Result<(KeyMaterial, &'a [u8]), PutKeyError> {
    let ([kind, length], rest) = octets.split_first_chunk::<2>().ok_or(PutKeyError::Malformed)?;
    let (field, rest) = rest.split_at_checked(usize::from(*length)).ok_or(PutKeyError::Malformed)?;
    let ([check_length, check @ ..], rest) = rest.split_first_chunk::<4>().ok_or(PutKeyError::Malformed)?;
    let kind = KeyKind::from_octet(*kind).ok_or(PutKeyError::KeyType)?;
    let (clear, wrapped) = match block {
        KeyBlock::Plain => (field.len(), field),
        KeyBlock::ClearLengthFirst => {
            let (clear, wrapped) = field.split_first().ok_or(PutKeyError::Malformed)?;
            (usize::from(*clear), wrapped)
        }
    };
    let whole = clear.next_multiple_of(dek.kind().block()) == wrapped.len();
    if *check_length != CHECK_VALUE || !whole {
        return Err(PutKeyError::Malformed);
    }
    let mut octets = Zeroizing::new(wrapped.to_vec());
    dek.unwrap_blocks(&mut octets);
    let key = octets.get(..clear).ok_or(PutKeyError::Malformed)?;
    let key = KeyMaterial::new(kind, key).map_err(|_| PutKeyError::Malformed)?;
    if bool::from(key.check_value().ct_eq(check)) { Ok((key, rest)) } else { Err(PutKeyError::CheckValue) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn material(kind: KeyKind, length: usize, seed: u8) -> KeyMaterial {
        let octets: Vec<u8> = (0..length).map(|n| (n as u8).wrapping_mul(37).wrapping_add(seed)).collect();
        KeyMaterial::new(kind, &octets).unwrap()
    }

    const KINDS: [(KeyKind, usize); 5] = [
        (KeyKind::TripleDes, 16),
        (KeyKind::TripleDes, 24),
        (KeyKind::Aes, 16),
        (KeyKind::Aes, 24),
        (KeyKind::Aes, 32),
    ];

    #[test]
    fn there_and_back_for_every_kind() {
        for (dek_kind, dek_length) in KINDS {
            let dek = material(dek_kind, dek_length, 200);
            for (kind, length) in KINDS {
                for block in [KeyBlock::Plain, KeyBlock::ClearLengthFirst] {
                    for count in 1..=3_u8 {
                        let keys: Vec<_> = (0..count).map(|n| material(kind, length, n)).collect();
                        let put = PutKey { old_kvn: 0, new_kvn: 3, first_id: 1, keys: &keys, block };
                        let apdu = match put.encode(&dek) {
                            Ok(apdu) => apdu,
                            Err(error) => {
                                assert_eq!(error, PutKeyError::NeedsLength);
                                assert!(block == KeyBlock::Plain && length == 24 && dek_kind == KeyKind::Aes);
                                continue;
                            }
                        };
                        for le in [&[][..], &[0]] {
                            let read =
                                ReceivedKeys::decode(&[&apdu[..], le].concat(), &dek, block).ok().unwrap();
                            assert_eq!((read.old_kvn, read.new_kvn, read.first_id), (0, 3, 1));
                            assert!(
                                read.keys
                                    .iter()
                                    .map(KeyMaterial::expose)
                                    .eq(keys.iter().map(|key| key.expose()))
                            );
                        }
                        assert!(put.confirmed_by(&put.answer()));
                        assert!(!put.confirmed_by(&put.answer()[1..]));
                    }
                }
            }
        }
    }

    #[test]
    fn damaged_commands_give_no_key() {
        let dek = material(KeyKind::Aes, 16, 9);
        let keys = [material(KeyKind::Aes, 16, 1), material(KeyKind::Aes, 16, 2)];
        for block in [KeyBlock::Plain, KeyBlock::ClearLengthFirst] {
            let put = PutKey { old_kvn: 1, new_kvn: 1, first_id: 1, keys: &keys, block };
            let apdu = put.encode(&dek).unwrap();
            for end in 0..apdu.len() {
                assert_eq!(
                    ReceivedKeys::decode(&apdu[..end], &dek, block).err(),
                    Some(PutKeyError::Malformed)
                );
            }
            let other = material(KeyKind::Aes, 16, 8);
            assert_eq!(ReceivedKeys::decode(&apdu, &other, block).err(), Some(PutKeyError::CheckValue));
            // Versions and the identifier travel without protection of their own; everything after them is proven.
            for bit in 6 * 8..apdu.len() * 8 {
                let mut changed = apdu.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(ReceivedKeys::decode(&changed, &dek, block).is_err(), "bit {bit}");
            }
            let mut psk = apdu.clone();
            psk[6] = 0x85;
            assert_eq!(ReceivedKeys::decode(&psk, &dek, block).err(), Some(PutKeyError::KeyType));
        }
    }

    #[test]
    fn what_does_not_fit() {
        let dek = material(KeyKind::Aes, 32, 9);
        let keys: Vec<_> = (0..7).map(|n| material(KeyKind::Aes, 32, n)).collect();
        let put = |old_kvn, new_kvn, first_id, count: usize| PutKey {
            old_kvn,
            new_kvn,
            first_id,
            keys: &keys[..count],
            block: KeyBlock::ClearLengthFirst,
        };
        assert!(put(0x7F, 0x7F, 0x7F, 6).encode(&dek).is_ok());
        for wrong in
            [put(0x80, 1, 1, 1), put(0, 0, 1, 1), put(0, 0x80, 1, 1), put(0, 1, 0, 1), put(0, 1, 0x80, 1)]
        {
            assert_eq!(wrong.encode(&dek), Err(PutKeyError::DoesNotFit));
        }
        assert_eq!(put(0, 1, 1, 0).encode(&dek), Err(PutKeyError::DoesNotFit));
        assert_eq!(put(0, 1, 1, 7).encode(&dek), Err(PutKeyError::DoesNotFit));
    }

    proptest! {
        #[test]
        fn any_octets(mut octets in proptest::collection::vec(any::<u8>(), 0..120), length_first: bool) {
            let dek = material(KeyKind::Aes, 16, 9);
            let block = if length_first { KeyBlock::ClearLengthFirst } else { KeyBlock::Plain };
            prop_assert!(ReceivedKeys::decode(&octets, &dek, block).is_err());
            if octets.len() > 8 {
                let length = (octets.len() - 5) as u8;
                octets[..5].copy_from_slice(&[0x80, 0xD8, 0, 0x81, length]);
                prop_assert!(ReceivedKeys::decode(&octets, &dek, block).is_err());
            }
        }
    }
}
