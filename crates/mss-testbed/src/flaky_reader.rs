use std::sync::{Arc, Mutex};

use mss_core::{Msisdn, Timestamp};
use mss_store::home::HomeStoreReader;
use role_home::{
    Asker, CardId, HomeReader, Iccid, KeyId, KeyRecord, LastRows, ReadError, RowId, Subscriber,
    TransactionRow, UserId,
};

use crate::chance::Chance;

/// How often reading a card or an ended transaction fails, in thousandths.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<(u32, Chance)>>);

impl Disk {
    pub(crate) fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new((0, chance))))
    }

    pub(crate) fn set(&self, permille: u32) {
        self.0.lock().expect("one thread").0 = permille;
    }

    fn check(&self) -> Result<(), ReadError> {
        let (rate, chance) = &mut *self.0.lock().expect("one thread");
        if *rate > 0 && chance.permille(*rate) { Err(ReadError("a bad disk".into())) } else { Ok(()) }
    }
}

/// The real reading port on a disk that fails now and then, where the engine must live with it.
pub(crate) struct FlakyReader {
    pub(crate) inner: HomeStoreReader,
    pub(crate) disk: Disk,
}

impl HomeReader for FlakyReader {
    fn last_commit(&self) -> Result<Option<Timestamp>, ReadError> {
        self.inner.last_commit()
    }

    fn last_rows(&self) -> Result<LastRows, ReadError> {
        self.inner.last_rows()
    }

    fn open_transactions(&self) -> Result<Vec<TransactionRow>, ReadError> {
        self.inner.open_transactions()
    }

    fn transaction_of(&self, asker: &Asker, trace: &str) -> Result<Option<TransactionRow>, ReadError> {
        self.inner.transaction_of(asker, trace)
    }

    fn transaction(&self, row: RowId) -> Result<Option<TransactionRow>, ReadError> {
        self.disk.check()?;
        self.inner.transaction(row)
    }

    fn subscriber(&self, msisdn: &Msisdn) -> Result<Option<Subscriber>, ReadError> {
        self.inner.subscriber(msisdn)
    }

    fn subscriber_of_card(&self, card: CardId) -> Result<Option<Subscriber>, ReadError> {
        self.disk.check()?;
        self.inner.subscriber_of_card(card)
    }

    fn card_with_iccid(&self, iccid: &Iccid) -> Result<Option<CardId>, ReadError> {
        self.inner.card_with_iccid(iccid)
    }

    fn key(&self, key: KeyId) -> Result<Option<KeyRecord>, ReadError> {
        self.inner.key(key)
    }

    fn owner_of_public_key(&self, public_key: &[u8]) -> Result<Option<UserId>, ReadError> {
        self.inner.owner_of_public_key(public_key)
    }
}
