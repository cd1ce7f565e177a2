use crate::CardCrypto;

/// What a step hands down to handsets and cards: time, the crypto provider, chance.
pub(crate) struct Surroundings<'a> {
    /// Milliseconds since 1970.
    pub(crate) now_ms: u64,
    pub(crate) crypto: &'a mut dyn CardCrypto,
    pub(crate) entropy: &'a mut dyn FnMut(&mut [u8]),
}
