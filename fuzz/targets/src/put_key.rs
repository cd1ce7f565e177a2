//! PUT KEY of GlobalPlatform: the command that brings new keys to a card.
use card_ota::global_platform::{KeyBlock, KeyKind, KeyMaterial, PutKey, ReceivedKeys};

use crate::choices::Choices;

const BLOCKS: [KeyBlock; 2] = [KeyBlock::Plain, KeyBlock::ClearLengthFirst];

fn data_key(which: u8) -> KeyMaterial {
    let octets: [u8; 32] = std::array::from_fn(|at| 2 * at as u8 + 2);
    let (kind, length) =
        [(KeyKind::Aes, 16), (KeyKind::Aes, 32), (KeyKind::TripleDes, 16), (KeyKind::TripleDes, 24)]
            [usize::from(which % 4)];
    KeyMaterial::new(kind, &octets[..length]).expect("a length of its kind")
}

/// The first octet chooses the data encryption key and the layout, the others are the command.
///
/// # Panics
/// When keys are taken that are not those in the command.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let first = choices.octet();
    let (dek, block) = (data_key(first), BLOCKS[usize::from(first >> 2) % 2]);
    let apdu = choices.rest();
    let Ok(received) = ReceivedKeys::decode(apdu, &dek, block) else { return };
    let ReceivedKeys { old_kvn, new_kvn, first_id, keys } = received;
    assert!(!keys.is_empty() && keys.len() < 32 && (1..=0x7F).contains(&new_kvn));
    let again = PutKey { old_kvn, new_kvn, first_id, keys: &keys, block };
    assert!(again.confirmed_by(&again.answer()));
    let written = again.encode(&dek).unwrap_or_else(|error| panic!("{error}"));
    assert!(written.len() == apdu.len() || written.len() + 1 == apdu.len(), "with or without Le");
    let Ok(read) = ReceivedKeys::decode(&written, &dek, block) else {
        panic!("its own encoding is not read");
    };
    assert!(read.keys.iter().map(KeyMaterial::expose).eq(keys.iter().map(KeyMaterial::expose)));
}

/// One key and three, under each data encryption key, in each layout that has room.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for which in 0..8 {
        let (dek, block) = (data_key(which), BLOCKS[usize::from(which >> 2) % 2]);
        let keys: Vec<KeyMaterial> = (0..3).map(|at| data_key(which + at)).collect();
        for keys in [&keys[..1], &keys] {
            let command = PutKey { old_kvn: 0, new_kvn: 3, first_id: 1, keys, block };
            if let Ok(apdu) = command.encode(&dek) {
                seeds.push([&[which], &apdu[..]].concat());
                seeds.push([&[which], &apdu[..], &[0]].concat());
            }
        }
    }
    seeds
}
