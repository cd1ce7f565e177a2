//! `sinetti smsc init`: soft SIMs with random keys, and their batch for the Home MSSP's vault.
use std::path::{Path, PathBuf};

use card_ota::packet::Tar;
use mss_core::{Entropy, Msisdn};
use mss_store::images::ImageStore;
use mss_vault::card::{BatchCard, CardKeys, KeySet, TransportPublicKey, wrap_batch};
use smpp::COctetString;
use softsim::{Iccid, Keyset, Personalisation};
use zeroize::Zeroizing;

use super::cards_file;
use crate::{command_error::CommandError, file::write, runtime, system::SystemEntropy};

/// Make soft SIMs with random keys, and the batch that hands the keys to a Home MSSP.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sinetti smsc init --cards 10 --first-number +358401000001 --reply-to 17171 \\\n    \
    --transport-key transport.pub --data smsc\n\n\
    Writes cards.db (the cards), batches/*.json (for `sinetti operator import-cards`) and cards.json (numbers and ICCIDs)."
)]
pub(crate) struct Args {
    /// How many
    #[arg(long)]
    cards: usize,
    /// The first one's telephone number; the others follow
    #[arg(long)]
    first_number: String,
    /// The Home MSSP's short number, which the cards answer to
    #[arg(long)]
    reply_to: String,
    /// The vault's transport.pub
    #[arg(long)]
    transport_key: PathBuf,
    /// Folder for all of it
    #[arg(long)]
    data: PathBuf,
}

/// The applet's toolkit application reference on our cards.
const TAR: [u8; 3] = [0xBF, 0xFF, 0x01];
/// Key versions of the two sets.
const OTA_KVN: u8 = 1;
const APPLET_KVN: u8 = 2;
/// Cards in one batch file.
const BATCH: usize = 500;

/// Runs the command.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(crate) fn run(args: &Args) -> Result<(), CommandError> {
    let vault = TransportPublicKey::load(&args.transport_key)?;
    let first: u64 = Msisdn::parse(&args.first_number)?.digits().parse()?;
    let reply_to = COctetString::new(args.reply_to.as_bytes())?;
    runtime::private_folder(&args.data)?;
    let batches = args.data.join("batches");
    runtime::private_folder(&batches)?;
    let mut store = ImageStore::open(&cards_file(&args.data))?;
    if !store.all()?.is_empty() {
        return Err(format!("{} has cards already", args.data.display()).into());
    }
    let mut listed = Vec::with_capacity(args.cards);
    let numbers: Vec<u64> = (first..).take(args.cards).collect();
    for (chunk, file) in numbers.chunks(BATCH).zip(1..) {
        let mut images = Vec::with_capacity(chunk.len());
        let mut cards = Vec::with_capacity(chunk.len());
        for number in chunk {
            let msisdn = number.to_string();
            let iccid = iccid_of(*number);
            let keys = CardKeys { ota: random_set(OTA_KVN), applet: random_set(APPLET_KVN) };
            images.push((*number, image(&iccid, &keys, &reply_to)?));
            listed.push(serde_json::json!({"msisdn": format!("+{msisdn}"), "iccid": iccid}));
            cards.push(BatchCard { iccid, msisdn, tar: TAR, keys });
        }
        store.put(images.iter().map(|(number, image)| (*number, image.octets())))?;
        let batch = wrap_batch(&vault, &cards)?.to_json();
        write(&batches.join(format!("cards-{file:04}.json")), &batch, 0o600)?;
    }
    write_list(&args.data, &listed)?;
    println!("{} cards in {}", args.cards, args.data.display());
    Ok(())
}

fn write_list(data: &Path, listed: &[serde_json::Value]) -> Result<(), CommandError> {
    write(&data.join("cards.json"), serde_json::to_string_pretty(listed)?.as_bytes(), 0o644)
}

/// 89 (telecommunications), country and issuer, then the subscriber number: 19 digits.
fn iccid_of(number: u64) -> String {
    format!("89{number:017}")
}

fn random_set(kvn: u8) -> KeySet {
    let key = || {
        let mut key = Zeroizing::new(vec![0; 16]);
        SystemEntropy.fill(&mut key);
        key
    };
    KeySet { kvn, kic: key(), kid: key() }
}

fn image(
    iccid: &str,
    keys: &CardKeys,
    reply_to: &COctetString<21>,
) -> Result<softsim::CardImage, CommandError> {
    let set = |set: &KeySet| Keyset::new(set.kvn, &set.kic, &set.kid);
    let card = Personalisation {
        iccid: Iccid::parse(iccid)?,
        tar: Tar(TAR),
        ota: set(&keys.ota)?,
        applet: set(&keys.applet)?,
        server_number: *reply_to,
        plain_errors: false,
    };
    Ok(card.into_image())
}
