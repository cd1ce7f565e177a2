use card_ota::packet::{KeyError, PacketKeys};
use zeroize::Zeroizing;

/// The octets of one key set: a version and two AES keys.
pub struct KeySet {
    /// Key version number, 1 to 15.
    pub kvn: u8,
    /// Ciphering key, 16, 24 or 32 octets.
    pub kic: Zeroizing<Vec<u8>>,
    /// Checksum key, 16, 24 or 32 octets.
    pub kid: Zeroizing<Vec<u8>>,
}

/// Both key sets of a card: the security domain's for what goes to it, the applet's for what it sends.
pub struct CardKeys {
    /// For packets to the card, and its proofs of receipt.
    pub ota: KeySet,
    /// For packets that the applet makes.
    pub applet: KeySet,
}

impl KeySet {
    pub(super) fn packet_keys(&self) -> Result<PacketKeys, KeyError> {
        PacketKeys::new(self.kvn, &self.kic, &self.kid)
    }
}

impl CardKeys {
    /// `length | kic | length | kid`, for both sets. Versions travel in clear and are bound as associated data.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(Vec::with_capacity(4 * 33));
        for key in [&self.ota.kic, &self.ota.kid, &self.applet.kic, &self.applet.kid] {
            octets.push(u8::try_from(key.len()).unwrap_or(u8::MAX));
            octets.extend_from_slice(key);
        }
        octets
    }

    /// `None` when it is not what [`Self::encode`] makes, or a key has a length that AES does not know.
    pub(super) fn decode(mut octets: &[u8], ota_kvn: u8, applet_kvn: u8) -> Option<Self> {
        let mut key = || {
            let (length, rest) = octets.split_first()?;
            let (key, rest) = rest.split_at_checked(usize::from(*length))?;
            octets = rest;
            matches!(key.len(), 16 | 24 | 32).then(|| Zeroizing::new(key.to_vec()))
        };
        let ota = KeySet { kvn: ota_kvn, kic: key()?, kid: key()? };
        let applet = KeySet { kvn: applet_kvn, kic: key()?, kid: key()? };
        octets.is_empty().then_some(Self { ota, applet })
    }
}
