use card_ota::packet::{Counter, PacketKeys, Rsc, Spi, Tar, open_command, seal_command, seal_response};
use zeroize::Zeroizing;

use super::*;

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sinetti-vault-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn set(kvn: u8, fill: u8) -> KeySet {
    KeySet { kvn, kic: Zeroizing::new(vec![fill; 16]), kid: Zeroizing::new(vec![fill + 1; 32]) }
}

fn card(number: u8) -> BatchCard {
    let keys = CardKeys { ota: set(3, number), applet: set(4, number + 10) };
    BatchCard {
        iccid: format!("89358400000000000{number:02}"),
        msisdn: format!("3584010000{number:02}"),
        tar: [0xBF, 0xFF, 1],
        keys,
    }
}

const TAR: Tar = Tar([0xBF, 0xFF, 1]);

#[test]
fn a_batch_opens_in_its_vault_and_its_cards_can_be_talked_to() {
    let folder = Folder::new("batch");
    let public = CardVault::create(&folder.0).unwrap().transport().public().clone();
    let batch = wrap_batch(&public, &[card(1), card(2)]).unwrap().to_json();
    let vault = CardVault::load(&folder.0).unwrap();
    let cards = vault.import(&batch).unwrap();
    assert_eq!(cards.len(), 2);
    let second = &cards[1];
    assert_eq!(
        (second.iccid.as_str(), second.msisdn.as_str(), second.tar),
        ("8935840000000000002", "358401000002", TAR.0)
    );

    let counter = Counter::new(9).unwrap();
    let packet = vault
        .seal_command((&second.iccid, &second.sealed_keys), (Spi::COMMAND, TAR, counter), b"hello")
        .unwrap();
    let ota = PacketKeys::new(3, &[2; 16], &[3; 32]).unwrap();
    assert_eq!(open_command(&packet, &ota).unwrap().data, b"hello");

    let proof = seal_response(Spi::COMMAND, TAR, &ota, counter, Rsc(0), b"").unwrap();
    let proof = vault.open_proof(&second.iccid, &second.sealed_keys, Spi::COMMAND, &proof).unwrap();
    assert!(proof.proven && proof.counter == counter);

    let applet = PacketKeys::new(4, &[12; 16], &[13; 32]).unwrap();
    let message = seal_command(Spi::MO, TAR, &applet, counter, b"signed").unwrap();
    assert_eq!(vault.open_message(&second.iccid, &second.sealed_keys, &message).unwrap().data, b"signed");
    assert!(
        vault.open_message(&cards[0].iccid, &cards[0].sealed_keys, &message).is_err(),
        "another card's keys"
    );
    assert!(
        vault.open_message(&cards[0].iccid, &second.sealed_keys, &message).is_err(),
        "another card's name"
    );
}

#[test]
fn a_batch_that_was_changed_is_refused() {
    let (own, other) = (Folder::new("own"), Folder::new("other"));
    let vault = CardVault::create(&own.0).unwrap();
    let foreign = CardVault::create(&other.0).unwrap();
    let batch = wrap_batch(vault.transport().public(), &[card(1), card(2)]).unwrap();
    assert!(matches!(foreign.import(&batch.to_json()), Err(BatchError::OtherVault(_))));
    let text = String::from_utf8(batch.to_json()).unwrap();
    let second = |problem| Err(BatchError::Card { position: 2, problem });
    let moved = text.replace("358401000002", "358401000003");
    assert_eq!(vault.import(moved.as_bytes()), second("the keys do not open: changed, or another card's"));
    let version = text.replacen("\"kvn\":3", "\"kvn\":5", 1);
    assert!(matches!(vault.import(version.as_bytes()), Err(BatchError::Card { position: 1, .. })));
    let bad = text.replace("8935840000000000002", "89358400000000000x2");
    assert_eq!(vault.import(bad.as_bytes()), second("the ICCID is not 10 to 20 digits"));
    assert_eq!(vault.import(b"{}"), Err(BatchError::Format));
    assert_eq!(vault.import(text.replace("batch/1", "batch/2").as_bytes()), Err(BatchError::Format));
    assert_eq!(vault.import(&vec![b' '; 3 << 20]), Err(BatchError::Format));
}

#[test]
fn a_transport_key_travels_as_one_line() {
    let folder = Folder::new("transport");
    let vault = CardVault::create(&folder.0).unwrap();
    let path = folder.0.join("transport.pub");
    std::fs::write(&path, vault.transport().public().to_text()).unwrap();
    assert_eq!(&TransportPublicKey::load(&path).unwrap(), vault.transport().public());
    std::fs::write(&path, "sinetti-transport-key/1 AAAA").unwrap();
    assert!(TransportPublicKey::load(&path).is_err());
}
